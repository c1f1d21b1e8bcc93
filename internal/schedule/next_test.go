package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNextInZones walks over changes of the offset. All times are local with
// their offset, so that each names one instant.
func TestNextInZones(t *testing.T) {
	for _, test := range []struct {
		name, cron, zone, from string
		want                   []string
	}{
		{"a plain night", "0 3 * * *", "Europe/Berlin", "2026-01-10 12:00:00 +0100",
			[]string{"2026-01-11 03:00:00 +0100", "2026-01-12 03:00:00 +0100"}},
		{"the time is a slot itself: the next one", "0 3 * * *", "Europe/Berlin", "2026-01-10 03:00:00 +0100",
			[]string{"2026-01-11 03:00:00 +0100"}},
		{"the gap: once at its end", "30 2 * * *", "Europe/Berlin", "2026-03-28 02:30:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-30 02:30:00 +0200"}},
		{"all of a gap is one slot", "*/10 2 * * *", "Europe/Berlin", "2026-03-28 02:50:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-30 02:00:00 +0200"}},
		{"what the gap skips and its end are one slot", "0,30 2-3 * * *", "Europe/Berlin", "2026-03-29 01:00:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-29 03:30:00 +0200"}},
		{"the overlap: the first", "30 2 * * *", "Europe/Berlin", "2026-10-24 02:30:00 +0200",
			[]string{"2026-10-25 02:30:00 +0200", "2026-10-26 02:30:00 +0100"}},
		{"from within the second half of the overlap", "30,45 2 * * *", "Europe/Berlin", "2026-10-25 02:10:00 +0100",
			[]string{"2026-10-26 02:30:00 +0100"}},
		{"from between the halves", "30 2 * * *", "Europe/Berlin", "2026-10-25 02:59:00 +0200",
			[]string{"2026-10-26 02:30:00 +0100"}},
		{"the end of the overlap", "0 3 * * *", "Europe/Berlin", "2026-10-25 02:59:00 +0200",
			[]string{"2026-10-25 03:00:00 +0100"}},
		{"every hour over the gap", "30 * * * *", "Europe/Berlin", "2026-03-29 00:30:00 +0100",
			[]string{"2026-03-29 01:30:00 +0100", "2026-03-29 03:30:00 +0200", "2026-03-29 04:30:00 +0200"}},
		{"every hour over the overlap", "30 * * * *", "Europe/Berlin", "2026-10-25 01:30:00 +0200",
			[]string{"2026-10-25 02:30:00 +0200", "2026-10-25 02:30:00 +0100", "2026-10-25 03:30:00 +0100"}},
		{"every hour, spelt out", "0 0-23 * * *", "Europe/Berlin", "2026-10-25 02:00:00 +0200",
			[]string{"2026-10-25 02:00:00 +0100", "2026-10-25 03:00:00 +0100"}},
		{"every other hour is not every hour", "0 */2 * * *", "Europe/Berlin", "2026-10-25 00:00:00 +0200",
			[]string{"2026-10-25 02:00:00 +0200", "2026-10-25 04:00:00 +0100"}},
		{"every other hour over the gap", "0 */2 * * *", "Europe/Berlin", "2026-03-29 00:00:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-29 04:00:00 +0200"}},
		{"another continent", "30 2 * * *", "America/New_York", "2026-03-07 02:30:00 -0500",
			[]string{"2026-03-08 03:00:00 -0400", "2026-03-09 02:30:00 -0400"}},
		{"south of the equator", "30 2 * * *", "Australia/Sydney", "2026-04-04 12:00:00 +1100",
			[]string{"2026-04-05 02:30:00 +1100", "2026-04-06 02:30:00 +1000"}},
		{"a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00:00 +1030",
			[]string{"2026-10-04 02:30:00 +1100", "2026-10-05 02:15:00 +1100"}},
		{"every hour over a gap of half an hour", "0 * * * *", "Australia/Lord_Howe", "2026-10-04 01:00:00 +1030",
			[]string{"2026-10-04 02:30:00 +1100", "2026-10-04 03:00:00 +1100"}},
		{"an overlap of half an hour", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00:00 +1100",
			[]string{"2026-04-05 01:45:00 +1100", "2026-04-06 01:45:00 +1030"}},
		{"midnight in the gap", "0 0 * * *", "Africa/Cairo", "2026-04-23 12:00:00 +0200",
			[]string{"2026-04-24 01:00:00 +0300", "2026-04-25 00:00:00 +0300"}},
		{"midnight twice", "0 0 * * *", "America/Havana", "2026-10-31 12:00:00 -0400",
			[]string{"2026-11-01 00:00:00 -0400", "2026-11-02 00:00:00 -0500"}},
		{"the hour before midnight twice", "30 23 * * *", "Africa/Cairo", "2026-10-29 12:00:00 +0300",
			[]string{"2026-10-29 23:30:00 +0300", "2026-10-30 23:30:00 +0200"}},
		{"a day that was left out", "0 3 30 12 *", "Pacific/Apia", "2011-12-01 00:00:00 -1000",
			[]string{"2011-12-31 00:00:00 +1400", "2012-12-30 03:00:00 +1400"}},
		{"the overlap before Ramadan", "30 2 * * *", "Africa/Casablanca", "2026-02-14 12:00:00 +0100",
			[]string{"2026-02-15 02:30:00 +0100", "2026-02-16 02:30:00 +0000"}},
		{"a change of the weekday", "0 3 * * sun", "Europe/Berlin", "2026-03-22 03:00:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-04-05 03:00:00 +0200"}},
		{"days or weekdays", "0 0 13 * fri", "UTC", "2026-02-01 00:00:00 +0000",
			[]string{"2026-02-06 00:00:00 +0000", "2026-02-13 00:00:00 +0000", "2026-02-20 00:00:00 +0000"}},
		{"a leap day across a year without one", "0 0 29 2 *", "UTC", "2096-03-01 00:00:00 +0000",
			[]string{"2104-02-29 00:00:00 +0000"}},
		{"far ahead, by the rule of the zone", "30 2 28 3 *", "Europe/Berlin", "2049-06-01 00:00:00 +0200",
			[]string{"2050-03-28 02:30:00 +0200"}},
		{"before 1970", "0 12 * * *", "UTC", "1969-12-30 13:00:00 +0000",
			[]string{"1969-12-31 12:00:00 +0000", "1970-01-01 12:00:00 +0000"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cron, zone := mustCron(t, test.cron), mustZone(t, test.zone).Location()
			slot := at(t, test.from)
			for _, want := range test.want {
				slot = cron.Next(slot, zone)
				if !slot.Equal(at(t, want)) {
					t.Fatalf("got %s, want %s", slot.Format("2006-01-02 15:04:05 -0700"), want)
				}
			}
		})
	}
}

