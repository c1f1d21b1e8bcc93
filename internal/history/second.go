package history

import (
	"time"

	"tlsaudit/audit"
)

// TriggerRecheck is the trigger of a second look: a run of the subjects of which
// the run it looks at had bad news, see Run.LooksAt. It is kept
// because what it does not find again is fixed until it is found another time.
const TriggerRecheck = "recheck"

// StandsFor is the time a run stands for: its slot, or if no schedule began it when
// it began itself. A second look has it for its slot.
func (r *Run) StandsFor() time.Time {
	if r.Slot.IsZero() {
		return r.Started
	}
	return r.Slot
}

// LooksAt reports whether the run is a second look at another.
func (r *Run) LooksAt(first *Run) bool {
	return r.Trigger == TriggerRecheck && first.Trigger != TriggerRecheck && r.Schedule == first.Schedule && r.Slot.Equal(first.StandsFor())
}

// Momentary reports whether a kind of change is bad news that may have been true
// for a moment only, so that it is looked at again before anybody is told.
func (k ChangeKind) Momentary() bool {
	switch k {
	case ChangeNew, ChangeRegressed, ChangeUndecided, ChangeUnreachable:
		return true
	}
	return false
}

// Refuted reports whether a later record of the subject decides the opposite of
// a change: a rule that is kept, an endpoint that answers in TLS. What the record
// does not decide refutes nothing.
func (c *Change) Refuted(by *audit.Record) bool {
	if !c.Kind.Momentary() {
		return false
	}
	if c.Kind == ChangeUnreachable {
		o := by.Evidence.Observed
		return o != nil && !o.Interrupted && (o.Reach == audit.ReachTLS || o.Reach == audit.ReachDNS)
	}
	if c.Finding == nil {
		return false
	}
	for i := range by.Findings {
		if f := &by.Findings[i]; f.Fingerprint == c.Finding.Fingerprint {
			return f.Verdict == audit.Pass
		}
	}
	return false
}
