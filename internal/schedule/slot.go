package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tlsaudit/internal/history"
)

// What is known of a slot is kept in three entries of Slots: under the name of
// the schedule that it was begun, and with these behind it that it ended, and
// that it was begun once more. A name has no slash.
const (
	ended = "/done"
	again = "/again"
)

// taken reads which slots of a schedule were begun and ended last. A schedule
// that was never seen begins now, or with AtStart at its newest slot.
func (r *Runner) taken(ctx context.Context, s *Schedule, now time.Time) (begun, done time.Time, err error) {
	if begun, err = r.Slots.LastSlot(ctx, string(s.Name)); err != nil {
		return begun, done, fmt.Errorf("schedule %s: %w", s.Name, err)
	}
	if begun.IsZero() {
		if begun, err = r.begin(ctx, s, now); err != nil {
			return begun, done, fmt.Errorf("schedule %s: %w", s.Name, err)
		}
	}
	if done, err = r.Slots.LastSlot(ctx, string(s.Name)+ended); err != nil {
		return begun, done, fmt.Errorf("schedule %s: %w", s.Name, err)
	}
	return begun, done, nil
}

// begin notes from when on the slots of a new schedule count. The order of the
// two notes is such that no crash between them looks like a broken run.
func (r *Runner) begin(ctx context.Context, s *Schedule, now time.Time) (time.Time, error) {
	from := now.Truncate(time.Second).Add(-time.Second)
	if s.AtStart {
		if slot, _ := s.latest(now.AddDate(-1, 0, -1), now); !slot.IsZero() {
			from = slot.Add(-time.Second)
			r.mu.Lock()
			r.states[s.Name].told = slot // it is early, not late
			r.mu.Unlock()
		}
	}
	for _, name := range []string{string(s.Name) + ended, string(s.Name)} {
		if _, err := r.Slots.TakeSlot(ctx, name, from); err != nil {
			return from, err
		}
	}
	// another process may have been faster
	return r.Slots.LastSlot(ctx, string(s.Name))
}

// take begins a job unless another process did before this one got the lease,
// and reports whether it did.
func (r *Runner) take(ctx context.Context, job Job, log *slog.Logger) (worked bool, err error) {
	name := string(job.Schedule.Name)
	if job.Attempt > 1 {
		begun, done, err := r.taken(ctx, &job.Schedule, r.now())
		if err != nil || !begun.Equal(job.Slot) || !begun.After(done) {
			return false, err
		}
		name += again
	}
	fresh, err := r.Slots.TakeSlot(ctx, name, job.Slot)
	switch {
	case err != nil:
		return false, err
	case !fresh && job.Attempt > 1:
		return false, r.giveUp(ctx, job)
	case !fresh:
		return false, nil
	}
	log.Info("the run begins", "attempt", job.Attempt, "missed", job.Missed)
	r.working(job.Schedule.Name, r.now())
	defer r.working(job.Schedule.Name, time.Time{})
	if err = r.patiently(ctx, job, log); err != nil {
		return true, err // broken off, or failed: it is begun once more
	}
	if noted := r.note(ctx, job); noted != nil {
		log.Error("the end of the run could not be noted, it will be repeated", "error", noted)
	}
	return true, nil
}

// patiently does a job as soon as nobody else writes a run: a command line does
// not ask the scheduler.
func (r *Runner) patiently(ctx context.Context, job Job, log *slog.Logger) error {
	for {
		err := r.Audit(ctx, job)
		if !errors.Is(err, history.ErrHeld) {
			return err
		}
		log.Info("the run waits for another one", "error", err)
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(Poll):
		}
	}
}

// note notes that the run of a slot ended, also when the program stops.
func (r *Runner) note(ctx context.Context, job Job) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), Poll)
	defer stop()
	_, err := r.Slots.TakeSlot(ctx, string(job.Schedule.Name)+ended, job.Slot)
	return err
}

// giveUp leaves a slot whose run failed or was broken off twice: the audit itself
// may be what ends the program.
func (r *Runner) giveUp(ctx context.Context, job Job) error {
	if err := r.note(ctx, job); err != nil {
		return err
	}
	why := "its run was broken off twice"
	if failure := r.stateOf(&job.Schedule).failure; failure != nil {
		why = "its run failed twice: " + failure.Error()
	}
	r.missed(ctx, Miss{Schedule: job.Schedule, Slot: job.Slot, Due: job.Due, Slots: 1, GivenUp: true, Why: why})
	return nil
}

// Pending reports whether the run of a slot is at work, in whichever process, or
// is going to be begun once more: whoever does that tells of it.
func (r *Runner) Pending(ctx context.Context, schedule string, slot time.Time) (bool, error) {
	if !slices.ContainsFunc(r.Schedules, func(s Schedule) bool { return string(s.Name) == schedule }) {
		return false, nil
	}
	done, err := r.Slots.LastSlot(ctx, schedule+ended)
	if err != nil {
		return false, fmt.Errorf("schedule %s: %w", schedule, err)
	}
	return slot.After(done), nil
}
