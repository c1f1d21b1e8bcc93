package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"tlsaudit/internal/history"
)

// database is a history in memory, shared by replicas. Like a real one it does
// nothing for a caller who has gone.
type database struct {
	// clock is that of the database.
	clock func() time.Time

	mu    sync.Mutex
	held  map[string]grant
	slots map[string]time.Time
	// down fails every call; deaf fails Renew only.
	down, deaf bool
	// released counts leases given back.
	released int
}

type grant struct {
	holder string
	until  time.Time
}

func newDatabase(clock func() time.Time) *database {
	return &database{clock: clock, held: map[string]grant{}, slots: map[string]time.Time{}}
}

var errDown = errors.New("connection refused")

func (d *database) Acquire(ctx context.Context, name, holder string, ttl time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), errDown)
	}
	if g := d.held[name]; g.until.After(d.clock()) {
		return fmt.Errorf("%s until %s: %w", g.holder, g.until.Format(time.TimeOnly), history.ErrHeld)
	}
	d.held[name] = grant{holder, d.clock().Add(ttl)}
	return nil
}

func (d *database) Renew(ctx context.Context, name, holder string, ttl time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down || d.deaf || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), errDown)
	}
	if d.held[name].holder != holder {
		return history.ErrHeld
	}
	d.held[name] = grant{holder, d.clock().Add(ttl)}
	return nil
}

func (d *database) Release(ctx context.Context, name, holder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d.held[name].holder == holder {
		delete(d.held, name)
		d.released++
	}
	return nil
}

func (d *database) LastSlot(ctx context.Context, name string) (time.Time, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down || ctx.Err() != nil {
		return time.Time{}, cmp.Or(ctx.Err(), errDown)
	}
	return d.slots[name], nil
}

func (d *database) TakeSlot(ctx context.Context, name string, slot time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down || ctx.Err() != nil {
		return false, cmp.Or(ctx.Err(), errDown)
	}
	if !slot.After(d.slots[name]) {
		return false, nil
	}
	d.slots[name] = slot.UTC()
	return true, nil
}

func (d *database) set(change func(*database)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// wall is a wall clock that can be set; the timers of the bubble go on.
type wall struct {
	mu     sync.Mutex
	offset time.Duration
}

func (w *wall) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *wall) set(to time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset = to.Sub(time.Now().Round(0))
}

// world is what the replicas of a test share: a database, a clock, and a record
// of what ran.
type world struct {
	t    *testing.T
	db   *database
	wall *wall
	// length is how long a run takes; a run that is cancelled ends at once.
	length time.Duration
	// breaks, when set, decides how a run ends instead.
	breaks func(context.Context, Job) error

	mu      sync.Mutex
	began   []string // "nightly 2026-01-11 03:00 at 03:00", local to the zone
	misses  []Miss
	working int
	stopped []error // causes of runs that were cancelled
}

func newWorld(t *testing.T, now string) *world {
	w := &world{t: t, wall: &wall{}, length: time.Minute}
	w.db = newDatabase(w.wall.now)
	w.wall.set(at(t, now))
	return w
}

// start runs a replica until the function it returns is called, which waits.
func (w *world) start(holder string, schedules ...Schedule) (*Runner, func()) {
	w.t.Helper()
	if err := Check(schedules, []string{"quick", "standard"}); err != nil {
		w.t.Fatal(err)
	}
	r := &Runner{Schedules: schedules, Clock: w.wall.now, Leases: w.db, Slots: w.db, Holder: holder, Audit: w.audit, Missed: w.missed, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	return r, func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) audit(ctx context.Context, job Job) error {
	w.mu.Lock()
	const layout = "2006-01-02 15:04"
	zone := job.Schedule.Zone.Location()
	line := fmt.Sprintf("%s %s at %s", job.Schedule.Name, job.Slot.In(zone).Format(layout), w.wall.now().In(zone).Format(layout))
	if job.Missed > 0 {
		line += fmt.Sprintf(" missed %d", job.Missed)
	}
	if job.Attempt > 1 {
		line += " again"
	}
	w.began = append(w.began, line)
	if w.working++; w.working > 1 {
		w.t.Errorf("%s: another run is at work", line)
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.working--
		if cause := context.Cause(ctx); cause != nil {
			w.stopped = append(w.stopped, cause)
		}
		w.mu.Unlock()
	}()
	if w.breaks != nil {
		return w.breaks(ctx, job)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(w.length):
		return nil
	}
}

// causes returns why runs were cancelled.
func (w *world) causes() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.stopped)
}

func (w *world) missed(_ context.Context, m Miss) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.misses = append(w.misses, m)
}

// wantRuns holds what ran since it was asked last to what is wanted.
func (w *world) wantRuns(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.began, want) {
		w.t.Errorf("ran %q, want %q", w.began, want)
	}
	w.began = nil
}

// wantMisses holds the signals raised since it was asked last to their keys.
func (w *world) wantMisses(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []string
	for _, m := range w.misses {
		key := "missed/" + string(m.Schedule.Name) + "/" + m.Slot.UTC().Format(time.RFC3339)
		if m.GivenUp {
			key += " given up"
		}
		got = append(got, key)
		if m.Why == "" || m.Slots < 1 || m.Due.Before(m.Slot) {
			w.t.Errorf("%+v", m)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("missed %q, want %q", got, want)
	}
	w.misses = nil
}

func (w *world) nightly() Schedule {
	return Schedule{Name: "nightly", Cron: mustCron(w.t, "0 3 * * *"), Zone: mustZone(w.t, "Europe/Berlin")}
}
