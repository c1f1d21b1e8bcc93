package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askGroupOrder finds out whether the server or the client decides between
// groups both have. Where the enumeration has shown it, that takes nothing;
// else, at depth deep, one connection for each version whose groups were
// enumerated.
func askGroupOrder(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var wg sync.WaitGroup
	for _, x := range versions {
		if x.Answer == audit.Accepted && x.Version >= audit.TLSv12 && x.GroupsAnswer != audit.NotAsked && x.style != styleShares {
			wg.Go(func() {
				defer e.contain("the order of groups", nil)
				e.groupOrder(ctx, x)
			})
		}
	}
	wg.Wait()
}

// groupOrder looks at the first two groups found. If the server named them
// against the order of the hello, it decides. If not, they are offered the
// other way round.
func (e *endpoint) groupOrder(ctx context.Context, x *version) {
	offered := wire.WideGroups
	if x.Version == audit.TLSv13 {
		offered = candidates().groups13
	}
	var found []uint16
	for _, g := range x.groups {
		if g.Answer == audit.Accepted && slices.Contains(offered, uint16(g.ID)) {
			found = append(found, uint16(g.ID))
		}
	}
	if len(found) < 2 {
		return
	}
	if !slices.IsSortedFunc(found, func(a, b uint16) int { return slices.Index(offered, a) - slices.Index(offered, b) }) {
		x.GroupsOrder = audit.PreferenceServer
		return
	}
	if e.s.opt.Depth != DepthDeep {
		return
	}
	x.GroupsOrder = audit.PreferenceUndetermined
	first, second := found[0], found[1]
	var suites []uint16
	groups := []uint16{second, first}
	if x.Version == audit.TLSv13 {
		suites = codes(x.hits)
	} else {
		var held []uint16
		suites, held = x.groupSuites()
		for _, g := range held { // what must not be missing, behind
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
	}
	if len(suites) == 0 {
		return
	}
	h := e.hello(x.Version, x.style, suites)
	h.Groups = groups
	if x.style == styleGrease {
		h.Groups = append([]uint16{grease}, groups...)
	}
	q := question{hello: h.AppendTo(nil), about: fmt.Sprintf("%s, order of groups", x.Version)}
	if x.Version < audit.TLSv13 {
		q.until = wire.UntilKeyExchange
	}
	r := e.ask(ctx, q)
	switch {
	case !r.is(x.Version):
	case r.Group == first:
		x.GroupsOrder = audit.PreferenceServer
	case r.Group == second:
		x.GroupsOrder = audit.PreferenceClient
	}
}
