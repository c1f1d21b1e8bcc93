package checks

import (
	"fmt"

	"tlsaudit/audit"
)

type basicParams struct {
	ca bool
	// pathLen is the path length demanded; nil for no demand.
	pathLen *int
	// noPathLen demands that there is none.
	noPathLen bool
}

var certBasicConstraints = &audit.Check{
	ID:    "cert.basic_constraints",
	Title: "The basic constraints of the certificate are those of a server",
	Doc:   "The basic constraints tell a CA from everybody else. A server certificate that may act as a CA lets its holder certify any name, for everybody who trusts its issuer.",
	Detect: "The basicConstraints extension of each leaf; one that is absent says the same as ca: false. Unknown for evidence recorded without " +
		"the list of extensions where the path length is judged.",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 4.2.1.9", "CA/Browser Forum Baseline Requirements section 7.1.2.7.8"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &basicParams{ca: r.bool("ca", false)}
		if text, ok := in["pathlen"].(string); ok && text == "absent" {
			p.noPathLen = true
			r.get("pathlen")
		} else if _, ok := r.get("pathlen"); ok {
			n := r.int("pathlen", 0, 0, 255)
			p.pathLen = &n
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"ca":      "whether the certificate must be that of a CA (default false)",
		"pathlen": "\"absent\", or the path length constraint demanded (default: none is demanded)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*basicParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			if l.IsCA != p.ca {
				out = append(out, violated(l.evidence(), "%s: the basic constraints say CA: %v, %v wanted", l.Label, l.IsCA, p.ca))
			}
			switch {
			case !p.noPathLen && p.pathLen == nil:
			case l.PathLen == nil && !l.HasExtensions():
				out = append(out, undecided(l.evidence(), "%s: the path length constraint was not recorded", l.Label))
			case p.noPathLen && l.PathLen != nil:
				out = append(out, violated(l.evidence(), "%s: a path length constraint of %d, which has no place here", l.Label, *l.PathLen))
			case p.pathLen != nil && (l.PathLen == nil || *l.PathLen != *p.pathLen):
				out = append(out, violated(l.evidence(), "%s: path length constraint %s, %d wanted", l.Label, pathLength(l.PathLen), *p.pathLen))
			}
			return out
		})
	},
	Want: certificate("a certificate with basic constraints CA:FALSE and without a path length"),
	Examples: []audit.Example{
		example("CA certificate on a server", audit.Fail, map[string]any{"ca": false}, withLeaf(func(c *audit.Certificate) { c.IsCA = true })),
		example("path length on a server certificate", audit.Fail, map[string]any{"ca": false, "pathlen": "absent"}, withLeaf(func(c *audit.Certificate) { c.PathLen = new(int) })),
		example("end entity", audit.Pass, map[string]any{"ca": false, "pathlen": "absent"}),
		example("extensions not recorded", audit.Unknown, map[string]any{"pathlen": "absent"}, withLeaf(func(c *audit.Certificate) { c.Extensions = nil })),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

func pathLength(n *int) string {
	if n == nil {
		return "absent"
	}
	return fmt.Sprint(*n)
}
