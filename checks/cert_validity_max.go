package checks

import (
	"fmt"
	"time"

	"tlsaudit/audit"
)

type lifetimeParams struct{ max, recommended int }

var certValidityMax = &audit.Check{
	ID:       "cert.validity.max_days",
	Title:    "No leaf certificate is valid for longer than allowed",
	Doc:      "Short-lived certificates bound the time a stolen key is useful and force renewal to be automated.",
	Detect:   "The validity period of each leaf, both ends included (RFC 5280), in days of 86,400 seconds. Above `recommended` but not above `max` is a warning.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.1.2.5", "CA/Browser Forum Baseline Requirements section 6.3.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := lifetimeParams{max: r.int("max", 0, 1, 36500), recommended: r.int("recommended", 0, 1, 36500)}
		r.require("max")
		if r.err == nil && p.recommended > p.max {
			r.fail("parameter \"recommended\": %d is above max %d", p.recommended, p.max)
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"max":         "longest validity in days",
		"recommended": "validity in days above which to warn (default: max)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(lifetimeParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if l.NotAfter.IsZero() || l.NotBefore.IsZero() || l.NotAfter.Before(l.NotBefore) {
				return []audit.Outcome{undecided(l.evidence(), "%s: the validity could not be read", l.Label)}
			}
			// both ends are included, hence the second more
			lifetime := l.NotAfter.Sub(l.NotBefore) + time.Second
			days := int((lifetime + 24*time.Hour - 2*time.Second) / (24 * time.Hour))
			switch {
			case exceeds(lifetime, p.max):
				return []audit.Outcome{violated(l.evidence(), "%s: valid for %d days, %d at most", l.Label, days, p.max)}
			case p.recommended > 0 && exceeds(lifetime, p.recommended):
				return []audit.Outcome{advice(l.evidence(), "%s: valid for %d days, %d recommended", l.Label, days, p.recommended)}
			}
			return nil
		})
	},
	Want: func(params any) audit.Want {
		return audit.Want{Certificate: fmt.Sprintf("a certificate that is valid for %d days at most, renewed automatically", params.(lifetimeParams).max)}
	},
	Examples: []audit.Example{
		example("two years", audit.Fail, map[string]any{"max": 366}, withLeaf(func(c *audit.Certificate) { c.NotAfter = c.NotBefore.AddDate(2, 0, 0) })),
		example("between recommended and most", audit.Warn, map[string]any{"max": 366, "recommended": 60}),
		example("90 days to the second", audit.Pass, map[string]any{"max": 90}, withLeaf(func(c *audit.Certificate) { c.NotAfter = c.NotBefore.Add(90*24*time.Hour - time.Second) })),
		example("certificate not readable", audit.Unknown, map[string]any{"max": 366}, unreadable),
	},
}

// exceeds leaves one second of grace: many issuers count the period without
// its last second.
func exceeds(lifetime time.Duration, days int) bool {
	return lifetime > time.Duration(days)*24*time.Hour+time.Second
}
