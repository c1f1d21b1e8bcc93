package checks

import (
	"slices"
	"time"

	"tlsaudit/audit"
)

var certNotBeforeSkew = &audit.Check{
	ID:       "cert.notbefore_skew",
	Title:    "The certificate was issued when it says",
	Doc:      "A CA that sets notBefore back makes a certificate look older than it is, and so escapes rules that hold for new certificates.",
	Detect:   "The difference between notBefore of each leaf and the earliest of its embedded SCTs: logs give them out while a certificate is being issued. Without SCTs whose moment could be read the day of issuance is not known.",
	Severity: audit.Low,
	Refs:     []string{"CA/Browser Forum Baseline Requirements section 7.1.2.7", "RFC 6962 section 3.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return time.Duration(r.int("hours", 48, 1, 24*366)) * time.Hour, r.done()
	},
	ParamsDoc: map[string]string{"hours": "largest difference in hours (default 48)"},
	Run: func(c *audit.Case) []audit.Outcome {
		most := c.Params.(time.Duration)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch {
			case l.NotBefore.IsZero():
				return []audit.Outcome{undecided(l.evidence(), "%s: the validity could not be read", l.Label)}
			case len(l.SCTTimes) == 0:
				return []audit.Outcome{undecided(l.evidence(), "%s: no embedded SCT tells when it was issued", l.Label)}
			}
			logged := slices.MinFunc(l.SCTTimes, time.Time.Compare)
			skew := logged.Sub(l.NotBefore).Abs()
			if skew > most {
				return []audit.Outcome{violated(l.evidence(), "%s: notBefore is %s and it was logged on %s, %d hours apart, %d at most", l.Label,
					l.NotBefore.UTC().Format(layout), logged.UTC().Format(layout), int(skew.Hours()), int(most.Hours()))}
			}
			return []audit.Outcome{met(l.evidence(), "%s: logged on %s, within %d hours of notBefore", l.Label, logged.UTC().Format(layout), int(most.Hours()))}
		})
	},
	Want: certificate("a certificate from a CA that does not set notBefore back"),
	Examples: []audit.Example{
		example("set back by three days", audit.Fail, map[string]any{"hours": 48}, withLeaf(func(c *audit.Certificate) { c.NotBefore = c.NotBefore.AddDate(0, 0, -3) })),
		example("an hour before the log's moment", audit.Pass, map[string]any{"hours": 48}),
		example("no SCT", audit.Unknown, nil, withLeaf(func(c *audit.Certificate) { c.SCTTimes = nil })),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}
