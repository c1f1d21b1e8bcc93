package schedule

import (
	"math"
	"time"
)

// period is a stretch of time in which a zone has one offset.
type period struct {
	// start and end are Unix times; the end is not part of it.
	start, end int64
	// offset is seconds east of UTC; before is that of the period before, the same
	// if there is none.
	offset, before int64
}

func periodAt(unix int64, zone *time.Location) period {
	t := time.Unix(unix, 0).In(zone)
	_, offset := t.Zone()
	p := period{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset), before: int64(offset)}
	start, end := t.ZoneBounds()
	if !end.IsZero() {
		p.end = end.Unix()
	}
	if !start.IsZero() {
		p.start = start.Unix()
		_, before := start.Add(-time.Second).Zone()
		p.before = int64(before)
	}
	return p
}

// Next returns the first slot after a time, zero if there is none.
//
// Every local time is one slot. If the zone skips it, the slot is at the end of
// the gap, together with all others of that gap; if it occurs twice, the slot is
// at the first. An expression that leaves the hour open follows real hours: of a
// time that occurs twice both are slots, and what a gap of whole hours skips is
// none.
func (e Expression) Next(after time.Time, zone *time.Location) time.Time {
	if e.IsZero() {
		return time.Time{}
	}
	unix := after.Unix() + 1 // slots are whole seconds
	limit := unix + horizon*secondsOfDay
	for unix < limit {
		p := periodAt(unix, zone)
		if unix == p.start && e.inGap(p) {
			return time.Unix(unix, 0).In(zone)
		}
		from := unix + p.offset
		if !e.everyHour() && p.before > p.offset {
			// what the clock showed before it was set back has had its turn
			from = max(from, p.start+p.before)
		}
		end := min(p.end, limit)
		if civil, ok := e.nextCivil(from, end+p.offset); ok {
			return time.Unix(civil-p.offset, 0).In(zone)
		}
		unix = end
	}
	return time.Time{}
}

// inGap reports whether the change at the start of a period skipped a slot that
// is made up for there.
func (e Expression) inGap(p period) bool {
	if p.offset <= p.before || e.everyHour() && (p.offset-p.before)%3600 == 0 {
		return false
	}
	_, skipped := e.nextCivil(p.start+p.before, p.start+p.offset)
	return skipped
}

// Latest returns the newest slot after one time and not after another, and how
// many slots lie between the two, at most maxCounted. It is zero if there is none.
func (e Expression) Latest(after, until time.Time, zone *time.Location) (slot time.Time, count int) {
	// Counting from the beginning would take long after years of absence, and
	// finding the newest needs the end only.
	for reach := time.Hour; ; reach *= 2 {
		from := until.Add(-reach)
		last := !from.After(after)
		if last {
			from = after
		}
		if slot = e.lastIn(from, until, zone); !slot.IsZero() || last {
			break
		}
	}
	if slot.IsZero() {
		return slot, 0
	}
	for s := after; count < maxCounted; count++ {
		if s = e.Next(s, zone); s.IsZero() || s.After(until) {
			break
		}
	}
	return slot, count
}

// maxCounted bounds how many missed slots are counted.
const maxCounted = 1000

// lastIn walks from one time to another.
func (e Expression) lastIn(after, until time.Time, zone *time.Location) (slot time.Time) {
	for {
		next := e.Next(after, zone)
		if next.IsZero() || next.After(until) {
			return slot
		}
		slot, after = next, next
	}
}
