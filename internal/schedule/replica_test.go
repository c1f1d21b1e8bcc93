package schedule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tlsaudit/internal/history"
)

// TestTwoReplicas: of two processes with the same schedules one runs each slot,
// whichever is first, and never both.
func TestTwoReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-10 12:00:00 +0100")
		w.length = 20 * time.Minute
		_, stopA := w.start("a", w.nightly())
		time.Sleep(13 * time.Second) // they do not look at the same moments
		_, stopB := w.start("b", w.nightly())
		time.Sleep(2 * day)
		stopA() // b alone
		time.Sleep(day)
		stopB()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-12 03:00 at 2026-01-12 03:00", "nightly 2026-01-13 03:00 at 2026-01-13 03:00")
		w.wantMisses()
	})
}

// TestGracefulStop: the run is cancelled, waited for, its lease given back, and
// the next start begins it once more.
func TestGracefulStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		w.length = 2 * time.Hour
		_, stop := w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		stop()
		if w.working != 0 || w.db.released != 1 || len(w.stopped) != 1 {
			t.Errorf("%d at work, %d leases given back, stopped %v", w.working, w.db.released, w.stopped)
		}
		time.Sleep(time.Minute)
		_, stop = w.start("b", w.nightly())
		time.Sleep(5 * time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-11 03:00 at 2026-01-11 03:10 again")
		w.wantMisses()
	})
}

// TestStoppedAtTheEnd: a run that comes to its end although the program is told
// to stop is done, and is not begun again.
func TestStoppedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		w.breaks = func(ctx context.Context, _ Job) error {
			<-ctx.Done()
			return nil
		}
		_, stop := w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		stop()
		_, stop = w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00")
	})
}

// TestKilled: the process dies in the middle of a run and gives nothing back. The
// next start waits until the lease has run out, and begins the run once more, but
// not a third time.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		slot := at(t, "2026-01-11 03:00:00 +0100")
		kill := func(holder string) {
			w.db.set(func(d *database) {
				d.held[LeaseName] = grant{holder, w.wall.now().Add(DefaultTTL)}
			})
		}
		// what a killed process leaves: the slot begun, and its lease
		for _, name := range []string{"nightly/done", "nightly"} {
			w.db.TakeSlot(t.Context(), name, slot.Add(-day))
		}
		w.db.TakeSlot(t.Context(), "nightly", slot)
		w.wall.set(slot.Add(time.Minute))
		kill("dead")
		_, stop := w.start("b", w.nightly())
		time.Sleep(time.Minute)
		w.wantRuns() // the lease is held still
		time.Sleep(10 * time.Minute)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:03 again")

		// the second attempt killed as well
		w.db.set(func(d *database) { d.slots["nightly/done"] = slot.Add(-day).UTC() })
		kill("dead too")
		_, stop = w.start("c", w.nightly())
		time.Sleep(10 * time.Minute)
		stop()
		w.wantRuns()
		w.wantMisses("missed/nightly/2026-01-11T02:00:00Z given up")
	})
}

// TestLeaseLost: somebody else took the lease: the run is cancelled with the
// reason, and is begun once more when the lease is free.
func TestLeaseLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		w.length = time.Hour
		_, stop := w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		w.db.set(func(d *database) { d.held[LeaseName] = grant{"thief", w.wall.now().Add(20 * time.Minute)} })
		time.Sleep(DefaultTTL / 3)
		if causes := w.causes(); len(causes) != 1 || !errors.Is(causes[0], ErrLeaseLost) || !errors.Is(causes[0], history.ErrHeld) {
			t.Errorf("stopped %v", causes)
		}
		w.db.set(func(d *database) {
			if d.held[LeaseName].holder != "thief" {
				t.Error("the lease of another was given back")
			}
		})
		time.Sleep(3 * time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00", "nightly 2026-01-11 03:00 at 2026-01-11 03:29 again")
	})
}

