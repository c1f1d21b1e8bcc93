package audit

import "time"

// WaiverRef says, on a finding, which waiver speaks about it.
type WaiverRef struct {
	ID string `json:"id"`
	// Was is the verdict without the waiver: fail or warn. It is zero where no
	// finding is meant, as in WaiverStatus.
	Was Verdict `json:"was,omitzero"`
	// Expired is set when the waiver has run out: then the finding keeps its
	// verdict, and the reference explains why it is back.
	Expired    bool      `json:"expired,omitempty"`
	Expires    time.Time `json:"expires"`
	Reason     string    `json:"reason,omitempty"`
	Owner      string    `json:"owner,omitempty"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	Ticket     string    `json:"ticket,omitempty"`
}

// WaiverState is what became of a waiver in a run.
type WaiverState string

// The states of a waiver. One that is unused matched no finding that fails or
// warns; a run that was cut short cannot tell and leaves it at active.
const (
	WaiverActive   WaiverState = "active"
	WaiverExpiring WaiverState = "expiring"
	WaiverExpired  WaiverState = "expired"
	WaiverUnused   WaiverState = "unused"
)

// WaiverStatus is one waiver as the report lists it.
type WaiverStatus struct {
	WaiverRef
	State WaiverState `json:"state"`
	// Rule, Check, Target and Fingerprint are its scope as written.
	Rule        string    `json:"rule,omitempty"`
	Check       string    `json:"check,omitempty"`
	Target      string    `json:"target,omitempty"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	// Findings counts what it covers, or, expired, would have covered.
	Findings int `json:"findings"`
	// Notes are remarks for the reader: over-broad, expiring, unused.
	Notes []string `json:"notes,omitempty"`
	Place *Place   `json:"place,omitempty"`
}

// BaselineRef says what the findings of a run were compared with.
type BaselineRef struct {
	File      string    `json:"file"`
	SHA256    string    `json:"sha256"`
	Generated time.Time `json:"generated,omitzero"`
	// New and Known count fail and warn findings of this run that are not, or
	// are, among those of the baseline; Gone those of the baseline that this
	// run, having decided them, no longer has. NewBySeverity counts new fails
	// and NewWarn new warns.
	New           int            `json:"new"`
	Known         int            `json:"known"`
	Gone          int            `json:"gone"`
	NewWarn       int            `json:"new_warn"`
	NewBySeverity map[string]int `json:"new_by_severity"`
}
