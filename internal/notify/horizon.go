package notify

import (
	"math"
	"time"
)

const day = 24 * time.Hour

// horizons are numbers of days, the widest first.
type horizons []int

// widest is the time before which something is worth telling.
func (h horizons) widest(now time.Time) time.Time {
	if len(h) == 0 {
		return now
	}
	return now.AddDate(0, 0, h[0])
}

// narrowest is the smallest horizon that a time is within; ok is false if it is
// beyond them all. What has passed is within horizon 0.
func (h horizons) narrowest(at, now time.Time) (days int, ok bool) {
	if !at.After(now) {
		return 0, true
	}
	for _, d := range h {
		if at.After(now.AddDate(0, 0, d)) {
			break
		}
		days, ok = d, true
	}
	return days, ok
}

// entered reports whether a time came within a narrower horizon between then
// and now: each horizon is told once. Without a then there is nothing to
// compare with, and the first run tells all of them anyway.
func (h horizons) entered(at, then, now time.Time) bool {
	if then.IsZero() {
		return false
	}
	after, within := h.narrowest(at, now)
	before, was := h.narrowest(at, then)
	return within && (!was || after < before)
}

// daysLeft rounds down, so that the last day is day 0.
func daysLeft(at, now time.Time) int {
	return int(math.Floor(float64(at.Sub(now)) / float64(day)))
}
