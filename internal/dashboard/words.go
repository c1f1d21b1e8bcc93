package dashboard

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// noDay and noTime stand where a time is not known.
const (
	noDay  = "unknown"
	noTime = "unknown time"
)

// stamp is a time to the minute. The zone is always said and always UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return noTime
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// day is the day of a time in UTC.
func day(t time.Time) string {
	if t.IsZero() {
		return noDay
	}
	return t.UTC().Format(time.DateOnly)
}

// span words a duration by its two greatest units, rounded down.
func span(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case d < time.Minute:
		return "under a minute"
	case days >= 14 || days > 0 && hours == 0:
		return plural(days, "day", "days")
	case days > 0:
		return plural(days, "day", "days") + " " + strconv.Itoa(hours) + " h"
	case hours > 0 && minutes == 0:
		return strconv.Itoa(hours) + " h"
	case hours > 0:
		return strconv.Itoa(hours) + " h " + strconv.Itoa(minutes) + " min"
	}
	return strconv.Itoa(minutes) + " min"
}

func ago(now, t time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case t.After(now):
		return "in " + span(t.Sub(now))
	}
	return span(now.Sub(t)) + " ago"
}

// left says how many days a certificate, or a waiver, still holds.
func left(now, t time.Time) string {
	if t.IsZero() {
		return noDay
	}
	days := int(t.Sub(now) / (24 * time.Hour))
	switch {
	case t.Before(now):
		return "ended " + plural(int(now.Sub(t)/(24*time.Hour)), "day", "days") + " ago"
	case days == 0:
		return "ends within a day"
	}
	return plural(days, "day", "days") + " left"
}

func leftClass(now, t time.Time) string {
	switch {
	case t.IsZero():
		return "unknown"
	case t.Before(now):
		return "fail"
	case t.Before(now.AddDate(0, 0, 30)):
		return "warn"
	}
	return "pass"
}

// num groups the digits of a number by a thin space that does not break.
func num(n int) string {
	digits := strconv.Itoa(n)
	if n < 0 {
		return "-" + num(-n)
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

// verdictWord is a verdict as a word of a sentence.
func verdictWord(v audit.Verdict) string {
	if v == audit.NotApplicable {
		return "not applicable"
	}
	return v.String()
}

// verdictClass is the class of a verdict in the style. What is no verdict is
// shown as unknown, never as pass.
func verdictClass(v audit.Verdict) string {
	switch v {
	case audit.Fail, audit.Warn, audit.Pass, audit.Waived:
		return v.String()
	case audit.NotApplicable:
		return "moot"
	}
	return "unknown"
}

// answerWord words what is known of a thing that was asked; holds says yes, no,
// or why neither.
func answerWord(a audit.Answer) string { return strings.ReplaceAll(a.String(), "-", " ") }

func holds(a audit.Answer) string {
	switch a {
	case audit.Accepted:
		return "yes"
	case audit.Refused:
		return "no"
	}
	return answerWord(a)
}

// keyText says "rsa 2048 bits".
func keyText(k audit.Key) string {
	parts := []string{k.Type}
	if k.Bits > 0 {
		parts[0] += fmt.Sprintf(" %d bits", k.Bits)
	}
	if k.Curve != "" {
		parts = append(parts, k.Curve)
	}
	return strings.Join(parts, ", ")
}
