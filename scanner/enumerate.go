package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// verdict is what one offer of a list came to.
type verdict uint8

const (
	open    verdict = iota // nothing can be concluded
	taken                  // one of the list was chosen
	none                   // the whole list was refused
	dropped                // silence, and no hello this long was ever answered
)

// elimination finds all members of a list a server accepts, and the order in
// which it prefers them, by taking out what it chose until it refuses. It
// serves suites and groups alike.
type elimination struct {
	e *endpoint
	// ask offers a list and returns the chosen member.
	ask func(ctx context.Context, list []uint16) (uint16, reply, verdict)
	// split cuts a list into chunks for the doubt at the end.
	split func([]uint16) [][]uint16
	// found holds the members in the order chosen.
	found []hit
	// limited: the server refused a whole list and took from a part of it; set
	// in advance if that is known.
	limited bool
	// alertEnds: an alert to the whole list is believed at once, where one
	// chunk holds it and asking again would be the same question. Suites are
	// doubted all the same: too much hangs on them.
	alertEnds bool
	// unstable: the server refused a list and then took from the same list.
	unstable bool
	// silent: the last refusal was silence, which is a refusal only by
	// inference; doubts counts rounds that must still find nothing.
	silent   bool
	doubts   int
	reason   string
	negative uint64
}

// run eliminates list. It reports whether the result is proven complete.
func (x *elimination) run(ctx context.Context, list []uint16) (complete bool) {
	left := slices.Clone(list)
	for _, h := range x.found {
		left = without(left, h.code)
	}
	if !x.limited && !x.greedy(ctx, &left) {
		return false
	}
	// The end is doubted: offered in chunks, nothing may be taken. Each round
	// that finds something makes left shorter, so this ends.
	for {
		chunks := x.split(left)
		if x.alertEnds && !x.silent && len(chunks) < 2 {
			return true
		}
		heads, ok := x.heads(ctx, chunks)
		if !ok {
			return false
		}
		if !slices.ContainsFunc(heads, func(h *hit) bool { return h != nil }) {
			if x.doubts--; x.doubts < 0 {
				return !x.unstable
			}
			continue
		}
		before := len(left)
		if !x.limited && !x.unstable {
			x.classify(ctx, &left)
		}
		if len(left) == before || x.limited {
			if !x.tournament(ctx, chunks, heads, &left) {
				return false
			}
		} else if !x.greedy(ctx, &left) {
			return false
		}
	}
}

// greedy offers everything left until it is refused.
func (x *elimination) greedy(ctx context.Context, left *[]uint16) bool {
	for len(*left) > 0 {
		code, r, v := x.ask(ctx, *left)
		switch v {
		case open:
			x.reason = r.text()
			return false
		case none, dropped:
			x.negative, x.silent = r.ended, r.quiet()
			return true
		}
		x.take(code, r, left)
	}
	return true
}

func (x *elimination) take(code uint16, r reply, left *[]uint16) {
	x.found = append(x.found, hit{code, r.Flight})
	*left = without(*left, code)
}

// classify tells, when a chunk was taken from although the whole was refused,
// a server that cannot deal with the whole from one that changes its mind.
func (x *elimination) classify(ctx context.Context, left *[]uint16) {
	again := false
	for range 3 {
		if code, r, v := x.ask(ctx, *left); v == taken {
			x.take(code, r, left)
			again = true
			break
		}
	}
	switch {
	case !again:
		x.limited = true
	case x.silent:
		// No word was broken: what looked like a refusal was a lost connection.
		x.e.sawFlaky()
		x.doubts = 2
	default:
		x.unstable = true
		x.reason = "a list was refused and then taken from"
		x.e.sawTorn()
	}
}

// heads offers all chunks and returns what was taken from each.
func (x *elimination) heads(ctx context.Context, chunks [][]uint16) (heads []*hit, ok bool) {
	heads = make([]*hit, len(chunks))
	open := make([]string, len(chunks))
	ends := make([]uint64, len(chunks))
	var wg sync.WaitGroup
	for i, chunk := range chunks {
		wg.Go(func() {
			defer x.e.contain("a confirmation round", func() { open[i] = "internal error" })
			code, r, v := x.ask(ctx, chunk)
			switch v {
			case taken:
				heads[i] = &hit{code, r.Flight}
			case none:
				ends[i] = r.ended
			default:
				open[i] = unanswered(r, v)
			}
		})
	}
	wg.Wait()
	for i := range chunks {
		if open[i] != "" {
			x.reason = open[i]
			return heads, false
		}
		x.negative = max(x.negative, ends[i])
	}
	return heads, true
}

