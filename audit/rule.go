package audit

import (
	"slices"
	"time"
)

// Level is the force of a rule (RFC 2119 words).
type Level string

// The levels. A violated must or must_not fails, a violated should or
// should_not warns, a may informs only, and a process rule is for people.
const (
	Must      Level = "must"
	MustNot   Level = "must_not"
	Should    Level = "should"
	ShouldNot Level = "should_not"
	May       Level = "may"
	Process   Level = "process"
)

// Levels lists every level, strongest first.
var Levels = []Level{Must, MustNot, Should, ShouldNot, May, Process}

// Forbids reports whether the level is that of a prohibition.
func (l Level) Forbids() bool { return l == MustNot || l == ShouldNot }

// Severity orders findings by urgency.
type Severity uint8

// The severities, least first.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"info", "low", "medium", "high", "critical"}

// String returns the JSON name.
func (s Severity) String() string { return nameOf(severityNames[:], s) }

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return writeName("severity", severityNames[:], s) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(b []byte) error {
	return parseName("severity", severityNames[:], b, s)
}

// Rule is one demand of a policy: a check with parameters, where it comes from
// and when it applies.
type Rule struct {
	// Profile is the id of the standard or policy the rule belongs to.
	Profile string `json:"profile"`
	// ID is unique within Profile.
	ID string `json:"rule"`
	// Control is the clause of the standard, or the row of the gateway table.
	Control  string   `json:"control,omitempty"`
	Title    string   `json:"title,omitempty"`
	Check    string   `json:"check"`
	Level    Level    `json:"level"`
	Severity Severity `json:"severity"`
	// Lowered is the level the rule had before a policy lowered it to may: what
	// was a prohibition is still told as one. Empty if it was not lowered.
	Lowered Level `json:"-"`
	// Lead, when set, opens the message of every finding: what a reader has to
	// know before the verdict means anything.
	Lead string `json:"-"`
	// Undecided, when set, says why the rule cannot be decided for the targets it
	// is for: its findings are unknown, and the check is not asked.
	Undecided string `json:"-"`
	// Params is the check's own parameter value, decoded and validated when
	// the policy was loaded: what Check.Params returned.
	Params any `json:"-"`
	// Applies limits the rule to protocols by name; empty means all.
	Applies []string `json:"applies,omitempty"`
	// Match limits the rule to some targets; nil means all. The gateway
	// table's first-match rows are expressed by it.
	Match func(*Target, *Observation) bool `json:"-"`
	// From and Until bound the time in which the rule is in force: from the
	// start of From up to, but not including, Until. Zero means unbounded.
	From  time.Time `json:"effective_from,omitzero"`
	Until time.Time `json:"effective_until,omitzero"`
	Note  string    `json:"note,omitempty"`
	Place *Place    `json:"place,omitempty"`
	// Confidence is how sure the profile is of the rule, where it says so:
	// "high", "medium" or "low". Empty: as sure as the whole profile.
	Confidence string `json:"confidence,omitempty"`
	// Scope says in words which targets Match selects, such as "system mail".
	Scope string `json:"scope,omitempty"`
}

// InForce reports whether the rule holds at the given time.
func (r *Rule) InForce(now time.Time) bool {
	return !now.Before(r.From) && (r.Until.IsZero() || now.Before(r.Until))
}

// Forbids reports whether the rule is, or was before it was lowered to may, a
// prohibition.
func (r *Rule) Forbids() bool { return r.Level.Forbids() || r.Lowered.Forbids() }

// AppliesTo reports whether the rule speaks about the target.
func (r *Rule) AppliesTo(t *Target, o *Observation) bool {
	return (len(r.Applies) == 0 || slices.ContainsFunc(r.Applies, t.IsOf)) && (r.Match == nil || r.Match(t, o))
}

// Unautomated is a rule no part of this program decides. It is shown so that a
// clean report is not read as more than it is.
type Unautomated struct {
	Profile string `json:"profile"`
	Rule    string `json:"rule"`
	Control string `json:"control,omitempty"`
	Check   string `json:"check"`
	Level   Level  `json:"level"`
	// Reason says why and what a person has to do instead.
	Reason string `json:"reason"`
	// Disabled is set when a policy switched the rule off; Reason then is the
	// policy's.
	Disabled   bool   `json:"disabled,omitempty"`
	Confidence string `json:"confidence,omitempty"`
}
