package waiver

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"tlsaudit/internal/strictyaml"
)

// The longest term in days: what holds if a file does not say, and the most it
// may say.
const (
	defaultMaxDays = 365
	mostMaxDays    = 3650
)

const day = 24 * time.Hour

// term is how long a waiver holds.
type term struct {
	// until is the first moment at which it holds no longer.
	until time.Time
	// shown is the last second of the last day, or until, in UTC; text what
	// people read.
	shown time.Time
	text  string
}

// over reports whether the term has ended.
func (t *term) over(now time.Time) bool { return !now.Before(t.until) }

// date is a day, or a moment with its time zone.
type date struct {
	at    time.Time
	isDay bool
	text  string
}

// moment is the form of RFC 3339. time.Parse takes more: an hour of one digit, a
// comma before the fraction.
var moment = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *date) UnmarshalText(b []byte) error {
	d.text = string(b)
	if t, err := time.Parse(time.DateOnly, d.text); err == nil && t.Year() >= 1990 {
		d.at, d.isDay = t, true
		return nil
	}
	if t, err := time.Parse(time.RFC3339, d.text); err == nil && t.Year() >= 1990 && moment.MatchString(d.text) {
		d.at = t.UTC()
		return nil
	}
	hint := "write 2026-12-31 for the whole day in UTC, or 2026-12-31T17:00:00+01:00"
	if _, err := time.Parse("2006-01-02T15:04:05", d.text); err == nil && moment.MatchString(d.text+"Z") {
		hint = "add the time zone, such as " + d.text + "Z or " + d.text + "-05:00"
	}
	return &strictyaml.ValueError{Cause: fmt.Sprintf("%.60q is not a date", d.text), Hint: hint}
}

func readMaxDays(n strictyaml.Node) (int, error) {
	if n.IsZero() {
		return defaultMaxDays, nil
	}
	text, err := n.Number()
	if err != nil {
		return 0, err
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 || days > mostMaxDays {
		return 0, n.Fault("leave it out for a year", "%s days is out of range: 1 to %d", text, mostMaxDays)
	}
	return days, nil
}

// readTerm reads when a waiver was granted and when it ends. Terms are counted
// in days of the calendar, in UTC, from the day it was granted or, where that
// is not stated, from the day of judgement.
func readTerm(created, expires strictyaml.Node, now time.Time, most int) (granted time.Time, t term, err error) {
	from := date{at: now.UTC(), text: "today"}
	if !created.IsZero() {
		if err := created.Decode(&from); err != nil {
			return granted, t, err
		}
		if from.future(now) {
			return granted, t, created.Fault("write the day the waiver was granted", "%s lies ahead: it is %s", from.text, now.UTC().Format(time.RFC3339))
		}
		granted = from.at
	}
	var to date
	if err := expires.Decode(&to); err != nil {
		return granted, t, err
	}
	t = to.end()
	if !created.IsZero() && !t.until.After(from.at) {
		return granted, t, expires.Fault("write the last day on which the waiver holds", "%s is not after created, %s", to.text, from.text)
	}
	if days := int(midnight(to.at).Sub(midnight(from.at)) / day); days > most {
		since := "created, " + from.text
		if created.IsZero() {
			since = "today"
		}
		last := midnight(from.at).AddDate(0, 0, most).Format(time.DateOnly)
		return granted, t, expires.Fault(fmt.Sprintf("%s is the last day allowed; max_days: at the top of the file sets another limit, up to %d", last, mostMaxDays),
			"%s is %d days after %s; at most %d are allowed", to.text, days, since, most)
	}
	return granted, t, nil
}

// end makes a term of the date a waiver expires on: a day is over when it is
// over in UTC.
func (d *date) end() term {
	if !d.isDay {
		return term{until: d.at, shown: d.at, text: d.at.Format(time.RFC3339)}
	}
	until := d.at.AddDate(0, 0, 1)
	return term{until: until, shown: until.Add(-time.Second), text: d.text}
}

// future reports whether the date lies ahead everywhere: a day has begun as
// soon as it has begun in the easternmost time zone.
func (d *date) future(now time.Time) bool {
	at := d.at
	if d.isDay {
		at = at.Add(-14 * time.Hour)
	}
	return now.Before(at)
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(day) }
