package checks

import "tlsaudit/audit"

var certChainComplete = graded(&audit.Check{
	ID:       "cert.chain.complete",
	Title:    "The server sends every intermediate certificate",
	Doc:      "Browsers repair a missing intermediate from their cache; mail servers, scripts and appliances do not, and fail or fall back to plain text.",
	Detect:   "A path from the leaf to a trust anchor, or to a self-signed certificate, must be found among the certificates presented. A missing intermediate and a root that is not configured as an anchor look alike. Each distinct chain is judged; unknown without anchors unless the chain holds its root.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5246 section 7.4.2", "RFC 9846 section 4.5"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch {
			case l.Chain.Truncated:
				return wholeChain(l)
			case l.Chain.Complete == audit.Accepted:
				return nil
			case l.Chain.Complete == audit.Refused:
				last := l.Chain.Certificates[len(l.Chain.Certificates)-1]
				return []audit.Outcome{violated(l.evidence(), "%s: what is sent leads to no trust anchor: the certificate of %s is missing, or a root that is not configured", l.Label, last.Issuer)}
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: whether the chain is complete is %s", l.Label, l.Chain.Complete)}
		})
	},
	Want: certificate("the certificate file extended by all intermediate certificates, in order, leaf first and without the root"),
	Examples: []audit.Example{
		example("intermediate missing", audit.Fail, nil, withChain(func(c *audit.Chain) {
			c.Certificates, c.Complete = c.Certificates[:1], audit.Refused
		})),
		example("intermediate sent", audit.Pass, nil),
		example("more certificates than are kept", audit.Unknown, nil, truncated),
		example("not decided", audit.Unknown, nil, withChain(func(c *audit.Chain) { c.Complete = audit.Undetermined })),
	},
})
