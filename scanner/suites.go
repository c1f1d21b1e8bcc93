package scanner

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// suiteElimination is ready to find the suites of an accepted version.
func (e *endpoint) suiteElimination(x *version) elimination {
	el := elimination{e: e, ask: e.suiteAsker(x), lead: notChaCha, split: splitSuites, most: x.most, limited: x.limited, level: usual, deepest: finest}
	if x.parted {
		el.hint(halves)
	}
	return el
}

// askSuites enumerates the suites of an accepted version.
// newer is the next version above it, whose suites are known, or nil.
func (e *endpoint) askSuites(ctx context.Context, x, newer *version) {
	list := candidatesFor(x.Version)
	el := e.suiteElimination(x)
	if slices.Contains(list, x.reply.Suite) {
		el.found = []hit{e.keep(x.reply.Suite, &x.reply)}
	}
	searched := e.searches(x) && len(el.found) > 0
	if searched {
		search := set{e: e, x: x, ask: el.ask, found: el.found}
		x.complete = search.run(ctx, list, x.hints(newer))
		x.missed, x.long = search.missed > 0, search.long
		el.found, el.negative = search.found, search.negative
		if search.odd != nil && search.odd.hit() {
			// What was refused was taken later.
			el.unstable, el.reason = true, "a list was refused and then taken from"
			e.sawTorn()
		}
	}
	if !x.complete {
		x.complete = el.run(ctx, list)
	}
	x.hits = el.found
	if x.SuitesUnordered = len(el.found) > 1 && (searched || el.limited || x.parted); x.SuitesUnordered {
		x.sortHits()
	}
	x.SuitesOffered = len(list)
	x.broken, x.suitesEnd, x.limited = el.reason, el.negative, el.limited
	x.most = el.most
	if el.limited {
		e.note(x.Version.String() + ": the server refuses some lists of suites it takes parts of; it was asked in parts")
	}
}

// ordered reports whether the server's order of suites is asked for.
func (e *endpoint) ordered() bool {
	return e.s.opt.Order || e.s.opt.Depth == DepthDeep || e.questions != nil && e.questions.Order
}

// searches reports whether the suites of x are looked for as a set. A server
// that was found to be peculiar before is not.
func (e *endpoint) searches(x *version) bool {
	return !e.ordered() && !x.parted && !x.limited && x.most == maxChunk && (x.style == stylePlain || x.Version == audit.TLSv13)
}

// hints are the suites of a newer version that may be used at this one.
func (x *version) hints(newer *version) (hints []uint16) {
	if newer == nil {
		return nil
	}
	for _, code := range newer.suites {
		if s, _ := tlsreg.SuiteByCode(audit.Code(code)); s.Min <= x.Version {
			hints = append(hints, code)
		}
	}
	return hints
}

// sortHits brings the suites into the order in which they are offered, so that
// the result does not depend on which answer came first.
func (x *version) sortHits() {
	list := candidatesFor(x.Version)
	slices.SortStableFunc(x.hits, func(a, b hit) int { return cmp.Compare(slices.Index(list, a.code), slices.Index(list, b.code)) })
}

// recheck puts the question that was answered first once more, if no other has
// shown that all suites together are answered as before. It proves that
// the peer was still answering after the last refusal, and gives a load
// balancer before unequal servers a chance to contradict itself. If it does,
// what was refused is offered again for the union.
func (e *endpoint) recheck(ctx context.Context, x *version) {
	var r reply
	if x.again >= x.doubtful() {
		return
	}
	for range x.doubtful() - x.again {
		if r = e.ask(ctx, x.first); r.Outcome == wire.Alert && !r.refusal() {
			r = e.ask(ctx, x.first) // an alert that may be about anything
		}
		if !r.is(x.Version) || r.Suite != x.reply.Suite {
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
		x.hits = append(x.hits, e.keep(r.Suite, &r))
	}
	for range 3 {
		el := e.suiteElimination(x)
		el.found = x.hits
		el.run(ctx, left)
		x.hits = el.found
	}
}

// doubtful is how often the first answer is worth checking.
func (x *version) doubtful() int {
	if x.limited || !x.complete || x.missed {
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
