package schedule

import (
	"slices"
	"time"
)

// Status is what is known of one schedule, for the dashboard.
type Status struct {
	Schedule Schedule
	// Last is the newest slot that was begun, by whichever process; zero if none
	// is known. Ended says that its run has ended.
	Last  time.Time
	Ended bool
	// Next is the next slot, and Due when its run begins.
	Next, Due time.Time
	// Running is the job this process has at work, since a time; nil if none.
	Running *Job
	Since   time.Time
	// Failure is how the last run of this process ended, nil if well.
	Failure error
}

// Status returns the state of every schedule, in their order.
func (r *Runner) Status() []Status {
	now := r.now()
	list := make([]Status, len(r.Schedules))
	for i := range r.Schedules {
		s := &r.Schedules[i]
		state := r.stateOf(s)
		list[i] = Status{Schedule: *s, Last: state.begun, Ended: !state.begun.After(state.done), Running: state.running, Failure: state.failure}
		if state.running != nil {
			list[i].Since = state.since
		}
		if list[i].Next = s.Next(later(now, state.begun)); !list[i].Next.IsZero() {
			list[i].Due = s.Due(list[i].Next)
		}
	}
	return list
}

// Planned is a run to come.
type Planned struct {
	Schedule Name
	// Slot is the time it stands for, Due when it begins.
	Slot, Due time.Time
}

// Upcoming returns the next runs of all schedules, the first to begin first, at
// most n.
func (r *Runner) Upcoming(n int) []Planned {
	now := r.now()
	var list []Planned
	for i := range r.Schedules {
		s := &r.Schedules[i]
		slot := later(now, r.stateOf(s).begun)
		for range n {
			if slot = s.Next(slot); slot.IsZero() {
				break
			}
			list = append(list, Planned{s.Name, slot, s.Due(slot)})
		}
	}
	slices.SortStableFunc(list, func(a, b Planned) int { return a.Due.Compare(b.Due) })
	return list[:min(n, len(list))]
}

// Ready returns why what is due is not known, nil if it is: what /readyz asks.
func (r *Runner) Ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// stateOf returns a copy.
func (r *Runner) stateOf(s *Schedule) state {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.states[s.Name]; known != nil {
		return *known
	}
	return state{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
