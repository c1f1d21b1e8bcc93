package checks

import "tlsaudit/audit"

var certIdentity = &audit.Check{
	ID:    "cert.identity",
	Title: "The certificate carries the name the endpoint was asked for",
	Doc:   "The name in the certificate is all that tells the right server from another one with a valid certificate.",
	Detect: "The name of the target (its SNI if given, otherwise its host) is compared with the subjectAltName only; no current client looks at the common name. " +
		"Each distinct chain is judged.",
	Severity: audit.High,
	Refs:     []string{"RFC 9525 section 6"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		if !r.bool("cn_ignored", true) {
			r.fail("parameter \"cn_ignored\": false is not supported: the common name never counts (RFC 9525 section 2)")
		}
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"cn_ignored": "true only: the common name does not count (default true)"},
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			n := l.Chain.Names
			switch {
			case n.SAN == audit.Accepted:
				return []audit.Outcome{met(l.evidence(), "%s: the subjectAltName matches %s", l.Label, n.Reference)}
			case n.SAN == audit.Refused && n.CN == audit.Accepted:
				return []audit.Outcome{violated(l.evidence(), "%s: only the common name matches %s, which does not count", l.Label, n.Reference)}
			case n.SAN == audit.Refused:
				return []audit.Outcome{violated(l.evidence(), "%s: no name matches %s", l.Label, n.Reference)}
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: the comparison with %q is %s", l.Label, n.Reference, n.SAN)}
		})
	},
	Want: certificate("a certificate whose subjectAltName lists every name clients use for this endpoint"),
	Examples: []audit.Example{
		example("wrong name", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused })),
		example("name in the common name only", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN = audit.Refused })),
		example("name in the subjectAltName", audit.Pass, nil),
		example("another certificate not read", audit.Unknown, nil, unread),
		example("wrong name, and another certificate not read", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused }), unread),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