// TestNextEverySecond holds Next to a walk over every minute around a change: a
// slot of the walk is a minute whose reading matches, and has not been shown.
func TestNextEverySecond(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"} {
		zone := mustZone(t, name).Location()
		for day := range 366 {
			begin := time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC)
			if p := periodAt(begin.Unix(), zone); p.end > begin.Unix()+secondsOfDay {
				continue
			}
			for _, text := range []string{"*/7 1-3 * * *", "0 * * * *", "13 0 * * *", "* 23,0,2 * * *"} {
				cron := mustCron(t, text)
				want := walk(cron, begin.Add(-6*time.Hour), 36*time.Hour, zone)
				var got []int64
				for slot := begin.Add(-6 * time.Hour); ; {
					if slot = cron.Next(slot, zone); slot.After(begin.Add(30 * time.Hour)) {
						break
					}
					got = append(got, slot.Unix())
				}
				if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
					t.Errorf("%s %s %s: %s", name, begin.Format(time.DateOnly), text, diff)
				}
			}
		}
	}
}

// walk finds slots the slow way: what the wall shows minute by minute, and the
// readings that were skipped since the minute before.
func walk(cron Expression, begin time.Time, length time.Duration, zone *time.Location) (slots []int64) {
	matches := func(civil time.Time) bool {
		at, ok := cron.nextCivil(civil.Unix(), civil.Unix()+1)
		return ok && at == civil.Unix()
	}
	reading := func(t time.Time) time.Time {
		_, offset := t.In(zone).Zone()
		return t.UTC().Add(time.Duration(offset) * time.Second)
	}
	hourly := cron.hour == 1<<24-1
	highest := reading(begin)
	for t := begin.Add(time.Minute); !t.After(begin.Add(length)); t = t.Add(time.Minute) {
		now, is := reading(t), false
		gap := now.Sub(highest) - time.Minute
		for skipped := highest.Add(time.Minute); skipped.Before(now) && !(hourly && gap%time.Hour == 0); skipped = skipped.Add(time.Minute) {
			is = is || matches(skipped)
		}
		if now.After(highest) || hourly {
			is = is || matches(now)
		}
		if hourly {
			highest = now
		} else {
			highest = later(highest, now)
		}
		if is {
			slots = append(slots, t.Unix())
		}
	}
	return slots
}

