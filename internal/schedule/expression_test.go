package schedule

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"

	"tlsaudit/internal/strictyaml"
)

// TestParseExpression lists what is read, by the sets that result.
func TestParseExpression(t *testing.T) {
	bits := func(values ...int) (set uint64) {
		for _, v := range values {
			set |= 1 << v
		}
		return set
	}
	const allMinutes, allHours, allDays, allMonths, allWeekdays = 1<<60 - 1, 1<<24 - 1, 1<<32 - 2, 1<<13 - 2, 1<<7 - 1
	for text, want := range map[string]Expression{
		"* * * * *":                    {minute: allMinutes, hour: allHours, day: allDays, month: allMonths, weekdays: allWeekdays},
		"0 3 * * *":                    {minute: bits(0), hour: bits(3), day: allDays, month: allMonths, weekdays: allWeekdays},
		"  0\t3 *  * * ":               {minute: bits(0), hour: bits(3), day: allDays, month: allMonths, weekdays: allWeekdays},
		"*/20 0-23 1 jan MON":          {minute: bits(0, 20, 40), hour: allHours, day: bits(1), month: bits(1), weekdays: bits(1), either: true},
		"5,10-12 */12 */15 * 7":        {minute: bits(5, 10, 11, 12), hour: bits(0, 12), day: bits(1, 16, 31), month: allMonths, weekdays: bits(0)},
		"1-9/4 8-18/5 * 2,dec fri-sun": {minute: bits(1, 5, 9), hour: bits(8, 13, 18), day: allDays, month: bits(2, 12), weekdays: bits(5, 6, 0)},
		"0 0 29 2 *":                   {minute: bits(0), hour: bits(0), day: bits(29), month: bits(2), weekdays: allWeekdays},
		"0 0 31 2 mon":                 {minute: bits(0), hour: bits(0), day: bits(31), month: bits(2), weekdays: bits(1), either: true},
		"0 0 31 2-3 *":                 {minute: bits(0), hour: bits(0), day: bits(31), month: bits(2, 3), weekdays: allWeekdays},
		"59 23 * * 0,7":                {minute: bits(59), hour: bits(23), day: allDays, month: allMonths, weekdays: bits(0)},
		"0 0 * * sun-0":                {minute: bits(0), hour: bits(0), day: allDays, month: allMonths, weekdays: bits(0)},
		"@hourly":                      {minute: bits(0), hour: allHours, day: allDays, month: allMonths, weekdays: allWeekdays},
		"@Daily":                       {minute: bits(0), hour: bits(0), day: allDays, month: allMonths, weekdays: allWeekdays},
		"@weekly":                      {minute: bits(0), hour: bits(0), day: allDays, month: allMonths, weekdays: bits(0)},
		"@yearly":                      {minute: bits(0), hour: bits(0), day: bits(1), month: bits(1), weekdays: allWeekdays},
	} {
		got, err := ParseExpression(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want.text = strings.Join(strings.Fields(text), " ")
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Expression{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// TestParseExpressionRefuses: what is wrong is said, and what to write instead.
func TestParseExpressionRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "five fields, this has 0",
		"0 3 * *":                              "five fields, this has 4",
		"0 0 3 * * *":                          "five fields, this has 6",
		"@every 5m":                            "five fields",
		"@reboot":                              `"@reboot" is not known`,
		"TZ=UTC 0 3 * *":                       `minute: "TZ=UTC" is not from 0 to 59`,
		"60 * * * *":                           `minute: "60" is not from 0 to 59`,
		"-1 * * * *":                           `minute: "" is not`,
		"0 24 * * *":                           "hour",
		"0 0 0 * *":                            "day of the month",
		"0 0 32 * *":                           "day of the month",
		"0 0 * 13 *":                           "month",
		"0 0 * foo *":                          "name from jan to dec",
		"0 0 * * 8":                            "weekday",
		"0 0 * * mo":                           "name from sun to sat",
		"*/0 * * * *":                          "step",
		"*/60 * * * *":                         "step",
		"*/-1 * * * *":                         "step",
		"5/15 * * * *":                         "write 5-59/15",
		"0 22-6 * * *":                         "write two ranges, such as 22-23,0-6",
		"1,,2 * * * *":                         `minute: ""`,
		"1- * * * *":                           `minute: ""`,
		"+1 * * * *":                           "minute",
		"0x1 * * * *":                          "minute",
		"000 * * * *":                          "minute",
		"1-2-3 * * * *":                        "minute",
		"**  * * * *":                          "minute",
		"0 0 30 2 *":                           "never comes",
		"0 0 31 4,6,9,11 *":                    "never comes",
		"٣ * * * *":                            "minute",
		"0 3 * * *" + strings.Repeat(" ", 200): "longer than 200 bytes",
	} {
		_, err := ParseExpression(text)
		var value *strictyaml.ValueError
		if !errors.As(err, &value) || value.Hint == "" || !strings.Contains(value.Cause+"\n"+value.Hint, want) {
			t.Errorf("%q: got %#v, want an error with a hint and %q", text, err, want)
		}
	}
}

// TestAgainstLibrary holds slots in UTC, where there is no summer time, to those
// of the library that everybody uses, for what both read alike.
func TestAgainstLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 20))
	begin := time.Date(2023, 12, 30, 22, 58, 59, 0, time.UTC)
	compared := 0
	for range 10_000 {
		text := randomExpression(random)
		other, err := cron.ParseStandard(text)
		if err != nil {
			t.Fatalf("%q: the library: %v", text, err)
		}
		mine, err := ParseExpression(text)
		slot, want := begin, begin
		if err != nil {
			if !other.Next(begin.In(time.UTC)).IsZero() {
				t.Fatalf("%q: %v, but the library finds a slot", text, err)
			}
			continue
		}
		for range 5 {
			slot, want = mine.Next(slot, time.UTC), other.Next(want)
			// the library looks five years ahead
			if want.IsZero() {
				break
			}
			compared++
			if !slot.Equal(want) {
				t.Fatalf("%q: %s, the library %s", text, slot, want)
			}
		}
	}
	if compared < 30_000 {
		t.Errorf("only %d slots were compared", compared)
	}
}

