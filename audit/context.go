package audit

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// RuleRef is what a reader of a report has to know about one rule: a report is
// rendered on machines that have neither the policy nor the program that made
// it.
type RuleRef struct {
	Profile  string   `json:"profile"`
	Rule     string   `json:"rule"`
	Control  string   `json:"control"`
	Check    string   `json:"check"`
	Title    string   `json:"title"`
	Level    Level    `json:"level"`
	Severity Severity `json:"severity"`
	// Why says why it matters, Detect how it is decided; a few sentences each.
	Why    string `json:"why,omitempty"`
	Detect string `json:"detect,omitempty"`
	// References are sections of standards and vendor documents.
	References []string `json:"references,omitempty"`
	// From and Until bound the time in which the rule is in force.
	From       time.Time `json:"effective_from,omitzero"`
	Until      time.Time `json:"effective_until,omitzero"`
	Confidence string    `json:"confidence,omitempty"`
	// Place is the line of the policy that states the rule, where there is one.
	Place *Place `json:"place,omitempty"`
}

// Compare orders rules by profile and id.
func (r *RuleRef) Compare(other *RuleRef) int {
	return cmp.Or(strings.Compare(r.Profile, other.Profile), strings.Compare(r.Rule, other.Rule))
}

// Origin says from where and by whom a run was made. All of it is optional.
type Origin struct {
	// Host is the machine that scanned, as it names itself.
	Host string `json:"host,omitempty"`
	// Operator is who answers for the run (--operator).
	Operator string `json:"operator,omitempty"`
}

// Score is a fraction: the weight of the rules that are kept over the weight of
// all that were asked. Severity is the weight (critical 20, high 14, medium 8,
// low 4, info 2); a pass counts whole, a warning half, and what failed, is
// waived or could not be decided counts nothing, so that an endpoint that does
// not answer never raises it. Rules that do not apply are left out.
type Score struct {
	Points int `json:"points"`
	Of     int `json:"of"`
}

// weights are even, so that half of one is whole.
var weights = [...]int{Info: 2, Low: 4, Medium: 8, High: 14, Critical: 20}

// Add counts a finding.
func (s *Score) Add(f *Finding) {
	if f.Verdict == NotApplicable {
		return
	}
	weight := 0
	if int(f.Severity) < len(weights) {
		weight = weights[f.Severity]
	}
	s.Of += weight
	switch f.Verdict {
	case Pass:
		s.Points += weight
	case Warn:
		s.Points += weight / 2
	}
}

// Tenths is the score in tenths of a percent, from 0 to 1000, rounded down:
// only what is perfect is 1000. It is -1 where nothing was asked.
func (s Score) Tenths() int {
	if s.Of <= 0 {
		return -1
	}
	return int(int64(s.Points) * 1000 / int64(s.Of))
}

// String is the score in percent, such as "87.4", and "none" where nothing was
// asked.
func (s Score) String() string {
	t := s.Tenths()
	if t < 0 {
		return "none"
	}
	return strconv.Itoa(t/10) + "." + strconv.Itoa(t%10)
}

// ChangeKind says what became of a finding, or of an endpoint, since an earlier
// report.
type ChangeKind string

// The kinds of changes. The first four are about findings, the others about
// endpoints.
const (
	// ChangeNew: it fails or warns, and the earlier report knows neither the
	// finding nor that it was in order.
	ChangeNew ChangeKind = "new"
	// ChangeRegressed: it fails or warns, and was in order, or was less grave, or
	// was waived.
	ChangeRegressed ChangeKind = "regressed"
	// ChangeFixed: it failed or warned, and is in order.
	ChangeFixed ChangeKind = "fixed"
	// ChangeUnchanged: it fails or warns as it did, or is not decided as it was
	// not.
	ChangeUnchanged ChangeKind = "unchanged"
	// ChangeUndecided: it is not decided, and was, or the earlier report does not
	// know it. An open finding is not fixed by not being looked at.
	ChangeUndecided ChangeKind = "undecided"
	// ChangeUnreachable: the endpoint answered, and does not any more.
	ChangeUnreachable ChangeKind = "unreachable"
	// ChangeReachable: the endpoint did not answer, and does.
	ChangeReachable ChangeKind = "reachable"
	// ChangeAdded, ChangeGone: the endpoint is in one of the two reports only. A
	// finding is gone when it failed or warned and its rule is not asked any more,
	// or does not apply: it is not fixed.
	ChangeAdded ChangeKind = "added"
	ChangeGone  ChangeKind = "gone"
	// ChangeCertificate: another leaf certificate is presented.
	ChangeCertificate ChangeKind = "certificate"
	// ChangePosture: a version, a suite or a group is accepted that was not, or
	// the other way round.
	ChangePosture ChangeKind = "posture"
)

// ChangeKinds lists the kinds in the order a reader wants them.
var ChangeKinds = []ChangeKind{
	ChangeRegressed, ChangeNew, ChangeUndecided, ChangeUnreachable, ChangeGone, ChangePosture, ChangeCertificate, ChangeReachable, ChangeAdded, ChangeFixed, ChangeUnchanged,
}

// Change is one thing that is not as it was, or that still is.
type Change struct {
	Kind    ChangeKind `json:"kind"`
	Subject string     `json:"subject"`
	// Profile, Rule, Before, After, Severity and Fingerprint are those of a
	// finding; empty for an endpoint.
	Profile     string   `json:"profile,omitempty"`
	Rule        string   `json:"rule,omitempty"`
	Before      string   `json:"before,omitempty"`
	After       string   `json:"after,omitempty"`
	Severity    Severity `json:"severity,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
	// Message is one line: what is, or what changed. It may quote the peer.
	Message string `json:"message"`
}

// Changes compares a report with an earlier one.
type Changes struct {
	// Before is the earlier report.
	Before    FileRef   `json:"before"`
	Generated time.Time `json:"generated"`
	// Counts counts the changes by kind, also those that List leaves out.
	Counts map[ChangeKind]int `json:"counts"`
	// List holds the changes in the order of ChangeKinds, then by subject.
	List []Change `json:"list"`
	// Omitted counts changes that were left out of List for their number.
	Omitted int `json:"omitted,omitempty"`
	// Only is set when the records of the report are those that changed, with the
	// findings that did, and no others: it is not the whole report then.
	Only bool `json:"only,omitempty"`
}
