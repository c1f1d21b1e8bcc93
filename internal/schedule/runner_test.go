package schedule

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const day = 24 * time.Hour

// TestNights: a plain week, one run a night, and none at the first start.
func TestNights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 12:00:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(3 * day)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-12 03:00 at 2026-01-12 03:00", "nightly 2026-01-13 03:00 at 2026-01-13 03:00")
		w.wantMisses()
	})
}

// TestSummerTime: the night without the hour and the night with two of it.
func TestSummerTime(t *testing.T) {
	for _, test := range []struct {
		name, from string
		want       []string
	}{
		{"gap", "2026-03-28 12:00:00 +0100", []string{
			"half past two 2026-03-29 03:00 at 2026-03-29 03:00", "half past two 2026-03-30 02:30 at 2026-03-30 02:30"}},
		{"overlap", "2026-10-24 12:00:00 +0200", []string{
			"half past two 2026-10-25 02:30 at 2026-10-25 02:30", "half past two 2026-10-26 02:30 at 2026-10-26 02:30"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, test.from)
				s := w.nightly()
				s.Name, s.Cron = "half-past-two", mustCron(t, "30 2 * * *")
				_, stop := w.start("a", s)
				time.Sleep(2 * day)
				stop()
				var want []string
				for _, line := range test.want {
					want = append(want, strings.Replace(line, "half past two", "half-past-two", 1))
				}
				w.wantRuns(want...)
				w.wantMisses()
			})
		})
	}
}

// TestEveryRealHour: 25 hourly runs in the long day, 23 in the short one.
func TestEveryRealHour(t *testing.T) {
	for from, want := range map[string]int{"2026-10-24 23:59:00 +0200": 25, "2026-03-28 23:59:00 +0100": 23} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, from)
			s := w.nightly()
			s.Cron = mustCron(t, "@hourly")
			_, stop := w.start("a", s)
			next := at(t, from).In(s.Zone.Location())
			midnight := time.Date(next.Year(), next.Month(), next.Day()+2, 0, 0, 0, 0, next.Location())
			time.Sleep(midnight.Sub(next) - time.Minute)
			stop()
			if len(w.began) != want {
				t.Errorf("from %s: %d runs, want %d: %q", from, len(w.began), want, w.began)
			}
			w.wantMisses()
		})
	}
}

// TestMissedSlots: however many nights the program was off, one run makes up for
// them, at once, and the signal says so.
func TestMissedSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 12:00:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(day)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00")
		time.Sleep(10 * day) // off
		_, stop = w.start("a", w.nightly())
		time.Sleep(time.Hour)
		w.wantRuns("nightly 2026-01-21 03:00 at 2026-01-21 12:00 missed 9")
		w.wantMisses("missed/nightly/2026-01-12T02:00:00Z")
		time.Sleep(day)
		stop()
		w.wantRuns("nightly 2026-01-22 03:00 at 2026-01-22 03:00")
		w.wantMisses()
	})
}

// TestMissedWithinGrace: a short absence is made up for without a word.
func TestMissedWithinGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:30:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(time.Minute)
		stop()
		time.Sleep(time.Hour)
		_, stop = w.start("a", w.nightly())
		time.Sleep(time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:31")
		w.wantMisses()
	})
}

// TestAtStart: a schedule that wants it runs at once if it never ran, and only
// then.
func TestAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 12:00:00 +0100")
		s := w.nightly()
		s.AtStart = true
		_, stop := w.start("a", s)
		time.Sleep(time.Hour)
		stop()
		_, stop = w.start("a", s)
		time.Sleep(time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-10 03:00 at 2026-01-10 12:00")
		w.wantMisses()
	})
}

// TestClockForward: the clock is set a day ahead. What was skipped is made up for
// once, and the slots after it follow the new time.
func TestClockForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:00:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		w.wall.set(at(t, "2026-01-13 02:10:00 +0100"))
		time.Sleep(day)
		stop()
		w.wantRuns("nightly 2026-01-12 03:00 at 2026-01-13 02:10 missed 1", "nightly 2026-01-13 03:00 at 2026-01-13 03:00")
		w.wantMisses("missed/nightly/2026-01-11T02:00:00Z")
	})
}

