package checks

import (
	"slices"

	"tlsaudit/audit"
)

var certCNInSAN = &audit.Check{
	ID:       "cert.cn_in_san",
	Title:    "A common name is repeated in the subjectAltName",
	Doc:      "The common name is only for people to read; where it holds a host name, the same name must stand in the subjectAltName, or clients disagree on what the certificate is for.",
	Detect:   "The common name of each leaf is looked for among its subjectAltName entries. A leaf without a common name passes.",
	Severity: audit.Low,
	Refs:     []string{"CA/Browser Forum Baseline Requirements section 7.1.4.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			same := func(san string) bool { return bareName(san) == bareName(l.CommonName) }
			switch {
			case l.CommonName == "" || slices.ContainsFunc(l.SANs, same):
				return nil
			case audit.Clipped(l.SANs):
				return []audit.Outcome{undecided(l.evidence(), "%s: too many names to list", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: the common name %q is not in the subjectAltName", l.Label, l.CommonName)}
		})
	},
	Want: certificate("a certificate whose common name is one of its subjectAltName entries, or that has none"),
	Examples: []audit.Example{
		example("common name missing among the names", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"other.example.com"} })),
		example("common name repeated", audit.Pass, nil),
		example("more names than are listed", audit.Unknown, nil,
			withLeaf(func(c *audit.Certificate) {
				c.SANs = audit.ClipList([]string{"a.example.com", "www.example.com"}, 1)
			})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
