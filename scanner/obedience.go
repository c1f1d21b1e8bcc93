package scanner

import (
	"context"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askObedience finds out whether a server of TLS 1.3 keeps to the signature
// schemes offered, by leaving out the one it used before.
func askObedience(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	for _, x := range versions {
		if x.Version != audit.TLSv13 || x.Answer != audit.Accepted || len(x.signs) == 0 || x.obeyed > 0 || x.disobeyed != "" {
			continue
		}
		// One kind of certificate asked for and refused has answered it: the
		// scheme in use was not offered then.
		if x.shunned > 0 && e.confirmed(ctx, x.shunned) {
			x.obeyed++
			continue
		}
		used := x.signs[0].scheme
		left := without(wire.SigAlgs13, used)
		r := e.read13(ctx, x, left, "without "+schemeName(used))
		switch {
		case r.is(x.Version) && r.SigAlg == used:
			x.disobeyed = "signed with " + schemeName(used) + ", which was not offered"
		case r.is(x.Version) && slices.Contains(left, r.SigAlg), r.shuns(x.Version) && e.confirmed(ctx, r.ended):
			x.obeyed++
		}
	}
}

// shuns reports whether the server said in words, at once or behind its
// ServerHello, that there is nothing in what was offered: any other alert may be
// about something else.
func (r *reply) shuns(v audit.Version) bool {
	return (r.Outcome == wire.Alert || r.is(v) && r.Stop == wire.Alert) && (r.Alert == 40 || r.Alert == 47 || r.Alert == 71)
}

// obeys says whether the server signs with none but the schemes offered.
func (x *version) obeys() (facts []audit.FeatureFact) {
	f := audit.FeatureFact{Name: audit.FeatureSignatureAlgorithms, Version: x.Version, Answer: audit.Accepted}
	switch {
	case x.Answer != audit.Accepted || x.Version < audit.TLSv12:
		return nil
	case x.disobeyed != "":
		f.Answer, f.Evidence = audit.Refused, x.disobeyed
	case x.obeyed > 0:
		f.Evidence = fmt.Sprintf("kept to the schemes offered; exchanges that left some out: %d", x.obeyed)
	case len(x.signed) > 0:
		f.Answer, f.Evidence = audit.Undetermined, "no answer to a short list of schemes can be trusted"
	default:
		return nil
	}
	return append(facts, f)
}

// concludeKeyExchange writes down what the questions before it have shown.
func concludeKeyExchange(_ context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	for _, x := range versions {
		if x.Answer == audit.Accepted {
			x.asked = append(x.asked, e.reuses(x)...)
		}
	}
}