// TestClockBack: the clock is set a day back behind a run. That slot, and the
// one of the day before, do not run again.
func TestClockBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-12 02:00:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(2 * time.Hour)
		w.wantRuns("nightly 2026-01-12 03:00 at 2026-01-12 03:00")
		w.wall.set(at(t, "2026-01-11 02:00:00 +0100"))
		time.Sleep(2*day + 2*time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-13 03:00 at 2026-01-13 03:00")
		// the run of the eleventh did not take place: it is said
		w.wantMisses("missed/nightly/2026-01-11T02:00:00Z")
	})
}

// TestClockBackDuringRun: nothing begins twice, and the lease is kept.
func TestClockBackDuringRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-12 02:59:00 +0100")
		w.length = 2 * time.Hour
		_, stop := w.start("a", w.nightly())
		time.Sleep(30 * time.Minute)
		w.wall.set(at(t, "2026-01-12 02:30:00 +0100"))
		time.Sleep(5 * time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-12 03:00 at 2026-01-12 03:00")
		if len(w.stopped) > 0 {
			t.Errorf("the run was cancelled: %v", w.stopped)
		}
	})
}

// TestClockWasWrong: a clock that was years ahead leaves a schedule that has
// nothing to do for years. It says so, once, and does not just stay silent.
func TestClockWasWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2036-01-12 02:59:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(time.Hour)
		w.wantRuns("nightly 2036-01-12 03:00 at 2036-01-12 03:00")
		w.wall.set(at(t, "2026-01-12 12:00:00 +0100"))
		time.Sleep(3 * day)
		stop()
		w.wantRuns()
		if len(w.misses) != 1 || !strings.Contains(w.misses[0].Why, "2036-01-12T02:00:00Z") {
			t.Errorf("%+v", w.misses)
		}
	})
}

// TestOverlap: a run that takes longer than its interval is not overtaken; what
// it delayed is made up for once, and a run that waits beyond its grace is told.
func TestOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 00:30:00 +0100")
		w.length = 150 * time.Minute
		hourly := w.nightly()
		hourly.Name, hourly.Cron = "hourly", mustCron(t, "0 * * * *")
		_, stop := w.start("a", hourly)
		time.Sleep(5*time.Hour + 15*time.Minute)
		stop()
		w.wantRuns("hourly 2026-01-11 01:00 at 2026-01-11 01:00", "hourly 2026-01-11 03:00 at 2026-01-11 03:30 missed 1")
		w.wantMisses("missed/hourly/2026-01-11T01:00:00Z", "missed/hourly/2026-01-11T03:00:00Z")
	})
}

// TestCadences: quick audits every hour and a standard one a week share the one
// lease, each with its own depth and selection.
func TestCadences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 21:30:00 +0100") // a Saturday
		var depths []string
		w.breaks = func(_ context.Context, job Job) error {
			depths = append(depths, job.Schedule.Depth+strings.Join(job.Schedule.Systems, ""))
			time.Sleep(10 * time.Minute)
			return nil
		}
		quick, full := w.nightly(), w.nightly()
		quick.Name, quick.Cron, quick.Depth, quick.Systems = "quick", mustCron(t, "@hourly"), "quick", []string{"mail*"}
		full.Name, full.Cron, full.Depth = "full", mustCron(t, "@weekly"), "standard"
		r, stop := w.start("a", full, quick)
		time.Sleep(time.Second)
		if st := r.Status(); len(st) != 2 || !st[1].Next.Equal(at(t, "2026-01-10 22:00:00 +0100")) || !st[0].Next.Equal(at(t, "2026-01-11 00:00:00 +0100")) {
			t.Errorf("%+v", st)
		}
		time.Sleep(4 * time.Hour)
		stop()
		w.wantRuns("quick 2026-01-10 22:00 at 2026-01-10 22:00", "quick 2026-01-10 23:00 at 2026-01-10 23:00",
			"full 2026-01-11 00:00 at 2026-01-11 00:00", "quick 2026-01-11 00:00 at 2026-01-11 00:10", "quick 2026-01-11 01:00 at 2026-01-11 01:00")
		if got := strings.Join(depths, " "); got != "quickmail* quickmail* standard quickmail* quickmail*" {
			t.Error(got)
		}
	})
}

