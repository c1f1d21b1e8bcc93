package checks

import (
	"time"

	"tlsaudit/audit"
)

type ocspValidityParams struct{ low, high time.Duration }

var ocspValidity = &audit.Check{
	ID:       "ocsp.validity",
	Title:    "OCSP responses are valid for a time within bounds",
	Doc:      "A response that is valid for long hides a revocation for as long; one that is valid for a few hours leaves no time to mend a responder that is down.",
	Detect:   "The time from thisUpdate to nextUpdate of the response stapled to each certificate. The responder itself is not asked: without a stapled response it is unknown. Does not apply to a certificate without an OCSP pointer.",
	Severity: audit.Medium,
	Refs:     []string{"CA/Browser Forum Baseline Requirements section 4.9.10", "RFC 6960 section 4.2.2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := ocspValidityParams{
			low:  time.Duration(r.int("min_hours", 8, 1, 24*365)) * time.Hour,
			high: time.Duration(r.int("max_days", 10, 1, 365)) * 24 * time.Hour,
		}
		if p.low > p.high {
			r.fail("parameter %q: %s is above max_days", "min_hours", p.low)
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{"min_hours": "shortest validity in hours (default 8)", "max_days": "longest validity in days (default 10)"},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(ocspValidityParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			s := &l.Chain.Stapled
			length := s.NextUpdate.Sub(s.ThisUpdate)
			switch {
			case s.Answer != audit.Accepted && len(l.OCSP) == 0:
				return []audit.Outcome{moot("%s: no OCSP pointer", l.Label)}
			case s.Answer != audit.Accepted:
				return []audit.Outcome{undecided(l.evidence(), "%s: no response was stapled, and the responder is not asked", l.Label)}
			case s.Status == "":
				return []audit.Outcome{undecided(s.Reason, "%s: the stapled response could not be read", l.Label)}
			case s.NextUpdate.IsZero():
				return []audit.Outcome{violated(l.evidence(), "%s: the response does not say how long it is valid", l.Label)}
			case length < p.low || length > p.high:
				return []audit.Outcome{violated(l.evidence(), "%s: the response is valid for %s; %s to %s wanted", l.Label, length, p.low, p.high)}
			case s.Signed != audit.Accepted:
				return []audit.Outcome{undecided(s.Reason, "%s: whether the authority signed the response is %s", l.Label, s.Signed)}
			}
			return []audit.Outcome{met(l.evidence(), "%s: the response is valid for %s", l.Label, length)}
		})
	},
	Want: otherWant("The certification authority sets this; ask it, or change to one that keeps to the Baseline Requirements."),
	Examples: []audit.Example{
		example("valid for too long", audit.Fail, map[string]any{"max_days": 10}, stapled(audit.Staple{Answer: audit.Accepted, Status: "good", Signed: audit.Accepted,
			ThisUpdate: exampleNow, NextUpdate: exampleNow.AddDate(0, 0, 11)})),
		example("a week", audit.Pass, map[string]any{"min_hours": 8, "max_days": 10}, stapled(current("good", audit.Accepted))),
		example("not stapled", audit.Unknown, nil, stapled(audit.Staple{Answer: audit.Refused})),
		example("no pointer", audit.NotApplicable, nil, withLeaf(func(c *audit.Certificate) { c.OCSP = nil })),
	},
}
