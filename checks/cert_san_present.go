package checks

import (
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

type sanParams struct {
	types  []string
	forbid []nameKind
}

var certSANPresent = &audit.Check{
	ID:    "cert.san.present",
	Title: "The certificate has a subjectAltName of the kind demanded",
	Doc:   "Without a subjectAltName no current client can match the certificate to the server it talks to.",
	Detect: "The subjectAltName of each leaf must hold at least one entry of one of the types. With `forbid`, no entry may be of the kinds named: internal are names without a dot " +
		"and those below a top-level domain that is reserved or known not to be delegated (a name below another one that does not exist is not recognised); reserved are the addresses of IANA's registries of special purposes.",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 4.2.1.6", "RFC 9525 section 6.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &sanParams{types: r.words("types", "dns", "ip", "uri", "email", "srv")}
		if p.types == nil {
			p.types = []string{"dns", "ip"}
		}
		p.forbid = r.nameKinds("forbid")
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"types": "kinds of name of which one must be present: dns, ip, uri, email, srv (default dns, ip)",
		"forbid": "kinds of name that must not be present: internal names, reserved IPs, IP reverse zone suffix, underscore; " +
			"with \"(from 2026-03-15)\" behind it, in certificates issued since",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*sanParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			out := p.present(l)
			for i := range p.forbid {
				out = append(out, p.forbid[i].judge(l)...)
			}
			return out
		})
	},
	Want: certificate("a certificate whose subjectAltName lists every name clients use for this endpoint"),
	Examples: []audit.Example{
		example("common name only", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = nil })),
		example("an e-mail address is no server name", audit.Fail, map[string]any{"types": []any{"dns", "ip"}},
			withLeaf(func(c *audit.Certificate) { c.SANs = []string{"email:admin@example.com"} })),
		example("host name", audit.Pass, nil),
		example("internal name", audit.Fail, forbiddenNames, withLeaf(func(c *audit.Certificate) { c.SANs = append(c.SANs, "www.corp") })),
		example("private address", audit.Fail, forbiddenNames, withLeaf(func(c *audit.Certificate) { c.SANs = append(c.SANs, "10.1.2.3") })),
		example("underscore", audit.Fail, forbiddenNames, withLeaf(func(c *audit.Certificate) { c.SANs = append(c.SANs, "a_b.example.com") })),
		example("reverse zone, issued since", audit.Fail, forbiddenNames, withLeaf(func(c *audit.Certificate) { c.SANs = append(c.SANs, "1.2.0.192.in-addr.arpa") })),
		example("reverse zone, issued before", audit.Pass, forbiddenNames, withLeaf(func(c *audit.Certificate) {
			c.SANs, c.NotBefore = append(c.SANs, "1.2.0.192.in-addr.arpa"), time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
		})),
		example("public names only", audit.Pass, forbiddenNames),
		example("more names than are listed", audit.Unknown, map[string]any{"types": []any{"dns"}},
			withLeaf(func(c *audit.Certificate) {
				c.SANs = audit.ClipList([]string{"email:admin@example.com", "www.example.com"}, 1)
			})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

// present objects to a leaf without a name of one of the types.
func (p *sanParams) present(l *leaf) []audit.Outcome {
	switch {
	case slices.ContainsFunc(listed(l.SANs), func(san string) bool { return slices.Contains(p.types, nameType(san)) }):
		return nil
	case len(l.SANs) == 0:
		return []audit.Outcome{violated(l.evidence(), "%s: no subjectAltName", l.Label)}
	case audit.Clipped(l.SANs):
		return []audit.Outcome{undecided(l.evidence(), "%s: too many names to list", l.Label)}
	}
	return []audit.Outcome{violated(l.evidence(), "%s: no subjectAltName of type %s", l.Label, strings.Join(p.types, " or "))}
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
