package checks

import (
	"time"

	"tlsaudit/audit"
)

const trustedIssuer = "a certificate issued by a CA the peers trust"

var certChainTrusted = graded(&audit.Check{
	ID:    "cert.chain.trusted",
	Title: "Every certificate chain leads to a trust anchor",
	Doc:   "A chain no client trusts teaches people to click warnings away, and a peer that does not verify cannot tell the server from an attacker.",
	Detect: "Path building (RFC 5280 section 6) over what the peer sent, against the configured anchors, at a time inside the leaf's validity; then the leaf's validity at " +
		"the time of judgement, so that an expired leaf is told as such and trusted by nobody. Each distinct chain is judged. Unknown without anchors, and where an issuing " +
		"certificate that was valid then is not valid at the time of judgement: whether a path is left was not looked for.",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 6", "RFC 9525"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains, audit.NeedTrust},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			t := l.Chain.Trust
			switch t.Answer {
			case audit.Accepted:
				if out := outsideValidity(l, c.Now); out != nil {
					return out
				}
				if name := lapsed(l.Chain, c.Now); name != "" {
					return []audit.Outcome{undecided(l.evidence(), "%s: trusted by %s when it was scanned, but %s is not valid at the time of judgement", l.Label, t.Anchors, name)}
				}
				return []audit.Outcome{met(l.evidence(), "%s: trusted by %s", l.Label, t.Anchors)}
			case audit.Refused:
				return []audit.Outcome{violated(l.evidence(), "%s: not trusted by %s: %s", l.Label, t.Anchors, t.Reason)}
			case audit.NotAsked:
				return []audit.Outcome{undecided(l.evidence(), "%s: no trust anchors were configured", l.Label)}
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: trust is %s: %s", l.Label, t.Answer, t.Reason)}
		})
	},
	Turns: presentedTurns,
	Want:  certificate(trustedIssuer),
	WantFor: func(c *audit.Case) audit.Want {
		// a path that only lapsed needs a new certificate, not another CA
		for _, chain := range c.Observation.Chains {
			if chain.Trust.Answer != audit.Accepted {
				return audit.Want{Certificate: trustedIssuer}
			}
		}
		return audit.Want{Certificate: renewed}
	},
	Examples: []audit.Example{
		example("self-signed", audit.Fail, nil, withChain(func(c *audit.Chain) {
			c.Trust = audit.Trust{Anchors: "example-roots.pem", Answer: audit.Refused, Reason: "certificate signed by unknown authority"}
		})),
		example("leads to a configured root", audit.Pass, nil),
		example("expired", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("not yet valid", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotBefore = exampleNow.AddDate(0, 0, 1) })),
		example("validity not read", audit.Unknown, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = time.Time{} })),
		example("no anchors configured", audit.Unknown, nil, withChain(func(c *audit.Chain) { c.Trust = audit.Trust{} })),
		example("issuer expires before the time of judgement", audit.Unknown, nil, withChain(func(c *audit.Chain) {
			c.Trust.At = exampleNow.AddDate(0, 0, -2)
			c.Certificates[1].NotAfter = exampleNow.AddDate(0, 0, -1)
		})),
		example("stale issuer sent along, trusted without it", audit.Pass, nil, withChain(func(c *audit.Chain) {
			c.Trust.At = exampleNow.AddDate(0, 0, -2)
			c.Certificates[1].NotAfter = exampleNow.AddDate(0, 0, -3)
		})),
		example("one of two chains is not trusted", audit.Fail, nil, secondChain, func(o *audit.Observation) {
			o.Chains[1].Trust = audit.Trust{Anchors: "example-roots.pem", Answer: audit.Refused, Reason: "certificate signed by unknown authority"}
		}),
	},
})

// lapsed names an issuing certificate that was within its validity when trust
// was evaluated and is outside it now, or returns "".
func lapsed(chain *audit.Chain, now time.Time) string {
	if len(chain.Certificates) == 0 {
		return ""
	}
	for _, c := range chain.Certificates[1:] {
		valid := func(t time.Time) bool { return !t.Before(c.NotBefore) && !t.After(c.NotAfter) }
		if c.Error == "" && !valid(now) && (chain.Trust.At.IsZero() || valid(chain.Trust.At)) {
			return c.Subject
		}
	}
	return ""
}
