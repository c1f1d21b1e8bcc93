package schedule

import (
	"context"
	"time"
)

// Miss says that a run did not begin in time, or not come to its end: the dead
// man's signal.
type Miss struct {
	Schedule Schedule
	// Slot is the first that did not run, and Due when it was to begin.
	Slot, Due time.Time
	// Slots counts those that did not run until now, at most 1000.
	Slots int
	// GivenUp: it was begun, twice, and failed.
	GivenUp bool
	// Why is a sentence for people, without its full stop.
	Why string
}

// late reports the first slot that was not begun, when its grace is over.
func (r *Runner) late(ctx context.Context, s *Schedule, slot time.Time, count int, now time.Time) {
	due := s.Due(slot)
	if now.After(due.Add(s.grace())) && r.tell(s, slot) {
		r.missed(ctx, Miss{Schedule: *s, Slot: slot, Due: due, Slots: count, Why: r.obstacle(s)})
	}
}

// blind reports a slot of which the history does not say whether it was begun.
// Not knowing is no reason to be quiet.
func (r *Runner) blind(ctx context.Context, s *Schedule, now time.Time) {
	if begun := r.stateOf(s).begun; !begun.IsZero() {
		if slot, count := s.latest(begun, now); !slot.IsZero() {
			r.late(ctx, s, s.Next(begun), count, now)
		}
	}
}

// ahead reports that slots are left out because later ones were taken: the clock
// was set back, or had been wrong.
func (r *Runner) ahead(ctx context.Context, s *Schedule, upcoming, begun time.Time) {
	if r.tell(s, begun) {
		_, count := s.latest(upcoming.Add(-time.Second), begun)
		r.missed(ctx, Miss{Schedule: *s, Slot: upcoming, Due: s.Due(upcoming), Slots: count,
			Why: "the clock was set back: the last run stands for " + begun.UTC().Format(time.RFC3339) + ", and until then nothing runs; to begin anew, give the schedule another name"})
	}
}

// tell reports whether a slot was not told of yet, and notes that it is now.
func (r *Runner) tell(s *Schedule, slot time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.states[s.Name]
	if !slot.After(state.told) {
		return false
	}
	state.told = slot
	return true
}

// obstacle says what kept a run from beginning, as far as this process knows.
func (r *Runner) obstacle(s *Schedule) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		return "it is not known whether it ran, as the history does not answer: " + r.fault.Error()
	}
	for i := range r.Schedules {
		if other := r.states[r.Schedules[i].Name]; !other.since.IsZero() {
			return "a run of the schedule " + string(r.Schedules[i].Name) + " is at work since " + other.since.UTC().Format(time.RFC3339)
		}
	}
	if held := r.states[s.Name].held; held != nil {
		return "another audit is at work: " + held.Error()
	}
	return "the program was not running when it was due"
}

func (r *Runner) missed(ctx context.Context, m Miss) {
	r.Log.Warn("an audit did not run", "schedule", string(m.Schedule.Name), "slot", m.Slot, "slots", m.Slots, "why", m.Why)
	if r.Missed != nil {
		r.Missed(ctx, m)
	}
}
