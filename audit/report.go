package audit

import (
	"iter"
	"time"
)

// SchemaV1 identifies the JSON report.
const SchemaV1 = "tlsaudit/report/v1"

// Report is the result of a run. Everything that grows with the number of
// endpoints is behind Records, so that a report of any size can be written
// without holding it.
type Report struct {
	Schema    string      `json:"schema"`
	Tool      Tool        `json:"tool"`
	Generated time.Time   `json:"generated"`
	Policies  []PolicyRef `json:"policies"`
	// Now is the time of judgement (--now).
	Now     time.Time `json:"now"`
	Summary Summary   `json:"summary"`
	// Complete is true when every target was scanned to the end of its plan
	// and every automated rule in force was decided.
	Complete bool `json:"complete"`
	// Incomplete says in one line why Complete is false.
	Incomplete string `json:"incomplete,omitempty"`
	// Unautomated are rules of the chosen profiles this program cannot decide.
	Unautomated []Unautomated `json:"unautomated"`
	// Records replays the evidence and findings.
	Records Records `json:"-"`
}

// Tool identifies the program that made a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// PolicyRef identifies a policy or profile by id, version and content hash.
type PolicyRef struct {
	ID         string `json:"id"`
	Title      string `json:"title,omitempty"`
	Version    string `json:"version,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	Confidence string `json:"confidence,omitempty"`
}

// Summary counts. Subjects, Judged and Unknown count endpoints
// (Subjects = Judged + Unknown): an endpoint is unknown as soon as one rule
// about it could not be decided. Fail, Warn, Pass and Waived count findings.
type Summary struct {
	Subjects int `json:"subjects"`
	Judged   int `json:"judged"`
	Unknown  int `json:"unknown"`
	Fail     int `json:"fail"`
	Warn     int `json:"warn"`
	Pass     int `json:"pass"`
	Waived   int `json:"waived"`
	// UnknownFindings and NotApplicable count findings.
	UnknownFindings int `json:"unknown_findings"`
	NotApplicable   int `json:"not_applicable"`
	// FailBySeverity counts fail findings by severity name.
	FailBySeverity map[string]int `json:"fail_by_severity"`
	Connections    int            `json:"connections"`
}

// Evidence is all that is known about one subject.
type Evidence struct {
	Subject  string       `json:"subject"`
	Observed *Observation `json:"observed"`
}

// Record is one subject with its findings, worst finding first.
type Record struct {
	Evidence Evidence  `json:"evidence"`
	Findings []Finding `json:"findings"`
}

// Records replays the records of a run. Both orders are total and the same on
// every call and whatever order the scans finished in.
type Records interface {
	// BySubject yields records in ascending order of subject.
	BySubject() iter.Seq2[*Record, error]
	// WorstFirst yields records with the gravest finding first, equal ones by
	// how many such findings they have, then by subject.
	WorstFirst() iter.Seq2[*Record, error]
}