// TestLatest: the newest of what was missed, and how much that was.
func TestLatest(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin").Location()
	for _, test := range []struct {
		cron, after, until, slot string
		count                    int
	}{
		{"0 3 * * *", "2026-01-10 03:00:00 +0100", "2026-01-11 02:59:59 +0100", "", 0},
		{"0 3 * * *", "2026-01-10 03:00:00 +0100", "2026-01-11 03:00:00 +0100", "2026-01-11 03:00:00 +0100", 1},
		{"0 3 * * *", "2026-01-10 03:00:00 +0100", "2026-01-20 12:00:00 +0100", "2026-01-20 03:00:00 +0100", 10},
		{"0 3 * * *", "2026-01-20 03:00:00 +0100", "2026-01-10 12:00:00 +0100", "", 0},
		{"* * * * *", "2016-01-10 03:00:00 +0100", "2026-01-20 12:00:00 +0100", "2026-01-20 12:00:00 +0100", maxCounted},
		{"0 0 29 2 *", "2025-01-10 03:00:00 +0100", "2029-01-20 12:00:00 +0100", "2028-02-29 00:00:00 +0100", 1},
	} {
		slot, count := mustCron(t, test.cron).Latest(at(t, test.after), at(t, test.until), berlin)
		want := time.Time{}
		if test.slot != "" {
			want = at(t, test.slot)
		}
		if !slot.Equal(want) || count != test.count {
			t.Errorf("%s in (%s, %s]: %s, %d", test.cron, test.after, test.until, slot, count)
		}
	}
}

// TestDue: the jitter is the same for a slot everywhere, differs between slots
// and names, is bounded, and leaves the order of slots alone.
func TestDue(t *testing.T) {
	nightly := Schedule{Name: "nightly", Cron: mustCron(t, "0 3 * * *"), Jitter: Duration(15 * time.Minute)}
	weekly := nightly
	weekly.Name = "weekly"
	frequent := nightly
	frequent.Cron, frequent.Jitter = mustCron(t, "* * * * *"), Duration(time.Hour)
	var delays []time.Duration
	slot := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 100 {
		slot = nightly.Next(slot)
		delay := nightly.Due(slot).Sub(slot)
		if delay < 0 || delay >= 15*time.Minute {
			t.Fatalf("%s after %s", delay, slot)
		}
		if other := slot.In(mustZone(t, "Asia/Tokyo").Location()); !nightly.Due(other).Equal(nightly.Due(slot)) {
			t.Error("the delay of a slot depends on the zone it is given in")
		}
		if !slices.Contains(delays, delay) {
			delays = append(delays, delay)
		}
		delays = append(delays, weekly.Due(slot).Sub(slot))
		if delay := frequent.Due(slot).Sub(slot); delay >= 30*time.Second {
			t.Errorf("%s is past half of the way to the next slot", delay)
		}
	}
	slices.Sort(delays)
	if distinct := len(slices.Compact(delays)); distinct < 150 {
		t.Errorf("only %d delays of 200 differ", distinct)
	}
	if got := nightly.Due(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)).Sub(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)); got != pinnedDelay {
		t.Errorf("the delay of a slot is another in this version: %s; a restart for an update would roll it again", got)
	}
}

// pinnedDelay is what every version works out for one slot.
const pinnedDelay = 3*time.Minute + 58*time.Second
