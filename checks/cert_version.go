package checks

import "tlsaudit/audit"

var certVersion = &audit.Check{
	ID:       "cert.version",
	Title:    "Leaf certificates are of the X.509 version demanded",
	Doc:      "Only version 3 has extensions: without them there are no names to match and no bounds to what the key may be used for.",
	Detect:   "The version field of each leaf.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.1.2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.int("eq", 3, 1, 3), r.done()
	},
	ParamsDoc: map[string]string{"eq": "the X.509 version, 1 to 3 (default 3)"},
	Run: func(c *audit.Case) []audit.Outcome {
		want := c.Params.(int)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch l.X509Version {
			case want:
				return nil
			case 0:
				return []audit.Outcome{undecided(l.evidence(), "%s: the X.509 version could not be read", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: X.509 version %d, %d wanted", l.Label, l.X509Version, want)}
		})
	},
	Want: certificate("a certificate of X.509 version 3"),
	Examples: []audit.Example{
		example("version 1", audit.Fail, map[string]any{"eq": 3}, withLeaf(func(c *audit.Certificate) { c.X509Version = 1 })),
		example("version 3", audit.Pass, nil),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
