package notify

import (
	"fmt"
	"time"

	"tlsaudit/internal/history"
)

// Missed is an audit that should have run and did not, or not to its end.
type Missed struct {
	Schedule string
	// Slot is the first that was missed and Due when it was to begin; Slots counts
	// those missed until now.
	Slot, Due time.Time
	Slots     int
	// GivenUp: it was begun, twice, and failed.
	GivenUp bool
	// Why is what is known of the reason.
	Why string
	// Last is the last run that came to its end; nil if there is none.
	Last *history.Run
}

// key is the key of the message. That a run is given up is told also if it was
// told before that the same slot was late.
func (m *Missed) key() string {
	kind := "missed/"
	if m.GivenUp {
		kind = "given-up/"
	}
	return kind + m.Schedule + "/" + m.Slot.UTC().Format(time.RFC3339)
}

func (m *Missed) fault() string {
	if m.GivenUp {
		return "failed"
	}
	return "did not run"
}

// facts are the lines on top of the message.
func (m *Missed) facts() []string {
	first := fmt.Sprintf("The audit %s was due %s and %s", word(m.Schedule), moment(m.Slot), m.fault())
	switch {
	case m.GivenUp:
		first += ", twice; it is given up, and the next one comes when it is due."
	case m.Due.After(m.Slot):
		first += "; it was to begin " + moment(m.Due) + "."
	default:
		first += "."
	}
	facts := []string{first}
	if m.Slots > 1 {
		facts = append(facts, fmt.Sprintf("It was due %d times until now; one run makes up for them.", m.Slots))
	}
	if m.Why != "" {
		facts = append(facts, "Why: "+word(m.Why))
	}
	if m.Last == nil {
		return append(facts, "No audit has come to its end so far.")
	}
	return append(facts, fmt.Sprintf("The last one that came to its end is run %s of %s.", word(m.Last.ID), moment(m.Last.Finished)))
}
