package schedule

import (
	"fmt"
	"math/bits"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// maxExpression bounds an expression in bytes.
const maxExpression = 200

// Expression is a parsed cron expression: sets of minutes, hours, days, months
// and weekdays, one bit for each value. The zero Expression matches nothing.
type Expression struct {
	text                               string
	minute, hour, day, month, weekdays uint64
	// either: days and weekdays are both restricted, and cron takes a date that
	// matches one of them.
	either bool
}

// macros are the names cron has for common expressions.
var macros = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// ParseExpression reads the five fields of cron (minute, hour, day of the month,
// month, weekday) or one of @hourly, @daily, @midnight, @weekly, @monthly,
// @yearly and @annually. A field is a list of values, ranges a-b and steps */n or
// a-b/n; months and weekdays have their English names too, and Sunday is 0 or 7.
// Where days and weekdays are both restricted, one of them is enough, as with
// cron. The error is a *strictyaml.ValueError.
func ParseExpression(text string) (Expression, error) {
	if len(text) > maxExpression {
		return Expression{}, fault("write several schedules instead", "the expression is longer than %d bytes", maxExpression)
	}
	words := strings.Fields(text)
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		meaning, known := macros[strings.ToLower(words[0])]
		if !known {
			return Expression{}, fault("@hourly, @daily, @weekly, @monthly and @yearly are known; others are written with five fields, such as \"0 3 * * *\"", "%q is not known", words[0])
		}
		words = strings.Fields(meaning)
	}
	if len(words) != len(fields) {
		return Expression{}, fault("minute, hour, day of the month, month and weekday, such as \"0 3 * * *\" for 3 o'clock every night", "a cron expression has five fields, this has %d", len(words))
	}
	e := Expression{text: strings.Join(strings.Fields(text), " ")}
	for i, to := range []*uint64{&e.minute, &e.hour, &e.day, &e.month, &e.weekdays} {
		set, err := fields[i].parse(words[i])
		if err != nil {
			return Expression{}, err
		}
		*to = set
	}
	e.either = words[2][0] != '*' && words[4][0] != '*'
	if !e.possible() {
		return Expression{}, fault("the months named do not have that day", "%q never comes", e.text)
	}
	return e, nil
}

// String returns the expression as it was written, with single spaces.
func (e Expression) String() string { return e.text }

// IsZero reports whether nothing was read.
func (e Expression) IsZero() bool { return e.text == "" }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Expression) UnmarshalText(text []byte) (err error) {
	*e, err = ParseExpression(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (e Expression) MarshalText() ([]byte, error) { return []byte(e.text), nil }

// everyHour reports whether the hour is left open: such a schedule follows real
// hours, not the readings of the clock.
func (e Expression) everyHour() bool { return e.hour == 1<<24-1 }

// longest is the length of each month, January first, in a leap year.
var longest = [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// possible reports whether some date matches. With weekdays alone, or as an
// alternative, one always does.
func (e Expression) possible() bool {
	if e.either {
		return true
	}
	first := bits.TrailingZeros64(e.day)
	for month, days := range longest {
		if e.month&(1<<(month+1)) != 0 && first <= days {
			return true
		}
	}
	return false
}

// onDate reports whether a date matches.
func (e Expression) onDate(d date) bool {
	if e.month&(1<<d.month) == 0 {
		return false
	}
	day, weekday := e.day&(1<<d.day) != 0, e.weekdays&(1<<d.weekday()) != 0
	if e.either {
		return day || weekday
	}
	return day && weekday
}

func fault(hint, format string, args ...any) error {
	return &strictyaml.ValueError{Cause: fmt.Sprintf(format, args...), Hint: hint}
}
