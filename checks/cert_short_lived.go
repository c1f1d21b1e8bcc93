package checks

import (
	"fmt"
	"time"

	"tlsaudit/audit"
)

var certShortLived = &audit.Check{
	ID:    "cert.short_lived",
	Title: "The certificate is short-lived",
	Doc: "A certificate that expires within days need not be revocable: by the time a revocation has spread, it is over. CAs may leave off the pointers to revocation " +
		"information in such certificates.",
	Detect:   "The validity period of each leaf, both ends included, against `max_seconds`.",
	Severity: audit.Info,
	Refs:     []string{"CA/Browser Forum Baseline Requirements section 1.6.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return time.Duration(r.int("max_seconds", int(shortLifetime/time.Second), 60, 366*24*3600)) * time.Second, r.done()
	},
	ParamsDoc: map[string]string{"max_seconds": "longest validity in seconds (default 604800, seven days)"},
	Run: func(c *audit.Case) []audit.Outcome {
		most := c.Params.(time.Duration)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch lifetime, ok := lifetimeOf(l); {
			case !ok:
				return []audit.Outcome{undecided(l.evidence(), "%s: the validity could not be read", l.Label)}
			case lifetime > most:
				return []audit.Outcome{violated(l.evidence(), "%s: valid for %s, %s at most is short-lived", l.Label, days(lifetime), days(most))}
			default:
				return []audit.Outcome{met(l.evidence(), "%s: short-lived, valid for %s", l.Label, days(lifetime))}
			}
		})
	},
	Want: certificate("a short-lived certificate, renewed automatically"),
	Examples: []audit.Example{
		example("90 days", audit.Fail, map[string]any{"max_seconds": 604800}),
		at(audit.May, example("90 days, where short lifetimes are optional", audit.Pass, map[string]any{"max_seconds": 604800})),
		example("six days", audit.Pass, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = c.NotBefore.AddDate(0, 0, 6) })),
		example("a second above seven days", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = c.NotBefore.AddDate(0, 0, 7) })),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

// A short-lived subscriber certificate is valid for ten days if it was issued
// before shortSince, and for seven since (Baseline Requirements section 1.6.1).
const (
	shortLifetime = 7 * 24 * time.Hour
	longerShort   = 10 * 24 * time.Hour
)

// shortLived reports whether a leaf was short-lived by the rules of the day it
// was issued on.
func shortLived(l *leaf) bool {
	shortSince := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	most := shortLifetime
	if l.NotBefore.Before(shortSince) {
		most = longerShort
	}
	lifetime, ok := lifetimeOf(l)
	return ok && lifetime <= most
}

// lifetimeOf returns the validity period, both ends included (RFC 5280 section
// 4.1.2.5); ok is false if it could not be read.
func lifetimeOf(l *leaf) (lifetime time.Duration, ok bool) {
	if l.NotAfter.IsZero() || l.NotBefore.IsZero() || l.NotAfter.Before(l.NotBefore) {
		return 0, false
	}
	return l.NotAfter.Sub(l.NotBefore) + time.Second, true
}

// days writes a validity period: an excess second counts as a further day.
func days(d time.Duration) string {
	return fmt.Sprintf("%d days", (d+24*time.Hour-1)/(24*time.Hour))
}