// TestDatabaseDeaf: a lease that cannot be renewed is given up before it runs
// out, so that nobody else begins beside the run.
func TestDatabaseDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		w.length = time.Hour
		_, stop := w.start("a", w.nightly())
		time.Sleep(10 * time.Minute)
		var until time.Time
		w.db.set(func(d *database) { d.deaf, until = true, d.held[LeaseName].until })
		for len(w.causes()) == 0 {
			time.Sleep(time.Second)
		}
		if now := w.wall.now(); !now.Before(until) {
			t.Errorf("cancelled at %s, the lease ran out at %s", now, until)
		}
		stop()
	})
}

// TestOneFailedHeartbeat is no reason to stop.
func TestOneFailedHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		w.length = time.Hour
		_, stop := w.start("a", w.nightly())
		for range 20 {
			time.Sleep(DefaultTTL / 3)
			w.db.set(func(d *database) { d.deaf = !d.deaf })
		}
		w.db.set(func(d *database) { d.deaf = false })
		time.Sleep(time.Hour)
		stop()
		if len(w.stopped) > 0 {
			t.Errorf("stopped %v", w.stopped)
		}
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00")
	})
}

// TestDatabaseDown: while the history does not answer nothing runs, and it is
// said; afterwards what was missed is made up for.
func TestDatabaseDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:00:00 +0100")
		r, stop := w.start("a", w.nightly())
		time.Sleep(time.Minute)
		if err := r.Ready(); err != nil {
			t.Error(err)
		}
		w.db.set(func(d *database) { d.down = true })
		time.Sleep(3 * time.Hour)
		w.wantRuns()
		w.wantMisses("missed/nightly/2026-01-11T02:00:00Z")
		if err := r.Ready(); !errors.Is(err, errDown) {
			t.Errorf("ready: %v", err)
		}
		w.db.set(func(d *database) { d.down = false })
		time.Sleep(time.Hour)
		if err := r.Ready(); err != nil {
			t.Error(err)
		}
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 05:01")
		w.wantMisses() // it was said before
	})
}

// TestOperatorAtWork: an audit that somebody began by hand holds the lease. The
// schedule waits, says so when its grace is over, and then runs.
func TestOperatorAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:30:00 +0100")
		_, stop := w.start("a", w.nightly())
		hold := Hold{Leases: w.db, Holder: "operator"}
		err := hold.Do(t.Context(), func(ctx context.Context) error {
			busy := Hold{Leases: w.db, Holder: "somebody else"}
			if err := busy.Do(ctx, func(context.Context) error { return nil }); !errors.Is(err, history.ErrHeld) {
				t.Errorf("a second holder: %v", err)
			}
			time.Sleep(3 * time.Hour)
			return ctx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 05:30")
		if len(w.misses) != 1 || !strings.Contains(w.misses[0].Why, "another audit is at work") || !strings.Contains(w.misses[0].Why, "operator until") {
			t.Errorf("%+v", w.misses)
		}
	})
}

// TestNewSchedule: what was seen before its first slot has that slot, whatever
// happens in between.
func TestNewSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		_, stop := w.start("a", w.nightly())
		time.Sleep(time.Second)
		stop()
		time.Sleep(30 * time.Minute)
		_, stop = w.start("a", w.nightly())
		time.Sleep(time.Hour)
		stop()
		w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:29")
	})
}

// TestWriterAtWork: a command that knows nothing of schedules writes a run. The
// job waits for it and is not lost.
func TestWriterAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2026-01-11 02:59:00 +0100")
		free := at(t, "2026-01-11 03:20:00 +0100")
		w.breaks = func(context.Context, Job) error {
			if w.wall.now().Before(free) {
				return fmt.Errorf("writing the run: %w", history.ErrHeld)
			}
			return nil
		}
		_, stop := w.start("a", w.nightly())
		time.Sleep(time.Hour)
		stop()
		if last := len(w.began) - 1; last != 40 || w.began[last] != "nightly 2026-01-11 03:00 at 2026-01-11 03:20" {
			t.Errorf("%d tries: %q", last+1, w.began)
		}
		if done := w.db.slots["nightly/done"]; !done.Equal(at(t, "2026-01-11 03:00:00 +0100")) {
			t.Errorf("done until %s", done)
		}
	})
}
