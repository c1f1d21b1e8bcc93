package scanner

import (
	"slices"
	"sync"
	"time"
)

// timing holds the waits of one scan. All are absolute deadlines counted from
// the start of a phase, so a peer that drips bytes gains nothing.
type timing struct {
	budget   time.Duration
	connect  time.Duration
	hello    time.Duration // ClientHello to the first byte of the answer
	gap      time.Duration // each further byte of it
	exchange time.Duration // ClientHello to ServerHelloDone
	banner   time.Duration // connect to the end of the greeting
	reply    time.Duration // each further reply
	vp       time.Duration // a Virtual Places probe
	grace    time.Duration // for bytes behind a STARTTLS reply
	floor    time.Duration // the least an adapted hello wait may be
	scale    float64

	mu         sync.Mutex
	seen       []time.Duration // the last waits that were rewarded
	stalls     bool            // an answer broke off in silence
	unanswered int             // hellos sent in vain since the last failed connection
}

// newTiming returns the waits for a scan with the given usual budget, all of
// them shortened in proportion if timeout is smaller.
func newTiming(budget, timeout time.Duration) *timing {
	t := &timing{budget: budget, scale: 1}
	if timeout > 0 {
		t.budget = timeout
		t.scale = min(1, float64(timeout)/float64(budget))
	}
	t.connect = t.scaled(5 * time.Second)
	t.hello = t.scaled(8 * time.Second)
	t.gap = t.scaled(5 * time.Second)
	t.exchange = t.scaled(15 * time.Second)
	t.banner = t.scaled(20 * time.Second)
	t.reply = t.scaled(10 * time.Second)
	t.vp = t.scaled(5 * time.Second)
	t.grace = t.scaled(60 * time.Millisecond)
	t.floor = min(time.Second, t.hello)
	return t
}

func (t *timing) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * t.scale)
}

// observe notes how long an answered hello waited for its first byte. What
// comes after it is not counted: a stall there says nothing about how long an
// answer takes.
func (t *timing) observe(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) == 32 {
		t.seen = t.seen[1:]
	}
	t.seen = append(t.seen, d)
}

// patience returns how long to wait for an answer. Once some answers were
// seen, a silent drop need not cost the full wait; but the last of several
// tries always gets it, so that slowness is not taken for a refusal.
func (t *timing) patience(full time.Duration, last bool) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last || len(t.seen) < 3 {
		return full
	}
	return t.usual(full)
}

// usual is a generous multiple of the waits rewarded so far. It needs t.mu.
func (t *timing) usual(full time.Duration) time.Duration {
	if len(t.seen) == 0 {
		return full
	}
	sorted := slices.Sorted(slices.Values(t.seen))
	p95 := sorted[len(sorted)*95/100]
	return min(full, max(t.floor, 4*p95))
}

// reaction returns how long to wait for what a server may rightly never say.
func (t *timing) reaction() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.usual(t.hello)
}

// between returns how long to wait within an answer. A peer that stalled once
// behind its ServerHello may do so each time, and must not cost the budget.
func (t *timing) between() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.stalls {
		return t.gap
	}
	return t.usual(t.gap)
}

func (t *timing) stalled() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stalls = true
}

// sent notes a hello that went out and was answered with silence, or one that
// could not be sent, after which earlier silence proves nothing.
func (t *timing) sent(inVain bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if inVain {
		t.unanswered++
	} else {
		t.unanswered = 0
	}
}

// silence returns the number of hellos sent in vain with no failed connection
// among or after them.
func (t *timing) silence() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unanswered
}
