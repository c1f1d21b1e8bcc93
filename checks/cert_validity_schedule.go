package checks

import (
	"fmt"
	"time"

	"tlsaudit/audit"
)

type scheduleParams struct {
	use  string
	rows []scheduleRow
}

// scheduleRow is the longest validity of certificates issued in a period.
type scheduleRow struct {
	issued    issuance
	max, want int
}

var certValiditySchedule = &audit.Check{
	ID:    "cert.validity.schedule",
	Title: "No leaf certificate is valid for longer than the schedule allows for its day of issuance",
	Doc: "Public CAs shorten the validity of certificates step by step: 398 days since September 2020, 200 since March 2026, 100 from March 2027, 47 from March 2029. What counts is when a " +
		"certificate was issued, not when it is looked at.",
	Detect:   "The row of the schedule for the notBefore of each leaf. A day is 86,400 seconds, both ends are included, and any excess second counts as a further day. Above `should` but not above `max_days` warns.",
	Severity: audit.Medium,
	Refs:     []string{"CA/Browser Forum Baseline Requirements section 6.3.2", "RFC 5280 section 4.1.2.5"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &scheduleParams{}
		for _, word := range r.words("use") {
			p.use = word
		}
		for _, item := range r.list("schedule") {
			p.rows = append(p.rows, r.scheduleRow("schedule", item))
		}
		r.require("schedule", "use")
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"schedule": "rows {issued_from, issued_before, max_days, should}: days as in 2026-03-15, the first or last bound may be missing",
		"use":      "name of the section of the profile that holds the rows; without rows the result is unknown",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*scheduleParams)
		if len(p.rows) == 0 {
			return []audit.Outcome{undecided("", "the rows of the schedule %q were not given with the rule", p.use)}
		}
		return eachLeaf(c, p.judge)
	},
	Want: certificate("a certificate that is valid no longer than the schedule allows, renewed automatically"),
	Examples: []audit.Example{
		example("398 days, issued when 200 were left", audit.Fail, forumSchedule, validFor("2026-03-15", 398*24*time.Hour)),
		example("398 days, issued the day before", audit.Pass, forumSchedule, validFor("2026-03-14", 397*24*time.Hour)),
		example("200 days to the second", audit.Warn, forumSchedule, validFor("2026-03-15", 200*24*time.Hour)),
		example("a second above 200 days", audit.Fail, forumSchedule, validFor("2026-03-15", 200*24*time.Hour+time.Second)),
		example("199 days", audit.Pass, forumSchedule, validFor("2026-03-15", 199*24*time.Hour)),
		example("rows not given", audit.Unknown, map[string]any{"use": "validity_schedule"}),
		example("certificate not readable", audit.Unknown, forumSchedule, unreadable),
	},
}

// forumSchedule are two rows of the CA/Browser Forum's.
var forumSchedule = map[string]any{"use": "validity_schedule", "schedule": []any{
	map[string]any{"issued_from": "2020-09-01", "issued_before": "2026-03-15", "max_days": 398, "should": 397},
	map[string]any{"issued_from": "2026-03-15", "issued_before": nil, "max_days": 200, "should": 199, "note": "from the second step"},
}}

// validFor gives the leaf a validity period from a day on, both ends included.
func validFor(day string, period time.Duration) change {
	return withLeaf(func(c *audit.Certificate) {
		c.NotBefore, _, _ = parsePeriod(day)
		c.NotAfter = c.NotBefore.Add(period - time.Second)
	})
}

// scheduleRow reads one row.
func (r *reader) scheduleRow(key string, item any) (row scheduleRow) {
	in, ok := item.(map[string]any)
	if !ok {
		r.fail("parameter %q: %v is not a mapping with max_days", key, item)
		return row
	}
	given := map[string]any{}
	for name, v := range in {
		if v != nil {
			given[name] = v
		}
	}
	inner := read(given)
	row.issued = inner.issuance()
	row.max, row.want = inner.int("max_days", 0, 1, 36500), inner.int("should", 0, 1, 36500)
	inner.words("note")
	inner.require("max_days")
	if row.want > row.max {
		inner.fail("parameter \"should\": %d is above max_days %d", row.want, row.max)
	}
	if err := inner.done(); err != nil {
		r.fail("parameter %q: %w", key, err)
	}
	return row
}

func (p *scheduleParams) judge(l *leaf) []audit.Outcome {
	lifetime, ok := lifetimeOf(l)
	if !ok {
		return []audit.Outcome{undecided(l.evidence(), "%s: the validity could not be read", l.Label)}
	}
	issued := l.NotBefore.UTC().Format(time.DateOnly)
	for i := range p.rows {
		row := &p.rows[i]
		if _, other := row.issued.excludes(l); other {
			continue
		}
		const day = 24 * time.Hour
		switch {
		case lifetime > time.Duration(row.max)*day:
			return []audit.Outcome{violated(l.evidence(), "%s: issued on %s and valid for %s, %d at most", l.Label, issued, days(lifetime), row.max)}
		case row.want > 0 && lifetime > time.Duration(row.want)*day:
			return []audit.Outcome{advice(l.evidence(), "%s: issued on %s and valid for %s, %d recommended", l.Label, issued, days(lifetime), row.want)}
		}
		return []audit.Outcome{met(l.evidence(), "%s: issued on %s and valid for %s, of %s", l.Label, issued, days(lifetime), fmt.Sprint(row.max))}
	}
	return []audit.Outcome{moot("%s: issued on %s, for which the schedule has no row", l.Label, issued)}
}
