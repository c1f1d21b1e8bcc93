package checks

import (
	"slices"

	"tlsaudit/audit"
)

type aiaParams struct{ require, should []string }

var certAIA = &audit.Check{
	ID:    "cert.aia",
	Title: "The certificate says where its issuer and its status are found",
	Doc: "The authority information access extension lets peers fetch a missing intermediate certificate and ask whether the certificate was revoked. Some public CAs " +
		"ended OCSP in 2025: a missing OCSP pointer may be an exception to grant, not a fault to mend.",
	Detect:   "The authority information access extension of each leaf is read; nothing is fetched.",
	Severity: audit.Low,
	Refs:     []string{"RFC 5280 section 4.2.2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := aiaParams{require: r.words("require", "caIssuers", "ocsp"), should: r.words("should", "caIssuers", "ocsp")}
		r.words("may", "caIssuers", "ocsp")
		if len(in) == 0 {
			p.require = []string{"caIssuers"}
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"require": "pointers that must be present: caIssuers, ocsp (default caIssuers)",
		"should":  "pointers whose absence warns",
		"may":     "pointers that may be present; documents, and demands nothing",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(aiaParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			for _, pointer := range []struct {
				name string
				urls []string
			}{{"caIssuers", l.IssuerURLs}, {"ocsp", l.OCSP}} {
				switch {
				case len(pointer.urls) > 0:
				case slices.Contains(p.require, pointer.name):
					out = append(out, violated(l.evidence(), "%s: no %s pointer", l.Label, pointer.name))
				case slices.Contains(p.should, pointer.name):
					out = append(out, advice(l.evidence(), "%s: no %s pointer", l.Label, pointer.name))
				}
			}
			return out
		})
	},
	Want: certificate("a certificate with caIssuers, and OCSP where the CA still runs it, in its authority information access"),
	Examples: []audit.Example{
		example("no OCSP pointer", audit.Fail, map[string]any{"require": []any{"caIssuers", "ocsp"}}, withLeaf(func(c *audit.Certificate) { c.OCSP = nil })),
		example("both pointers", audit.Pass, map[string]any{"require": []any{"caIssuers", "ocsp"}}),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
