package checks

import "tlsaudit/audit"

var certChainValid = &audit.Check{
	ID:       "cert.chain.valid",
	Title:    "Each certificate presented certifies the one before it",
	Doc:      "TLS 1.2 demands the order leaf, issuer, issuer's issuer. Lenient clients sort; strict ones refuse the chain.",
	Detect:   "Issuer and signature of neighbours are compared in the order sent. Each distinct chain is judged; a single certificate is in order.",
	Severity: audit.Low,
	Refs:     []string{"RFC 5246 section 7.4.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch l.Chain.Order {
			case audit.Accepted:
				return wholeChain(l)
			case audit.Refused:
				return []audit.Outcome{violated(l.evidence(), "%s: the chain is out of order or holds certificates that do not belong to it", l.Label)}
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: the order of the chain is %s", l.Label, l.Chain.Order)}
		})
	},
	Want: certificate("the certificate file in the order leaf, issuing CA, its issuer, without duplicates or strangers"),
	Examples: []audit.Example{
		example("out of order", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Order = audit.Refused })),
		example("in order", audit.Pass, nil),
		example("more certificates than are kept", audit.Unknown, nil, truncated),
		example("not decided", audit.Unknown, nil, withChain(func(c *audit.Chain) { c.Order = audit.Undetermined })),
	},
}
