package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

var certRevocationPointer = &audit.Check{
	ID:       "cert.revocation_pointer",
	Title:    "The certificate says where its revocation can be looked up",
	Doc:      "Without a pointer to an OCSP responder or a revocation list nobody can find out that a certificate was revoked.",
	Detect:   "The OCSP URLs of the authority information access extension (aia) and those of the CRL distribution points (crldp) of each leaf; one of those listed is enough. Nothing is fetched.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.2.1.13", "RFC 5280 section 4.2.2.1", "RFC 6960"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		pointers := r.words("any", "aia", "crldp")
		if pointers == nil {
			pointers = []string{"aia", "crldp"}
		}
		return pointers, r.done()
	},
	ParamsDoc: map[string]string{"any": "pointers of which one must be present: aia (an OCSP URL), crldp (default both)"},
	Run: func(c *audit.Case) []audit.Outcome {
		pointers := c.Params.([]string)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if slices.Contains(pointers, "aia") && len(l.OCSP) > 0 || slices.Contains(pointers, "crldp") && len(l.CRLs) > 0 {
				return nil
			}
			return []audit.Outcome{violated(l.evidence(), "%s: no pointer to revocation information (%s)", l.Label, strings.Join(pointers, " or "))}
		})
	},
	Want: certificate("a certificate with a pointer to an OCSP responder or a revocation list"),
	Examples: []audit.Example{
		example("no pointer", audit.Fail, map[string]any{"any": []any{"aia", "crldp"}}, withLeaf(func(c *audit.Certificate) { c.OCSP, c.CRLs = nil, nil })),
		example("list only, where OCSP is demanded", audit.Fail, map[string]any{"any": []any{"aia"}}, withLeaf(func(c *audit.Certificate) { c.OCSP = nil })),
		example("list only", audit.Pass, nil, withLeaf(func(c *audit.Certificate) { c.OCSP = nil })),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