// TestJitter: a run begins after its slot, and a restart in between begins it at
// the same second.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		s := w.nightly()
		s.Jitter = Duration(4 * time.Hour)
		slot := at(t, "2026-01-11 03:00:00 +0100")
		due := s.Due(slot)
		if delay := due.Sub(slot); delay < 10*time.Minute {
			t.Fatalf("the test needs a longer delay than %s", delay)
		}
		var began time.Time
		w.breaks = func(context.Context, Job) error { began = w.wall.now(); return nil }
		for !w.wall.now().After(due) {
			_, stop := w.start("a", s)
			time.Sleep(7 * time.Minute)
			stop()
		}
		if !began.Equal(due) {
			t.Errorf("began at %s, due was %s", began, due)
		}
		w.wantMisses()
	})
}

// TestFailure: a run that fails is begun once more, a little later. If it fails
// again, the slot is given up, with a word and the reason. The next slot comes as
// usual.
func TestFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 12:00:00 +0100")
		var failures atomic.Int32
		failures.Store(1)
		w.breaks = func(context.Context, Job) error {
			if failures.Add(-1) >= 0 {
				return errors.New("no policy")
			}
			return nil
		}
		r, stop := w.start("a", w.nightly())
		slot := at(t, "2026-01-11 03:00:00 +0100")
		time.Sleep(slot.Sub(w.wall.now()) + Poll/2)
		if pending, err := r.Pending(t.Context(), "nightly", slot); !pending || err != nil {
			t.Errorf("the run failed and is not begun once more: %v", err)
		}
		time.Sleep(Poll)
		if pending, err := r.Pending(t.Context(), "nightly", slot); pending || err != nil {
			t.Errorf("the run is done and still to be done: %v", err)
		}
		if pending, err := r.Pending(t.Context(), "weekly", slot); pending || err != nil {
			t.Errorf("another program's schedule is waited for: %v", err)
		}
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-11 03:00 at 2026-01-11 03:00 again")
		w.wantMisses()
		failures.Store(2)
		time.Sleep(day + Poll)
		w.mu.Lock()
		if len(w.misses) != 1 || !strings.Contains(w.misses[0].Why, "failed twice: no policy") {
			t.Errorf("%+v", w.misses)
		}
		w.mu.Unlock()
		w.wantRuns("nightly 2026-01-12 03:00 at 2026-01-12 03:00", "nightly 2026-01-12 03:00 at 2026-01-12 03:00 again")
		w.wantMisses("missed/nightly/2026-01-12T02:00:00Z given up")
		time.Sleep(day)
		stop()
		w.wantRuns("nightly 2026-01-13 03:00 at 2026-01-13 03:00")
		w.wantMisses()
		if status := r.Status()[0]; !status.Last.Equal(at(t, "2026-01-13 03:00:00 +0100")) || !status.Next.Equal(at(t, "2026-01-14 03:00:00 +0100")) {
			t.Errorf("%+v", status)
		}
	})
}

// TestPanic: a panic ends the run and not the program; the run is tried once more.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:00:00 +0100")
		w.breaks = func(context.Context, Job) error { panic("index out of range") }
		_, stop := w.start("a", w.nightly())
		time.Sleep(2 * time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-11 03:00 at 2026-01-11 03:00 again")
		w.wantMisses("missed/nightly/2026-01-11T02:00:00Z given up")
		if len(w.db.held) > 0 {
			t.Error("the lease was not given back")
		}
	})
}

// TestNotSet: a runner that lacks a part says so and does not run.
func TestNotSet(t *testing.T) {
	if err := (&Runner{}).Run(t.Context()); err == nil {
		t.Error("no error")
	}
}
