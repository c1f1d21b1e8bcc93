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
		list = []uint16{29, 23, 24, 25}
	}
	suites := codes(x.hits)
	return e.eliminateGroups(ctx, x, list, func(groups []uint16) question {
		return question{
			hello: e.hello13(x.style, suites, groups).AppendTo(nil),
			about: fmt.Sprintf("%s, %d groups", x.Version, len(groups)),
		}
	}, []hit{{x.reply.Group, x.reply.Flight}})
}

// askGroups12 enumerates the groups of an older version by taking the one of
// the ServerKeyExchange out. A suite that is not authenticated by ECDSA is
// needed: the curve of an ECDSA certificate must stay in the list or the suite
// itself is refused (RFC 8422 section 5.1).
func (e *endpoint) askGroups12(ctx context.Context, x *version) (file func()) {
	var suites []uint16
	for _, h := range x.hits {
		if s, _ := tlsreg.SuiteByCode(audit.Code(h.code)); s.KX == "ECDHE" && s.Auth != "ECDSA" {
			suites = append(suites, h.code)
		}
	}
	if len(suites) == 0 {
		for _, h := range x.hits {
			if h.flight.Group != 0 {
				e.note(x.Version.String() + ": groups are listed as seen; with an ECDSA certificate they cannot be found by elimination")
				break
			}
		}
		return func() { e.seenGroups(x) }
	}
	return e.eliminateGroups(ctx, x, wire.WideGroups, func(groups []uint16) question {
		h := e.hello(x.Version, x.style, suites)
		h.Groups = groups
		return question{
			hello: h.AppendTo(nil), until: wire.UntilKeyExchange,
			about: fmt.Sprintf("%s, %d groups", x.Version, len(groups)),
		}
	}, nil)
}

func (e *endpoint) eliminateGroups(ctx context.Context, x *version, list []uint16, ask func([]uint16) question, known []hit) (file func()) {
	whole := func(list []uint16) [][]uint16 { return slices.Collect(slices.Chunk(list, maxChunk)) }
	el := elimination{e: e, split: whole, ask: func(ctx context.Context, groups []uint16) (uint16, reply, verdict) {
		q := ask(groups)
		r := e.ask(ctx, q)
		if r.is(x.Version) && r.Group == 0 {
			return 0, r, open
		}
		return r.Group, r, e.verdict(ctx, q, &r, x.Version, r.Group, groups)
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