// tournament eliminates chunk by chunk: the heads of all chunks are offered
// together to find the one preferred, whose chunk is then asked for the next.
func (x *elimination) tournament(ctx context.Context, chunks [][]uint16, heads []*hit, left *[]uint16) bool {
	for {
		var codes []uint16
		for _, h := range heads {
			if h != nil {
				codes = append(codes, h.code)
			}
		}
		if len(codes) == 0 {
			return true
		}
		best := codes[0]
		if len(codes) > 1 {
			code, r, v := x.ask(ctx, codes)
			if v == taken {
				best = code
			} else {
				x.unstable = true
				x.reason = "suites taken one by one were refused together: " + r.text()
			}
		}
		i := slices.IndexFunc(heads, func(h *hit) bool { return h != nil && h.code == best })
		x.found = append(x.found, *heads[i])
		*left = without(*left, best)
		chunks[i] = without(chunks[i], best)
		heads[i] = nil
		if len(chunks[i]) == 0 {
			continue
		}
		code, r, v := x.ask(ctx, chunks[i])
		switch v {
		case open, dropped:
			x.reason = unanswered(r, v)
			return false
		case taken:
			heads[i] = &hit{code, r.Flight}
		case none:
			x.negative = max(x.negative, r.ended)
		}
	}
}

func unanswered(r reply, v verdict) string {
	if v == dropped {
		return r.text() + "; no hello of this length was answered"
	}
	return r.text()
}

// verdict judges the reply to q, an offer of list at version v, given the
// member the server chose.
func (e *endpoint) verdict(ctx context.Context, q question, r *reply, v audit.Version, chosen uint16, list []uint16) verdict {
	switch {
	case r.is(v) && slices.Contains(list, chosen):
		return taken
	case r.is(v):
		// Not in the list: it was not offered. Servers with a fixed idea do
		// this at the end of an elimination, and it is no acceptance.
		return none
	case r.hit(), r.Outcome == wire.Alert:
		return none
	case r.quiet() && !e.answersLength(q):
		return dropped
	case r.quiet() && e.confirmed(ctx, r.ended):
		return none
	}
	return open
}

// suiteAsker offers suites at an accepted version.
func (e *endpoint) suiteAsker(x *version) func(context.Context, []uint16) (uint16, reply, verdict) {
	return func(ctx context.Context, suites []uint16) (uint16, reply, verdict) {
		q := e.offer(x.Version, x.style, suites)
		r := e.ask(ctx, q)
		return r.Suite, r, e.verdict(ctx, q, &r, x.Version, r.Suite, suites)
	}
}

// askSuites enumerates the suites of an accepted version.
func (e *endpoint) askSuites(ctx context.Context, x *version) {
	list := candidatesFor(x.Version)
	el := elimination{e: e, ask: e.suiteAsker(x), split: x.split, limited: x.limited}
	if slices.Contains(list, x.reply.Suite) {
		el.found = []hit{{x.reply.Suite, x.reply.Flight}}
	}
	x.complete = el.run(ctx, list)
	x.hits = el.found
	x.SuitesOffered = len(list)
	x.broken, x.suitesEnd, x.limited = el.reason, el.negative, el.limited
	if el.limited {
		e.note(x.Version.String() + ": the server refuses some lists of suites it takes parts of; it was asked in parts")
	}
}

// recheck puts the question that was answered first once more. It proves that
// the peer was still answering after the last refusal, and gives a load
// balancer before unequal servers a chance to contradict itself. If it does,
// what was refused is offered again for the union.
func (e *endpoint) recheck(ctx context.Context, x *version) {
	var r reply
	for range x.doubtful() {
		if r = e.ask(ctx, x.first); !r.is(x.Version) || r.Suite != x.reply.Suite {
			break
		}
	}
	if r.is(x.Version) && r.Suite == x.reply.Suite {
		return
	}
	if !r.hit() && r.Outcome != wire.Alert {
		return // no answer, so no contradiction
	}
	e.sawTorn()
	left := candidatesFor(x.Version)
	if r.is(x.Version) && !slices.Contains(codes(x.hits), r.Suite) && slices.Contains(left, r.Suite) {
		x.hits = append(x.hits, hit{r.Suite, r.Flight})
	}
	for range 3 {
		el := elimination{e: e, ask: e.suiteAsker(x), split: x.split, limited: x.limited, found: x.hits}
		el.run(ctx, left)
		x.hits = el.found
	}
}

// doubtful is how often the first answer is worth checking.
func (x *version) doubtful() int {
	if x.limited || !x.complete {
		return 3
	}
	return 1
}

// proveSuites decides whether the list of suites is complete: every other
// suite was refused, and the peer answered after the last refusal.
func (e *endpoint) proveSuites(ctx context.Context, x *version) {
	x.SuitesAnswer = audit.Undetermined
	switch {
	case x.complete && len(x.hits) > 0 && e.confirmed(ctx, x.suitesEnd):
		x.SuitesAnswer = audit.Accepted
	case x.broken != "":
		e.note(fmt.Sprintf("%s: the list of suites may be incomplete: %s", x.Version, x.broken))
	default:
		e.note(fmt.Sprintf("%s: the list of suites may be incomplete: the peer did not answer a control probe after it", x.Version))
	}
}

// without returns list without v, as a new slice.
func without(list []uint16, v uint16) []uint16 {
	out := make([]uint16, 0, len(list))
	for _, w := range list {
		if w != v {
			out = append(out, w)
		}
	}
	return out
}

// contain is deferred where a probe runs on its own: a panic there becomes a
// note and whatever lost does, never the end of the program.
func (e *endpoint) contain(what string, lost func()) {
	if p := recover(); p != nil {
		e.note(fmt.Sprintf("internal error in %s: %v", what, p))
		if lost != nil {
			lost()
		}
	}
}
