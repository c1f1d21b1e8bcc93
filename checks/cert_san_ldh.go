package checks

import (
	"strings"

	"tlsaudit/audit"
)

var certSANLDH = &audit.Check{
	ID:    "cert.san.ldh",
	Title: "Host names in the certificate are made of letters, digits and hyphens",
	Doc: "The names of hosts on the internet have letters, digits and hyphens only. What else a certificate holds, an underscore, a space, bytes of another alphabet, is read " +
		"differently by different clients, or not at all.",
	Detect: "Every dNSName entry of the subjectAltName of each leaf: labels of 1 to 63 letters, digits and hyphens, no hyphen at either end, 253 characters in all. " +
		"A wildcard as the complete left-most label is left to cert.wildcard.",
	Severity: audit.Low,
	Refs:     []string{"RFC 9525 section 6.3", "RFC 5890 section 2.3.1", "RFC 1123 section 2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			for _, san := range listed(l.SANs) {
				if sanType(san) == "dns" && !hostName(strings.TrimPrefix(san, "*.")) {
					out = append(out, violated(l.evidence(), "%s: %q is not a host name", l.Label, san))
				}
			}
			if audit.Clipped(l.SANs) {
				out = append(out, undecided(l.evidence(), "%s: too many names to list", l.Label))
			}
			return out
		})
	},
	Want: certificate("a certificate with names of letters, digits and hyphens only"),
	Examples: []audit.Example{
		example("underscore", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"my_host.example.com"} })),
		example("hyphen at the end of a label", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"www-.example.com"} })),
		example("host names and a wildcard", audit.Pass, nil, withLeaf(func(c *audit.Certificate) { c.SANs = []string{"www.example.com", "*.xn--bcher-kva.example.com"} })),
		example("more names than are listed", audit.Unknown, nil, withLeaf(func(c *audit.Certificate) {
			c.SANs = audit.ClipList([]string{"a.example.com", "b_c.example.com"}, 1)
		})),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

// hostName reports whether a name has the form of RFC 1123.
func hostName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
			default:
				return false
			}
		}
	}
	return true
}
