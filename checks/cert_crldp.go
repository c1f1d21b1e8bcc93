package checks

import "tlsaudit/audit"

// unlessOCSP is the one condition under which a rule may demand the pointer.
const unlessOCSP = "no OCSP URL and not short-lived"

var certCRLDP = &audit.Check{
	ID:    "cert.crldp",
	Title: "The certificate says where its revocation list is found",
	Doc: "A certificate without a pointer to an OCSP responder, which public CAs may leave off, can only be found revoked through the list its CRL distribution point names. " +
		"One with neither pointer stays good until it expires, whatever happens to its key.",
	Detect: "The URLs of the CRL distribution points extension of each leaf; nothing is fetched. With `required_if`, leaves with an OCSP URL and short-lived ones (seven days, ten if issued " +
		"before 2026-03-15) are left alone.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.2.1.13", "CA/Browser Forum Baseline Requirements section 7.1.2.11.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("required_if", "", unlessOCSP) != "", r.done()
	},
	ParamsDoc: map[string]string{"required_if": "\"" + unlessOCSP + "\": demand it of those only (default: of every certificate)"},
	Run: func(c *audit.Case) []audit.Outcome {
		conditional := c.Params.(bool)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch {
			case len(l.CRLs) > 0:
				return []audit.Outcome{met(l.evidence(), "%s: has a CRL distribution point", l.Label)}
			case conditional && len(l.OCSP) > 0:
				return []audit.Outcome{met(l.evidence(), "%s: no CRL distribution point, but an OCSP URL", l.Label)}
			case conditional && (l.NotBefore.IsZero() || l.NotAfter.IsZero()):
				return []audit.Outcome{undecided(l.evidence(), "%s: no CRL distribution point, and the validity could not be read", l.Label)}
			case conditional && shortLived(l):
				return []audit.Outcome{met(l.evidence(), "%s: no CRL distribution point, but short-lived", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: no CRL distribution point with a URL", l.Label)}
		})
	},
	Want: certificate("a certificate with a CRL distribution point, from a CA that publishes lists"),
	Examples: []audit.Example{
		example("neither list nor OCSP", audit.Fail, map[string]any{"required_if": unlessOCSP}, withLeaf(func(c *audit.Certificate) { c.CRLs, c.OCSP = nil, nil })),
		example("no list, demanded of every certificate", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.CRLs = nil })),
		example("OCSP only", audit.Pass, map[string]any{"required_if": unlessOCSP}, withLeaf(func(c *audit.Certificate) { c.CRLs = nil })),
		example("neither, but short-lived", audit.Pass, map[string]any{"required_if": unlessOCSP}, withLeaf(func(c *audit.Certificate) {
			c.CRLs, c.OCSP, c.NotAfter = nil, nil, c.NotBefore.AddDate(0, 0, 6)
		})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
