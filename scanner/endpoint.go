package scanner

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// endpoint is one scan in progress. Its questions may be put by several
// goroutines at a time.
type endpoint struct {
	s      *Scanner
	target audit.Target
	// questions are what the rules want to know; nil for nothing in particular.
	questions *audit.Questions
	proto     *Protocol
	addr      netip.AddrPort
	host      *host
	timing    *timing

	// sni and alpn are settled before anything runs in parallel.
	sni  string
	alpn []string

	// turn is held for reading by each attempt, for writing by a question that
	// needs the peer for itself.
	turn turns

	cost  cost
	ticks atomic.Uint64

	mu sync.Mutex
	// good is a question the peer has answered, put again when a refusal must
	// be told from a peer that has stopped answering.
	good *question
	// lastGood is when the last attempt that succeeded was begun.
	lastGood uint64
	// longest is the length of the longest hello that got an answer in TLS.
	longest   int
	flaky     bool  // a question went unanswered, and was answered when repeated
	gone      error // why no further question is put, such as errGone
	torn      bool  // the same question was answered in two ways
	wantsCert bool  // a client certificate was asked for
	notes     []string
	upgraded  int // upgrade dialogues begun
	startTLS  *audit.StartTLS
	disagree  bool // dialogues contradicted each other
	chains    []*seenChain
	// requests are the certificate requests seen, one for each version.
	requests []request
	// primes are the moduli seen that no table names, primeKinds what they are.
	primes     map[fingerprint][]byte
	primeKinds map[fingerprint]tlsreg.PrimeKind

	values publicValues
}

// tick returns the next moment of the scan's own clock, which orders attempts.
func (e *endpoint) tick() uint64 { return e.ticks.Add(1) }

// tries is how often a question is put before silence is taken for an answer;
// a peer that has answered before is asked as often again, see alone. One seen
// to drop questions is asked more often.
func (e *endpoint) tries() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.good != nil && !e.flaky {
		return 2
	}
	return 3
}

func (e *endpoint) sawFlaky() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flaky = true
	e.addNote("some connections went unanswered and were repeated: the peer limits or drops connections")
}

// sawAnswer notes that a hello of this length is not too long for the peer.
func (e *endpoint) sawAnswer(length int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.longest = max(e.longest, length)
}

// answersLength reports whether a hello as long as q has been answered. If
// not, silence may be about the length.
func (e *endpoint) answersLength(q question) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(q.hello) <= e.longest
}

func (e *endpoint) sawGood(q question, r *reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.good == nil {
		e.good = &q
	}
	e.lastGood = max(e.lastGood, r.began)
}

// sawTorn notes that the peer contradicts itself, as a load balancer before
// unequal servers does.
func (e *endpoint) sawTorn() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.torn = true
	e.addNote("inconsistent back ends: the same hello was answered in different ways; what is listed is the union")
}

func (e *endpoint) isTorn() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.torn
}

func (e *endpoint) askedForCertificate() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wantsCert
}

func (e *endpoint) isAlive() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.good != nil
}

// leave gives the endpoint up: no further question is put.
func (e *endpoint) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone != nil {
		return
	}
	if e.good != nil {
		e.addNote("the peer stopped answering in the course of the scan; what was not established by then is undetermined")
	}
	e.gone = errGone
}

func (e *endpoint) isGone() bool { return e.goneFor() != nil }

// goneFor returns why no further question is put, nil if they are.
func (e *endpoint) goneFor() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gone
}

func (e *endpoint) note(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.addNote(text)
}

// addNote needs e.mu.
func (e *endpoint) addNote(text string) {
	if !slices.Contains(e.notes, text) && len(e.notes) < 32 {
		e.notes = append(e.notes, text)
	}
}

// sawText remembers plain text where TLS was expected: behind a STARTTLS reply
// it is an injection that came late.
func (e *endpoint) sawText(first []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.startTLS != nil && len(first) > 0 && e.startTLS.Injection != audit.Accepted {
		e.startTLS.Injection, e.startTLS.Injected = audit.Accepted, string(first)
	}
}

// firstUpgrade reports whether this is the first dialogue of the scan, in
// which bytes behind the last reply are waited for.
func (e *endpoint) firstUpgrade() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.upgraded++
	return e.upgraded == 1
}

// hear adds what one upgrade dialogue showed to what is known from others.
func (e *endpoint) hear(d *audit.StartTLS, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		d.Reason = err.Error()
	}
	if d.Offered == audit.NotAsked {
		d.Offered = audit.Undetermined
	}
	old := e.startTLS
	if old == nil {
		e.startTLS = d
		return
	}
	merge := func(was, is audit.Answer) audit.Answer {
		switch {
		case e.disagree || !is.Known() || was == is:
			return was
		case !was.Known():
			return is
		}
		e.disagree = true
		return audit.Undetermined
	}
	old.Offered = merge(old.Offered, d.Offered)
	old.Accepted = merge(old.Accepted, d.Accepted)
	if e.disagree {
		old.Reason = "connections to the same address disagree about STARTTLS"
		e.torn = true
		e.addNote("inconsistent back ends: " + old.Reason)
	} else if err == nil {
		old.Reason = ""
	}
	if old.Injection != audit.Accepted && d.Injection != audit.NotAsked {
		old.Injection, old.Injected = d.Injection, d.Injected
	}
	if d.Accepted == audit.Accepted || old.Banner == "" {
		old.Banner, old.Reply, old.Capabilities = d.Banner, d.Reply, d.Capabilities
	}
}

// confirmed reports whether the peer answered a hello after the given tick. It
// asks one it has answered before if nothing else has.
func (e *endpoint) confirmed(ctx context.Context, after uint64) bool {
	e.mu.Lock()
	good, seen := e.good, e.lastGood > after
	e.mu.Unlock()
	if seen {
		return true
	}
	if good == nil {
		return false
	}
	r := e.ask(ctx, *good)
	switch {
	case r.hit():
		return true
	case r.Outcome == wire.Alert:
		e.sawTorn()
	case r.quiet():
		e.leave()
	}
	return false
}
