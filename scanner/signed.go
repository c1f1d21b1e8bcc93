package scanner

import (
	"context"
	"fmt"
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
	// negative is when it was refused, if it was: to be confirmed.
	negative uint64
}

// askSigned finds out with which of the legacy hashes the server signs its key
// exchange for a client that knows no other. The hellos of the enumeration
// offer better ones first, so what they show is only how it signs by itself;
// first is what it took when these were offered first.
func (e *endpoint) askSigned(ctx context.Context, x *version, first uint16) {
	if x.Version != audit.TLSv12 || x.style != stylePlain {
		return
	}
	suites := x.sessionSuites(isSigned)
	if suites == nil {
		return
	}
	list, seen := []legacyHash{{feature: audit.FeatureSignsMD5, hash: 1}, {feature: audit.FeatureSignsSHA1, hash: 2}, {feature: audit.FeatureSignsSHA224, hash: 3}}, []uint16{first}
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
		negative := uint64(0)
		rest := audit.FeatureFact{Answer: audit.Undetermined, Evidence: r.text()}
		switch {
		case v == taken && slices.Contains(left, r.SigAlg):
			x.obeyed++
			x.sawScheme(&r)
			seen = append(seen, r.SigAlg)
			left = slices.DeleteFunc(left, func(s uint16) bool { return s>>8 == r.SigAlg>>8 })
			continue
		case v == taken && r.SigAlg != 0:
			rest.Answer, rest.Evidence = audit.Refused, "signed with "+schemeName(r.SigAlg)+", which was not offered"
			x.disobeyed = rest.Evidence
		case v == taken && r.Stop == wire.Alert && (r.Alert == 40 || r.Alert == 47 || r.Alert == 71):
			// Some choose the suite first and then find nothing to sign with.
			rest.Answer, rest.Evidence = audit.Refused, fmt.Sprintf("alert %d %s behind ServerHello when no other hash was offered", r.Alert, tlsreg.AlertName(r.Alert))
			negative = r.ended
		case v == none && !r.hit():
			rest.Answer, rest.Evidence = audit.Refused, r.text()+" when no other hash was offered"
			negative = r.ended
		}
		for i := range list {
			if slices.ContainsFunc(left, func(s uint16) bool { return byte(s>>8) == list[i].hash }) {
				list[i].fact, list[i].negative = rest, negative
			}
		}
		break
	}
	for i := range list {
		if k := slices.IndexFunc(seen, func(s uint16) bool { return byte(s>>8) == list[i].hash && slices.Contains(legacySchemes, s) }); k >= 0 {
			list[i].fact = audit.FeatureFact{Answer: audit.Accepted, Evidence: "ServerKeyExchange signed with " + schemeName(seen[k])}
			list[i].negative = 0
		}
	}
	x.signed = list
}

// settleSigned turns the result of askSigned into facts. It is called when the
// full handshake has shown, at no cost, that the peer was still answering after
// it refused.
func (e *endpoint) settleSigned(ctx context.Context, x *version) {
	for _, h := range x.signed {
		f := h.fact
		f.Name, f.Version = h.feature, x.Version
		if h.negative > 0 && !e.confirmed(ctx, h.negative) {
			f.Answer = audit.Undetermined
			f.Evidence += "; no control probe succeeded"
		}
		x.asked = append(x.asked, f)
		if h.negative > 0 && f.Answer == audit.Refused {
			x.obeyed++ // it would rather not sign
		}
	}
	x.asked = append(x.asked, x.obeys()...)
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
