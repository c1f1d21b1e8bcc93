package scanner

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// sharedGroups are those with a share that takes no effort; see realShares.
var sharedGroups = []uint16{29, 23, 24, 25}

// askGroups13 enumerates the groups of TLS 1.3. The order is that in which the
// server asks for them when no share is supplied; many take an acceptable
// supplied share whatever their order is.
//
// The function returned files the result; it is called when the questions that
// follow have shown that the peer was still answering.
func (e *endpoint) askGroups13(ctx context.Context, x *version) (file func()) {
	list := candidates().groups13
	if x.style == styleShares {
		// Others cannot be told from refused without a share.
		list = sharedGroups
	}
	suites := x.turnedSuites()
	return e.eliminateGroups(ctx, x, list, func(groups []uint16) question {
		return question{
			hello: e.hello13(x.style, suites, groups).AppendTo(nil),
			about: fmt.Sprintf("%s, %d groups", x.Version, len(groups)),
		}
	}, []hit{e.keep(x.reply.Group, &x.reply)})
}

// askGroups12 enumerates the groups of an older version by taking the one of
// the ServerKeyExchange out, until the suites are refused.
func (e *endpoint) askGroups12(ctx context.Context, x *version) (file func()) {
	suites, held := x.groupSuites()
	if len(suites) == 0 {
		return func() { e.seenGroups(x) }
	}
	var known []hit
	for _, h := range x.hits {
		if slices.Contains(suites, h.code) && h.flight.Group != 0 {
			known = []hit{{code: h.flight.Group, flight: h.flight}} // the server's first choice
			break
		}
	}
	if x.next != nil && len(known) > 0 && known[0].code == x.reply.Group && x.next.Group != 0 && x.next.Group != x.reply.Group {
		known = append(known, e.keep(x.next.Group, x.next))
	}
	return e.eliminateGroups(ctx, x, wire.WideGroups, func(groups []uint16) question {
		h := e.hello(x.Version, x.style, suites)
		h.Groups = groups
		return question{
			hello: h.AppendTo(nil), until: wire.UntilKeyExchange, bare: h.Minimal,
			about: fmt.Sprintf("%s, %d groups", x.Version, len(groups)),
		}
	}, known, held...)
}

// groupSuites picks the suites that show groups below TLS 1.3. One that is
// authenticated by ECDSA is refused when the curve of the certificate is not
// among the groups (RFC 8422 section 5.1), which would look like the end of the
// list. So others are used where there are any; where not, the curves that must
// not be missing are returned as well. Both are empty when they are not known.
func (x *version) groupSuites() (suites, held []uint16) {
	var ecdsa []uint16
	for _, h := range x.hits {
		s, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		switch {
		case s.KX != "ECDHE":
		case s.Auth != "ECDSA":
			suites = append(suites, h.code)
		default:
			ecdsa = append(ecdsa, h.code)
			if len(h.flight.Certificates) == 0 {
				continue
			}
			key := pki.Parse(h.flight.Certificates[0]).Key
			if g, ok := tlsreg.GroupByName(key.Curve); ok && !slices.Contains(held, uint16(g.Code)) {
				held = append(held, uint16(g.Code))
			}
		}
	}
	switch {
	case len(suites) > 0:
		return suites, nil
	case len(held) > 0:
		return ecdsa, held
	}
	return nil, nil
}

// eliminateGroups takes groups out of list until none is taken any more. The
// held groups stay in the hello, behind the others: a refusal counts only with
// them. If the server then takes a held one, whatever is left is out of reach
// for every client, since each has to offer the held ones and gets them first.
func (e *endpoint) eliminateGroups(ctx context.Context, x *version, list []uint16, ask func([]uint16) question, known []hit, held ...uint16) (file func()) {
	whole := func(list []uint16, most, _ int) [][]uint16 { return slices.Collect(slices.Chunk(list, most)) }
	offer := func(ctx context.Context, groups, list []uint16) (uint16, reply, verdict) {
		q := ask(groups)
		r := e.ask(ctx, q)
		x.sawPair(&r)
		if r.is(x.Version) && r.Group == 0 {
			return 0, r, open
		}
		v := e.judge(ctx, q, &r, x.Version, chosenGroup, list)
		return r.Group, r, v
	}
	el := elimination{e: e, split: whole, most: maxChunk, alertEnds: true, ask: func(ctx context.Context, groups []uint16) (uint16, reply, verdict) {
		group, r, v := offer(ctx, groups, groups)
		if missing := slices.DeleteFunc(slices.Clone(held), func(g uint16) bool { return slices.Contains(groups, g) }); v == none && len(missing) > 0 {
			return offer(ctx, slices.Concat(groups, missing), groups)
		}
		return group, r, v
	}}
	for _, h := range known {
		if slices.Contains(list, h.code) {
			el.found = append(el.found, h)
		}
	}
	complete := el.run(ctx, list)
	return func() {
		rest := audit.Refused
		x.GroupsAnswer = audit.Accepted
		if x.style == styleShares {
			x.GroupsAnswer = audit.Undetermined // others were never offered
		}
		if !complete || !e.confirmed(ctx, el.negative) {
			rest, x.GroupsAnswer = audit.Undetermined, audit.Undetermined
			e.note(fmt.Sprintf("%s: the list of groups may be incomplete: %s", x.Version, cmp.Or(el.reason, "no control probe succeeded")))
		}
		for _, h := range el.found {
			x.groups = append(x.groups, groupFact(h.code, x.Version, audit.Accepted))
			list = without(list, h.code)
		}
		for _, g := range list {
			x.groups = append(x.groups, groupFact(g, x.Version, rest))
		}
	}
}

// seenGroups lists the groups that came up while suites were enumerated.
func (e *endpoint) seenGroups(x *version) {
	var seen []uint16
	for _, h := range x.hits {
		if g := h.flight.Group; g != 0 && !slices.Contains(seen, g) {
			seen = append(seen, g)
			x.groups = append(x.groups, groupFact(g, x.Version, audit.Accepted))
		}
	}
}

func groupFact(code uint16, v audit.Version, a audit.Answer) audit.GroupFact {
	f := audit.GroupFact{ID: audit.Code(code), Name: groupName(code), Version: v, Answer: a}
	if g, ok := tlsreg.GroupByCode(audit.Code(code)); ok {
		f.Bits = g.StrengthBits
	}
	return f
}

func groupName(code uint16) string {
	if g, ok := tlsreg.GroupByCode(audit.Code(code)); ok {
		return g.Name
	}
	return audit.Code(code).String()
}

func codes(hits []hit) []uint16 {
	list := make([]uint16, len(hits))
	for i, h := range hits {
		list[i] = h.code
	}
	return list
}
