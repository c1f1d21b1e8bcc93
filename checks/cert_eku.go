package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

type ekuParams struct {
	require, forbid, only []string
	ifPresent             bool
	issued                issuance
}

// purposes are the extended key usages a rule may name; others by their OID.
var purposes = []string{"serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning", "anyExtendedKeyUsage"}

var certEKU = &audit.Check{
	ID:    "cert.eku",
	Title: "The certificate is issued for the purposes demanded",
	Doc:   "A certificate for another purpose is refused by peers that look, and one for every purpose is worth more to a thief than the server it was made for.",
	Detect: "The extended key usage of each leaf. A leaf without the extension lacks what is required, unless `if` says the rule bites only where the extension is present. " +
		"clientAuth in a server certificate, or its absence, is only judged when a rule names it.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.2.1.12", "CA/Browser Forum Baseline Requirements section 7.1.2.7"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := ekuParams{require: r.purposes("require"), forbid: r.purposes("forbid"), only: r.purposes("only")}
		r.purposes("may")
		p.ifPresent = r.word("if", "", "EKU present") != ""
		p.issued = r.issuance()
		r.require("require", "forbid", "only")
		return &p, r.done()
	},
	Forbids: func(params any) bool { p := params.(*ekuParams); return len(p.require)+len(p.only) == 0 },
	ParamsDoc: map[string]string{
		"require":     "purposes that must all be present, such as serverAuth",
		"forbid":      "purposes that must not be present, such as anyExtendedKeyUsage",
		"only":        "no other purpose may be present",
		"may":         "purposes that may be present; documents, and demands nothing",
		"if":          "\"EKU present\": judge only certificates that have the extension",
		"issued_from": issuedFromDoc, "issued_before": issuedBeforeDoc,
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*ekuParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if out, other := p.issued.excludes(l); other {
				return out
			}
			if !l.EKUPresent && len(l.EKU) == 0 {
				if p.ifPresent || len(p.require)+len(p.only) == 0 {
					return nil
				}
				return []audit.Outcome{violated(l.evidence(), "%s: no extended key usage, %s wanted", l.Label, strings.Join(slices.Concat(p.require, p.only), ", "))}
			}
			has := slices.Clone(l.EKU)
			for i, usage := range has {
				has[i] = anyPurpose(usage)
			}
			var out []audit.Outcome
			clipped := audit.Clipped(has)
			has = listed(has)
			if clipped {
				out = append(out, undecided(l.evidence(), "%s: too many extended key usages to list", l.Label))
			}
			for _, usage := range p.require {
				if !slices.Contains(has, usage) && !clipped {
					out = append(out, violated(l.evidence(), "%s: extended key usage lacks %s", l.Label, usage))
				}
			}
			for _, usage := range has {
				switch {
				case slices.Contains(p.forbid, usage):
					out = append(out, violated(l.evidence(), "%s: extended key usage %s, %s", l.Label, usage, deniedBy(c, "name")))
				case len(p.only) > 0 && !slices.Contains(p.only, usage):
					out = append(out, violated(l.evidence(), "%s: extended key usage %s, %s", l.Label, usage, notListedBy(c, "purposes allowed")))
				}
			}
			return out
		})
	},
	Want: func(params any) audit.Want {
		p := params.(*ekuParams)
		text := "a certificate with extended key usage " + strings.Join(slices.Concat(p.require, p.only), ", ")
		if len(p.require)+len(p.only) == 0 {
			text = "a certificate"
		}
		if len(p.forbid) > 0 {
			text += " without " + strings.Join(p.forbid, ", ")
		}
		return audit.Want{Certificate: text}
	},
	Examples: []audit.Example{
		example("client certificate on a server", audit.Fail, map[string]any{"require": []any{"serverAuth"}},
			withLeaf(func(c *audit.Certificate) { c.EKU = []string{"clientAuth"} })),
		example("no extension", audit.Fail, map[string]any{"require": []any{"serverAuth"}},
			withLeaf(func(c *audit.Certificate) { c.EKU, c.EKUPresent = nil, false })),
		example("no extension, judged only where present", audit.Pass, map[string]any{"require": []any{"serverAuth"}, "if": "EKU present"},
			withLeaf(func(c *audit.Certificate) { c.EKU, c.EKUPresent = nil, false })),
		example("any purpose", audit.Fail, map[string]any{"forbid": []any{"anyExtendedKeyUsage"}},
			withLeaf(func(c *audit.Certificate) { c.EKU = []string{"serverAuth", "any"} })),
		example("client authentication too, issued before the rule", audit.NotApplicable, map[string]any{"only": []any{"serverAuth"}, "issued_from": "2027-03-15"},
			withLeaf(func(c *audit.Certificate) { c.EKU = []string{"serverAuth", "clientAuth"} })),
		example("client authentication too, issued since", audit.Fail, map[string]any{"only": []any{"serverAuth"}, "issued_from": "2026-06-15"},
			withLeaf(func(c *audit.Certificate) { c.EKU = []string{"serverAuth", "clientAuth"} })),
		example("serverAuth only", audit.Pass, map[string]any{"only": []any{"serverAuth"}}),
		example("more purposes than are listed", audit.Unknown, map[string]any{"forbid": []any{"codeSigning"}},
			withLeaf(func(c *audit.Certificate) {
				c.EKU = audit.ClipList([]string{"serverAuth", "1.2.3.4", "codeSigning"}, 2)
			})),
		example("certificate not readable", audit.Unknown, map[string]any{"require": []any{"serverAuth"}}, unreadable),
	},
}

// anyPurpose gives anyExtendedKeyUsage the name rules have for it.
func anyPurpose(usage string) string {
	if usage == "any" || usage == "2.5.29.37.0" {
		return "anyExtendedKeyUsage"
	}
	return usage
}

// purposes returns a list of extended key usages, by name or OID.
func (r *reader) purposes(key string) []string {
	var list []string
	for _, word := range r.words(key) {
		i := slices.IndexFunc(purposes, func(p string) bool { return strings.EqualFold(p, word) })
		switch {
		case i >= 0:
			list = append(list, purposes[i])
		case strings.Count(word, ".") >= 2 && strings.Trim(word, "0123456789.") == "":
			list = append(list, word)
		default:
			r.fail("parameter %q: %q is not one of %s, nor an OID%s", key, word, strings.Join(purposes, ", "), didYouMean(word, purposes))
		}
	}
	return list
}
