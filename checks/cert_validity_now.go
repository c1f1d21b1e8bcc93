package checks

import (
	"time"

	"tlsaudit/audit"
)

type validityParams struct {
	notRevoked bool
	warnDays   int
}

// layout is how messages write a moment.
const layout = "2006-01-02 15:04:05 UTC"

// renewed is what an expired certificate calls for.
const renewed = "a renewed certificate; check that the renewal is automated and that the service reloads it"

var certValidityNow = graded(&audit.Check{
	ID:    "cert.validity.now",
	Title: "Every certificate presented as leaf is within its validity",
	Doc:   "An expired certificate stops every peer that verifies, and lets one that does not verify talk to anybody.",
	Detect: "notBefore and notAfter of each leaf are compared with the time of judgement. `not_revoked` cannot be decided from a handshake and makes the result unknown: " +
		"state revocation in a rule of its own (cert.revocation).",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 4.1.2.5"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		if !r.bool("not_expired", true) {
			r.fail("parameter \"not_expired\": false would demand nothing")
		}
		return &validityParams{notRevoked: r.bool("not_revoked", false), warnDays: r.int("warn_days", 0, 0, 365)}, r.done()
	},
	ParamsDoc: map[string]string{
		"not_expired": "true only (default true)",
		"not_revoked": "demand that the certificate is not revoked, which makes the result unknown (default false)",
		"warn_days":   "warn when the certificate expires within so many days (default 0: never)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*validityParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if out := outsideValidity(l, c.Now); out != nil {
				return out
			}
			until := l.NotAfter.UTC().Format(layout)
			switch {
			case p.notRevoked:
				return []audit.Outcome{undecided(l.evidence(), "%s: valid until %s, revocation was not looked up", l.Label, until)}
			case p.warnDays > 0 && l.NotAfter.Sub(c.Now) < time.Duration(p.warnDays)*24*time.Hour:
				return []audit.Outcome{advice(l.evidence(), "%s: expires on %s", l.Label, until)}
			}
			return []audit.Outcome{met(l.evidence(), "%s: valid until %s", l.Label, until)}
		})
	},
	Turns: nearTurns,
	Want:  certificate(renewed),
	Examples: []audit.Example{
		example("expired", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("not yet valid", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotBefore = exampleNow.AddDate(0, 0, 1) })),
		example("valid", audit.Pass, nil),
		example("expires soon", audit.Warn, map[string]any{"warn_days": 90}),
		example("revocation demanded", audit.Unknown, map[string]any{"not_expired": true, "not_revoked": true}),
	},
})

// outsideValidity objects to a leaf that is not valid at the given time, or
// whose validity is not known; nil if it is valid.
func outsideValidity(l *leaf, now time.Time) []audit.Outcome {
	switch {
	case l.NotAfter.IsZero() || l.NotBefore.IsZero():
		return []audit.Outcome{undecided(l.evidence(), "%s: the validity could not be read", l.Label)}
	case now.After(l.NotAfter):
		return []audit.Outcome{violated(l.evidence(), "%s: expired on %s", l.Label, l.NotAfter.UTC().Format(layout))}
	case now.Before(l.NotBefore):
		return []audit.Outcome{violated(l.evidence(), "%s: not valid before %s", l.Label, l.NotBefore.UTC().Format(layout))}
	}
	return nil
}
