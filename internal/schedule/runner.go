package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tlsaudit/internal/history"
)

// Slots is the part of the history that remembers which slots were taken.
type Slots interface {
	// LastSlot is the newest slot taken under a name; zero if there is none.
	LastSlot(ctx context.Context, schedule string) (time.Time, error)
	// TakeSlot is false if that slot or a later one was taken before.
	TakeSlot(ctx context.Context, schedule string, slot time.Time) (fresh bool, err error)
}

// Job is one run that is due.
type Job struct {
	Schedule Schedule
	// Slot is the time the run stands for, and Due when it was to begin.
	Slot, Due time.Time
	// Missed counts the slots before this one that nobody ran, at most 1000.
	Missed int
	// Attempt is 1, or 2 if the first run of the slot was broken off.
	Attempt int
}

// Poll is the longest the runner goes without looking at the wall clock.
const Poll = 30 * time.Second

// Runner runs what is due, one run at a time. Its fields are set before Run and
// not changed afterwards.
type Runner struct {
	Schedules []Schedule
	// Clock is the wall clock. Waiting is by timers, which do not jump.
	Clock  func() time.Time
	Leases Leases
	Slots  Slots
	// Holder identifies this process among all that share the history.
	Holder string
	// TTL is how long the lease lasts without a heartbeat, DefaultTTL if zero.
	TTL time.Duration
	// Audit does a job. Its context ends when the program is to stop and when the
	// lease is lost; it then returns as soon as it can. After an error the slot is
	// not done, and is begun once more. With history.ErrHeld (wrapped) it says that
	// somebody else writes a run; it is called again then until that is over.
	Audit func(context.Context, Job) error
	// Missed is told once of each run that did not begin in time; may be nil. It
	// must not block for long.
	Missed func(context.Context, Miss)
	Log    *slog.Logger

	mu     sync.Mutex
	states map[Name]*state
	fault  error
}

// state is what is known of one schedule.
type state struct {
	// begun and done are the newest slots that were begun and ended.
	begun, done time.Time
	// told is the slot whose miss was reported last.
	told time.Time
	// since is when the job at work began; zero if none is.
	since time.Time
	// failure is how the last run of this process failed, held who had the lease
	// when it was wanted last.
	failure, held error
}

// Run runs what is due until the context ends, and returns when the job at work
// has returned. It owns all goroutines it starts.
func (r *Runner) Run(ctx context.Context) error {
	if r.Clock == nil || r.Leases == nil || r.Slots == nil || r.Audit == nil || r.Log == nil || r.Holder == "" {
		return errors.New("schedule: a field of the runner is not set")
	}
	r.mu.Lock()
	r.states = make(map[Name]*state, len(r.Schedules))
	for i := range r.Schedules {
		r.states[r.Schedules[i].Name] = &state{}
	}
	r.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var finished chan bool // nil while no job is at work
	for {
		select {
		case <-ctx.Done():
			if finished != nil {
				<-finished
			}
			return nil
		case worked := <-finished:
			finished = nil
			if !worked { // somebody else is at work, or it failed
				timer.Reset(Poll)
				continue
			}
		case <-timer.C:
		}
		job, wait := r.look(ctx)
		timer.Reset(wait)
		if job == nil || finished != nil || ctx.Err() != nil {
			continue
		}
		ends := make(chan bool, 1)
		finished = ends
		go func() { ends <- r.attempt(ctx, *job) }()
	}
}

// look reads the state of every schedule, reports what was missed, and returns
// what is to be done first and when to look again.
func (r *Runner) look(ctx context.Context) (first *Job, wait time.Duration) {
	now := r.now()
	wait = Poll
	var fault error
	for i := range r.Schedules {
		job, next, err := r.due(ctx, &r.Schedules[i], now)
		if err != nil {
			fault = errors.Join(fault, err)
			r.blind(ctx, &r.Schedules[i], now)
			continue
		}
		if job != nil && (first == nil || job.Due.Before(first.Due)) {
			first = job
		}
		if next.After(now) {
			wait = min(wait, next.Sub(now))
		}
	}
	if ctx.Err() == nil {
		r.report(fault)
	}
	return first, wait
}

// due returns the job of a schedule that is to be done now, if there is one, and
// when the next one will be.
func (r *Runner) due(ctx context.Context, s *Schedule, now time.Time) (job *Job, next time.Time, err error) {
	begun, done, err := r.taken(ctx, s, now)
	if err != nil {
		return nil, next, err
	}
	r.mu.Lock()
	r.states[s.Name].begun, r.states[s.Name].done = begun, done
	r.mu.Unlock()
	slot, count := s.latest(begun, now)
	switch {
	case !slot.IsZero():
		r.late(ctx, s, s.Next(begun), count, now)
		if due := s.Due(slot); due.After(now) {
			return nil, due, nil
		} else {
			return &Job{Schedule: *s, Slot: slot, Due: due, Missed: count - 1, Attempt: 1}, next, nil
		}
	case begun.After(done):
		job = &Job{Schedule: *s, Slot: begun, Due: s.Due(begun), Attempt: 2}
	}
	upcoming := s.Next(now)
	if begun.After(upcoming) {
		r.ahead(ctx, s, upcoming, begun)
	}
	return job, upcoming, nil
}

// attempt does a job under the lease, and reports whether it came to that and to
// its end: else there is no reason to look at once for what is due next.
func (r *Runner) attempt(ctx context.Context, job Job) (worked bool) {
	log := r.Log.With("schedule", string(job.Schedule.Name), "slot", job.Slot)
	hold := Hold{Leases: r.Leases, Holder: r.Holder, TTL: r.TTL}
	err := hold.Do(ctx, func(ctx context.Context) (err error) {
		worked, err = r.take(ctx, job, log)
		return err
	})
	held := !worked && errors.Is(err, history.ErrHeld)
	switch {
	case err == nil:
	case held:
		log.Debug("another audit is at work", "error", err)
	case ctx.Err() != nil:
		log.Info("the run was stopped with the program", "error", err)
	default:
		log.Error("the run failed", "error", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.states[job.Schedule.Name]
	state.held = nil
	switch {
	case held:
		state.held = err
	case worked || err != nil:
		state.failure = err
	}
	return worked && err == nil
}

// now is the wall clock's reading without the monotonic one, which would hide
// that the wall clock jumped.
func (r *Runner) now() time.Time { return r.Clock().Round(0) }

// working notes since when a job of a schedule is at work; zero if none is.
func (r *Runner) working(name Name, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[name].since = since
}

// report logs that the database stopped answering, or does again.
func (r *Runner) report(fault error) {
	r.mu.Lock()
	before := r.fault
	r.fault = fault
	r.mu.Unlock()
	switch {
	case fault != nil && before == nil:
		r.Log.Error("the history does not tell what is due", "error", fault)
	case fault == nil && before != nil:
		r.Log.Info("the history tells what is due again")
	}
}
