package schedule

import "time"

// Status is what is known of one schedule, for the dashboard.
type Status struct {
	Schedule Schedule
	// Last is the newest slot that was begun, by whichever process; zero if none
	// is known.
	Last time.Time
	// Next is the next slot, and Due when its run begins.
	Next, Due time.Time
}

// Status returns the state of every schedule, in their order.
func (r *Runner) Status() []Status {
	now := r.now()
	list := make([]Status, len(r.Schedules))
	for i := range r.Schedules {
		s := &r.Schedules[i]
		last := r.stateOf(s).begun
		list[i] = Status{Schedule: *s, Last: last}
		if list[i].Next = s.Next(later(now, last)); !list[i].Next.IsZero() {
			list[i].Due = s.Due(list[i].Next)
		}
	}
	return list
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
