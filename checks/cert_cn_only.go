package checks

import "tlsaudit/audit"

var certCNOnly = &audit.Check{
	ID:       "cert.cn_only",
	Title:    "The endpoint's name is not left to the common name",
	Doc:      "Certificates that carry the host name in the common name alone work with old clients and fail with current ones, which read the subjectAltName only.",
	Detect:   "Violated when the common name matches the target's name and the subjectAltName does not. Each distinct chain is judged.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9525 section 2", "RFC 2818 section 3.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			n := l.Chain.Names
			switch {
			case n.SAN == audit.Refused && n.CN == audit.Accepted:
				return []audit.Outcome{violated(l.evidence(), "%s: only the common name matches %s", l.Label, n.Reference)}
			case n.SAN == audit.Accepted || n.CN == audit.Refused:
				return nil
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: the comparison with %q is %s", l.Label, n.Reference, n.SAN)}
		})
	},
	Want: certificate("a certificate whose subjectAltName lists every name clients use for this endpoint"),
	Examples: []audit.Example{
		example("name in the common name only", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN = audit.Refused })),
		example("name in both", audit.Pass, nil),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
