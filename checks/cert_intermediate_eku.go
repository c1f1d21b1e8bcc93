package checks

import (
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

type intermediateEKUParams struct {
	only, before  []string
	disclosedFrom time.Time
}

var certIntermediateEKU = &audit.Check{
	ID:    "cert.intermediate.eku",
	Title: "Intermediate certificates are limited to the purposes allowed",
	Doc: "A CA that may certify servers and, with the same key, e-mail or client certificates spreads the faults of one purpose to the others. Root programs therefore demand hierarchies " +
		"for TLS servers alone.",
	Detect: "The extended key usage of every CA certificate sent, self-signed ones excepted. With `disclosed_from`, certificates issued before that day may have `before_that`: the day of disclosure is not in the " +
		"certificate, notBefore stands for it. One without the extension is unlimited, which the issuer of the leaf must not be; further up it may be a cross-certificate, for which other rules hold, and is unknown. " +
		"Does not apply where no intermediate certificate is sent, and is unknown if more are sent than are kept.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.2.1.12", "CA/Browser Forum Baseline Requirements section 7.1.2.10.6"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &intermediateEKUParams{only: r.purposes("only"), before: r.purposes("before_that"), disclosedFrom: r.date("disclosed_from")}
		r.require("only")
		if r.has("disclosed_from") != r.has("before_that") {
			r.fail("parameters \"disclosed_from\" and \"before_that\" go together")
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"only":           "no other purpose may be present",
		"disclosed_from": "the day from which that holds for new intermediate certificates, such as 2026-06-15",
		"before_that":    "purposes that may be present in those issued before that day",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*intermediateEKUParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			out := wholeChain(l)
			seen := false
			for i := 1; i < len(l.Chain.Certificates); i++ {
				if cert := &l.Chain.Certificates[i]; cert.Error != "" {
					out = append(out, undecided(l.evidence(), "%s could not be read: %s", certName(l, i), cert.Error))
				} else if !cert.SelfSigned {
					seen = true
					out = append(out, p.judge(l, i)...)
				}
			}
			if !seen && len(out) == 0 {
				out = append(out, moot("%s: no intermediate certificate is sent", l.Label))
			}
			return out
		})
	},
	Want: func(params any) audit.Want {
		return audit.Want{Certificate: "a certificate from an issuing CA limited to " + strings.Join(params.(*intermediateEKUParams).only, ", ")}
	},
	Examples: []audit.Example{
		example("client authentication too", audit.Fail, programEKU, withIssuer(func(c *audit.Certificate) {
			c.EKU, c.NotBefore = []string{"serverAuth", "clientAuth"}, time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
		})),
		example("client authentication too, issued before the rule", audit.Pass, programEKU, withIssuer(func(c *audit.Certificate) { c.EKU = []string{"serverAuth", "clientAuth"} })),
		example("code signing, which was never allowed", audit.Fail, programEKU, withIssuer(func(c *audit.Certificate) { c.EKU = []string{"serverAuth", "codeSigning"} })),
		example("unlimited issuer of the leaf", audit.Fail, programEKU, withIssuer(func(c *audit.Certificate) { c.EKU, c.EKUPresent = nil, false })),
		example("servers only", audit.Pass, programEKU),
		example("unlimited certificate further up", audit.Unknown, programEKU, withChain(func(c *audit.Chain) {
			cross := c.Certificates[1]
			cross.Subject, cross.EKU, cross.EKUPresent = "CN=Example Root", nil, false
			c.Certificates = append(c.Certificates, cross)
		})),
		example("no intermediate certificate", audit.NotApplicable, programEKU, withChain(func(c *audit.Chain) { c.Certificates = c.Certificates[:1] })),
		example("more certificates than are kept", audit.Unknown, programEKU, truncated),
	},
}

// programEKU is what a root program demands.
var programEKU = map[string]any{"only": []any{"serverAuth"}, "disclosed_from": "2026-06-15", "before_that": []any{"serverAuth", "clientAuth"}}

// withIssuer changes the certificate that issued the leaf.
func withIssuer(edit func(*audit.Certificate)) change {
	return func(o *audit.Observation) { edit(&o.Chains[0].Certificates[1]) }
}

func (p *intermediateEKUParams) judge(l *leaf, i int) []audit.Outcome {
	cert := &l.Chain.Certificates[i]
	allowed := p.only
	if !p.disclosedFrom.IsZero() && cert.NotBefore.Before(p.disclosedFrom) {
		allowed = p.before
	}
	if !p.disclosedFrom.IsZero() && cert.NotBefore.IsZero() {
		return []audit.Outcome{undecided(l.evidence(), "%s: when it was issued could not be read", certName(l, i))}
	}
	switch {
	case cert.EKUPresent || len(cert.EKU) > 0:
	case i == 1:
		return []audit.Outcome{violated(l.evidence(), "%s: not limited to any purpose, %s wanted", certName(l, i), strings.Join(allowed, ", "))}
	default:
		return []audit.Outcome{undecided(l.evidence(), "%s: not limited to any purpose, which is allowed of cross-certificates only", certName(l, i))}
	}
	var out []audit.Outcome
	for _, usage := range listed(cert.EKU) {
		if !slices.Contains(allowed, anyPurpose(usage)) {
			out = append(out, violated(l.evidence(), "%s: extended key usage %s, only %s is allowed", certName(l, i), usage, strings.Join(allowed, ", ")))
		}
	}
	if audit.Clipped(cert.EKU) {
		out = append(out, undecided(l.evidence(), "%s: too many extended key usages to list", certName(l, i)))
	}
	return out
}
