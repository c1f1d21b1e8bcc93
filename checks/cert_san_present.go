package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

var certSANPresent = &audit.Check{
	ID:       "cert.san.present",
	Title:    "The certificate has a subjectAltName of the kind demanded",
	Doc:      "Without a subjectAltName no current client can match the certificate to the server it talks to.",
	Detect:   "The subjectAltName of each leaf must hold at least one entry of one of the types.",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 4.2.1.6", "RFC 9525 section 6.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		types := r.words("types", "dns", "ip", "uri", "email", "srv")
		if types == nil {
			types = []string{"dns", "ip"}
		}
		return types, r.done()
	},
	ParamsDoc: map[string]string{"types": "kinds of name of which one must be present: dns, ip, uri, email, srv (default dns, ip)"},
	Run: func(c *audit.Case) []audit.Outcome {
		types := c.Params.([]string)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if slices.ContainsFunc(listed(l.SANs), func(san string) bool { return slices.Contains(types, nameType(san)) }) {
				return nil
			}
			if len(l.SANs) == 0 {
				return []audit.Outcome{violated(l.evidence(), "%s: no subjectAltName", l.Label)}
			}
			if audit.Clipped(l.SANs) {
				return []audit.Outcome{undecided(l.evidence(), "%s: too many names to list", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: no subjectAltName of type %s", l.Label, strings.Join(types, " or "))}
		})
	},
	Want: certificate("a certificate whose subjectAltName lists every name clients use for this endpoint"),
	Examples: []audit.Example{
		example("common name only", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = nil })),
		example("an e-mail address is no server name", audit.Fail, map[string]any{"types": []any{"dns", "ip"}},
			withLeaf(func(c *audit.Certificate) { c.SANs = []string{"email:admin@example.com"} })),
		example("host name", audit.Pass, nil),
		example("more names than are listed", audit.Unknown, map[string]any{"types": []any{"dns"}},
			withLeaf(func(c *audit.Certificate) {
				c.SANs = audit.ClipList([]string{"email:admin@example.com", "www.example.com"}, 1)
			})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

// nameType is sanType with the service names of RFC 4985 told apart from other
// otherName entries.
func nameType(san string) string {
	if san == "otherName:1.3.6.1.5.5.7.8.7" {
		return "srv"
	}
	return sanType(san)
}

// listed returns the entries of a list without the mark that it was cut.
func listed(list []string) []string {
	if audit.Clipped(list) {
		return list[:len(list)-1]
	}
	return list
}
