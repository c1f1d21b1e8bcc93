package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// legacySchemes are the signature schemes of TLS 1.2 with the hashes that
// standards rule out, worst first.
var legacySchemes = []uint16{0x0101, 0x0103, 0x0102, 0x0201, 0x0203, 0x0202, 0x0301, 0x0303, 0x0302}

// legacyHash is one of those hashes with what is known about it.
type legacyHash struct {
	feature audit.Feature
	hash    byte // the first byte of its schemes
	fact    audit.FeatureFact
}

// askSigned finds out with which of the legacy hashes the server signs its key
// exchange for a client that knows no other. The hellos of the enumeration
// offer better ones first, so what they show is only how it signs by itself.
//
// The second result are the schemes seen so far.
func (e *endpoint) askSigned(ctx context.Context, x *version) (list []legacyHash, seen []uint16) {
	if x.Version != audit.TLSv12 || x.style != stylePlain {
		return nil, nil
	}
	suites := x.sessionSuites(isSigned)
	if suites == nil {
		return nil, nil
	}
	list = []legacyHash{{feature: audit.FeatureSignsMD5, hash: 1}, {feature: audit.FeatureSignsSHA1, hash: 2}, {feature: audit.FeatureSignsSHA224, hash: 3}}
	for _, h := range x.hits {
		seen = append(seen, h.flight.SigAlg)
	}
	left := slices.DeleteFunc(slices.Clone(legacySchemes), func(s uint16) bool {
		return slices.ContainsFunc(seen, func(t uint16) bool { return s>>8 == t>>8 })
	})
	for len(left) > 0 {
		h := e.hello(x.Version, x.style, suites)
		h.SigAlgs = left
		q := question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, about: x.Version.String() + ", legacy signatures"}
		r := e.ask(ctx, q)
		v := e.judge(ctx, q, &r, x.Version, chosenSuite, suites)
		rest := audit.FeatureFact{Answer: audit.Undetermined, Evidence: r.text()}
		switch {
		case v == taken && slices.Contains(left, r.SigAlg):
			seen = append(seen, r.SigAlg)
			left = slices.DeleteFunc(left, func(s uint16) bool { return s>>8 == r.SigAlg>>8 })
			continue
		case v == taken && r.SigAlg != 0:
			rest.Answer, rest.Evidence = audit.Refused, "signed with "+schemeName(r.SigAlg)+", which was not offered"
		case v == none && !r.hit() && e.confirmed(ctx, r.ended):
			rest.Answer, rest.Evidence = audit.Refused, r.text()+" when no other hash was offered"
		}
		for i := range list {
			if slices.ContainsFunc(left, func(s uint16) bool { return byte(s>>8) == list[i].hash }) {
				list[i].fact = rest
			}
		}
		break
	}
	return list, seen
}

// settleSigned turns the result of askSigned into facts, given every scheme
// that was seen at work.
func (e *endpoint) settleSigned(_ context.Context, x *version, list []legacyHash, seen []uint16) (facts []audit.FeatureFact) {
	for _, h := range list {
		f := h.fact
		f.Name, f.Version = h.feature, x.Version
		if i := slices.IndexFunc(seen, func(s uint16) bool { return byte(s>>8) == h.hash && slices.Contains(legacySchemes, s) }); i >= 0 {
			f.Answer, f.Evidence = audit.Accepted, "ServerKeyExchange signed with "+schemeName(seen[i])
		}
		facts = append(facts, f)
	}
	return facts
}

// isSigned reports whether the key exchange of a suite is signed.
func isSigned(s tlsreg.Suite) bool {
	return (s.KX == "ECDHE" || s.KX == "DHE") && (s.Auth == "RSA" || s.Auth == "ECDSA" || s.Auth == "DSS")
}

func schemeName(code uint16) string {
	if s, ok := tlsreg.SchemeByCode(audit.Code(code)); ok {
		return s.Name
	}
	return audit.Code(code).String()
}
