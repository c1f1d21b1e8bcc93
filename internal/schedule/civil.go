package schedule

import (
	"math/bits"
	"time"
)

// A civil time is what a clock on the wall shows, without a zone: here a Unix
// time as if the wall clock were UTC. Within one period of a zone's offset the
// two differ by that offset and nothing else.

// date is a day of the calendar.
type date struct {
	year, month, day int
}

const (
	secondsOfDay = 24 * 60 * 60
	// horizon is how many days are looked through: 29 February is eight years away
	// across a year such as 2100, and a weekday on a given date of February, where
	// both are wanted, up to forty.
	horizon = 41 * 366
)

func dateOf(civil int64) date {
	t := time.Unix(civil, 0).UTC()
	return date{t.Year(), int(t.Month()), t.Day()}
}

func (d date) weekday() int {
	return int(time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Weekday())
}

// nextCivil returns the first full minute at or after a civil time, and before
// the end, that matches.
func (e Expression) nextCivil(from, end int64) (int64, bool) {
	if over := mod(from, 60); over != 0 {
		from += 60 - over
	}
	for midnight, days := from-mod(from, secondsOfDay), 0; midnight < end && days < horizon; midnight, days = midnight+secondsOfDay, days+1 {
		if !e.onDate(dateOf(midnight)) {
			continue
		}
		minute := int(max(from-midnight, 0) / 60)
		if minute, ok := e.nextMinute(minute); ok {
			civil := midnight + int64(minute)*60
			return civil, civil < end
		}
	}
	return 0, false
}

// nextMinute returns the first minute of a day at or after one that matches.
func (e Expression) nextMinute(from int) (int, bool) {
	for hour, minute := from/60, from%60; hour < 24; hour, minute = hour+1, 0 {
		if e.hour&(1<<hour) == 0 {
			continue
		}
		if rest := e.minute >> minute << minute; rest != 0 {
			return hour*60 + bits.TrailingZeros64(rest), true
		}
	}
	return 0, false
}

// mod is the remainder that is never negative: times before 1970 are valid.
func mod(a, b int64) int64 { return (a%b + b) % b }
