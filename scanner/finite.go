package scanner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// finiteGroups are the finite-field groups of RFC 7919, likely ones first.
var finiteGroups = []uint16{256, 257, 258, 259, 260}

// askFinite finds out whether TLS 1.2 negotiates the prime of DHE suites by
// the groups offered (RFC 7919 section 4), and which. The enumerations do not
// offer these groups: a server that knows them may then refuse DHE. A server
// that does not know them ignores them, which takes one connection to see.
func askFinite(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	for _, x := range versions {
		if x.Version == audit.TLSv12 && x.Answer == audit.Accepted && x.style == stylePlain {
			e.negotiateFinite(ctx, x)
		}
	}
}

func (e *endpoint) negotiateFinite(ctx context.Context, x *version) {
	suites := x.sessionSuites(func(s tlsreg.Suite) bool { return s.KX == "DHE" })
	if len(suites) == 0 {
		return
	}
	fact := audit.FeatureFact{Name: audit.FeatureFFDHE, Version: x.Version, Answer: audit.Undetermined}
	defer func() { x.asked = append(x.asked, fact) }()
	left, rest := slices.Clone(finiteGroups), audit.Undetermined
	var found []string
	for {
		h := e.hello(x.Version, x.style, suites)
		h.Groups = left
		q := question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, about: fmt.Sprintf("%s, %d finite-field groups", x.Version, len(left))}
		r := e.ask(ctx, q)
		v := e.judge(ctx, q, &r, x.Version, chosenSuite, suites)
		group, named := tlsreg.GroupByPrime(r.DHPrime)
		fact.Evidence = r.text()
		switch {
		case v == taken && named && slices.Contains(left, uint16(group.Code)):
			// It counts as negotiated only if leaving it out makes a difference.
			x.groups = append(x.groups, groupFact(uint16(group.Code), x.Version, audit.Accepted))
			found = append(found, group.Name)
			if left = without(left, uint16(group.Code)); len(left) > 0 {
				continue
			}
			fact.Answer, rest = audit.Accepted, audit.Refused
		case v == taken && r.DHBits > 0:
			// Its own prime, whatever is offered.
			fact.Answer, rest = audit.Refused, audit.Refused
			fact.Evidence = fmt.Sprintf("a prime of %d bits that is of no group offered", r.DHBits)
			if named {
				fact.Evidence = fmt.Sprintf("the prime of %s, which was not offered", group.Name)
			}
			if len(found) > 1 || len(found) == 1 && group.Name != found[0] {
				fact.Answer, fact.Value = audit.Accepted, strings.Join(found, ", ")
			}
		case v == none && !r.hit() && e.confirmed(ctx, r.ended):
			// A server that knows these groups refuses DHE without one it has.
			fact.Answer, rest = audit.Accepted, audit.Refused
			fact.Evidence = r.text() + " when the others were offered"
			if len(found) == 0 {
				fact.Evidence = r.text() + " when finite-field groups were offered"
			}
		}
		break
	}
	if fact.Answer == audit.Accepted {
		fact.Value = strings.Join(found, ", ")
	}
	for _, g := range left {
		x.groups = append(x.groups, groupFact(g, x.Version, rest))
	}
	if rest == audit.Undetermined {
		x.GroupsAnswer = audit.Undetermined
		e.note(fmt.Sprintf("%s: the list of groups may be incomplete: finite-field groups: %s", x.Version, fact.Evidence))
	}
}