// randomExpression writes fields that both readers take alike: cron programs
// differ about "*/n" in the days beside weekdays.
func randomExpression(r *rand.Rand) string {
	words := make([]string, len(fields))
	for i, f := range fields {
		low, high := f.first+r.IntN(f.open()-f.first+1), f.open()
		high = low + r.IntN(high-low+1)
		switch choice := r.IntN(6); {
		case choice < 2:
			words[i] = "*"
		case choice == 2 && i < 2:
			words[i] = fmt.Sprintf("*/%d", 1+r.IntN(f.last))
		case choice == 3:
			words[i] = fmt.Sprintf("%d-%d", low, high)
		case choice == 4:
			words[i] = fmt.Sprintf("%d-%d/%d,%d", low, high, 1+r.IntN(5), low)
		default:
			words[i] = fmt.Sprint(low)
		}
	}
	return strings.Join(words, " ")
}

// FuzzParseExpression: whatever is read is written again and means the same, its
// slots lie ahead and match, and nothing takes long.
func FuzzParseExpression(f *testing.F) {
	for _, seed := range []string{"0 3 * * *", "*/15 9-17 * * mon-fri", "0 0 29 2 */7", "@weekly", "TZ=TZ=TZ=", "@every 1h", "* * * * *", "0 0 31 2 1", "1-2/3,4 5 6-7 8 9"} {
		f.Add(seed, int64(1_774_746_000))
	}
	zones := make([]*time.Location, 0, 5)
	for _, name := range []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			f.Fatal(err)
		}
		zones = append(zones, zone)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		e, err := ParseExpression(text)
		if err != nil {
			return
		}
		again, err := ParseExpression(e.String())
		if err != nil || again != e {
			t.Fatalf("%q reads as %+v, and written again as %+v: %v", text, e, again, err)
		}
		after := time.Unix(unix%(1<<33), 0)
		for _, zone := range zones {
			slot := e.Next(after, zone)
			if slot.IsZero() {
				t.Fatalf("%q has no slot after %s", text, after)
			}
			if !slot.After(after) {
				t.Fatalf("%q: %s is not after %s", text, slot, after)
			}
			p := periodAt(slot.Unix(), zone)
			local := slot.Unix() + p.offset
			if at, ok := e.nextCivil(local, local+1); (!ok || at != local) && slot.Unix() != p.start {
				t.Fatalf("%q in %s: %s does not match", text, zone, slot)
			}
		}
	})
}
