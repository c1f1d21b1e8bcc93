package scanner

import (
	"context"
	"fmt"

	"tlsaudit/audit"
)

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
