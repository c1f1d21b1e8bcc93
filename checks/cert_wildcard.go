package checks

import (
	"strings"

	"tlsaudit/audit"
)

// wildcardForm is the one form of wildcard RFC 9525 section 6.3 admits.
const wildcardForm = "complete left-most label only, one level"

var certWildcard = &audit.Check{
	ID:    "cert.wildcard",
	Title: "The certificate has no wildcard name, or one of the form allowed",
	Doc:   "A wildcard certificate is valid for servers that do not exist yet, and its key tends to lie on many machines at once.",
	Detect: "The subjectAltName entries of each leaf, and its common name. Without `rule`, any wildcard is a violation; with it, one that is not the complete " +
		"left-most label.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9525 section 6.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("rule", "", wildcardForm) != "", r.done()
	},
	Forbids:   func(params any) bool { return !params.(bool) },
	ParamsDoc: map[string]string{"rule": "\"" + wildcardForm + "\": admit that form (default: no wildcard at all)"},
	Run: func(c *audit.Case) []audit.Outcome {
		formAllowed := c.Params.(bool)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			for _, name := range append([]string{l.CommonName}, l.SANs...) {
				if kind := sanType(name); !strings.Contains(name, "*") || kind != "dns" {
					continue
				}
				rest, leftmost := strings.CutPrefix(bareName(name), "*.")
				if formAllowed && leftmost && !strings.Contains(rest, "*") && strings.Contains(rest, ".") {
					continue
				}
				out = append(out, violated(l.evidence(), "%s: wildcard name %s", l.Label, name))
			}
			if audit.Clipped(l.SANs) {
				out = append(out, undecided(l.evidence(), "%s: too many names to list", l.Label))
			}
			return out
		})
	},
	Want: certificate("a certificate that lists the host names one by one"),
	Examples: []audit.Example{
		example("wildcard", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"*.example.com"} })),
		example("wildcard inside a label", audit.Fail, map[string]any{"rule": wildcardForm}, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"w*.example.com"} })),
		example("wildcard of the form allowed", audit.Pass, map[string]any{"rule": wildcardForm}, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"*.example.com"} })),
		example("no wildcard", audit.Pass, nil),
		example("more names than are listed", audit.Unknown, nil,
			withLeaf(func(c *audit.Certificate) {
				c.SANs = audit.ClipList([]string{"a.example.com", "*.example.com"}, 1)
			})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
