package schedule

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"tlsaudit/internal/history"
)

// TestRealHistory: what the history keeps of leases and slots is what the
// runner takes it for. Two replicas have the same file open.
func TestRealHistory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	w := newWorld(t, "2026-01-11 02:59:59 +0100")
	open := func(holder string) *Runner {
		store, err := history.Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return &Runner{Schedules: []Schedule{w.nightly()}, Clock: w.wall.now, Leases: store, Slots: store, Holder: holder,
			Audit: w.audit, Missed: w.missed, Log: slog.New(slog.DiscardHandler), states: map[Name]*state{"nightly": {}}}
	}
	a, b := open("a"), open("b")
	w.length = 0
	look := func(r *Runner) *Job {
		t.Helper()
		job, _ := r.look(t.Context())
		if err := r.Ready(); err != nil {
			t.Fatal(err)
		}
		return job
	}
	if look(a) != nil || look(b) != nil {
		t.Fatal("a new schedule has something to do")
	}
	w.wall.set(at(t, "2026-01-11 03:00:05 +0100"))
	jobA, jobB := look(a), look(b)
	if jobA == nil || jobB == nil {
		t.Fatal("nothing is due at three o'clock")
	}
	// b wants the slot while a has the lease, and when it is done
	hold := Hold{Leases: a.Leases, Holder: "a"}
	if err := a.Leases.Acquire(t.Context(), LeaseName, "a", DefaultTTL); err != nil {
		t.Fatal(err)
	}
	if b.attempt(t.Context(), *jobB) || b.states["nightly"].held == nil {
		t.Error("b began without the lease")
	}
	if err := hold.Leases.Release(t.Context(), LeaseName, "a"); err != nil {
		t.Fatal(err)
	}
	if !a.attempt(t.Context(), *jobA) || b.attempt(t.Context(), *jobB) || look(a) != nil || look(b) != nil {
		t.Error("the slot was not run, or run twice")
	}
	w.wantRuns("nightly 2026-01-11 03:00 at 2026-01-11 03:00")

	// a dies in the middle of the next run; its lease runs out
	w.wall.set(at(t, "2026-01-12 03:00:05 +0100"))
	slot := at(t, "2026-01-12 03:00:00 +0100")
	const short = 2 * time.Second // the lease runs out by the clock of the database, which no test sets
	if err := a.Leases.Acquire(t.Context(), LeaseName, "a", short); err != nil {
		t.Fatal(err)
	}
	if fresh, err := a.Slots.TakeSlot(t.Context(), "nightly", slot); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	job := look(b)
	if job == nil || job.Attempt != 2 || b.attempt(t.Context(), *job) {
		t.Fatalf("%+v", job)
	}
	w.wall.set(w.wall.now().Add(DefaultTTL + time.Second))
	time.Sleep(short)
	if !b.attempt(t.Context(), *job) || look(b) != nil {
		t.Error("the run that was broken off was not begun again")
	}
	w.wantRuns("nightly 2026-01-12 03:00 at 2026-01-12 03:02 again")
}
