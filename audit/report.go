package audit

import (
	"iter"
	"strings"
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
	// Origin says where the run was made; nil if that is not told.
	Origin *Origin `json:"origin,omitempty"`
	// Sources are the inventories and policy files that were read.
	Sources []FileRef `json:"sources,omitempty"`
	// Now is the time of judgement (--now).
	Now     time.Time `json:"now"`
	Summary Summary   `json:"summary"`
	// Complete is true when every target was scanned to the end of its plan
	// and every automated rule in force was decided.
	Complete bool `json:"complete"`
	// Incomplete says in one line why Complete is false.
	Incomplete string `json:"incomplete,omitempty"`
	// Notices are what a reader has to know about the run beside its findings,
	// such as a profile that spoke about no endpoint.
	Notices []string `json:"notices,omitempty"`
	// Stopped is set when the run ended before every target was audited: then
	// targets are missing from the records, and judging them again does not
	// make the report complete.
	Stopped bool `json:"stopped,omitempty"`
	// Unautomated are rules of the chosen profiles this program cannot decide.
	Unautomated []Unautomated `json:"unautomated"`
	// Conflicts are contradictions between the chosen profiles.
	Conflicts []Conflict `json:"conflicts"`
	// Waivers lists every waiver that was given, and what became of it;
	// WaiverFiles the files they were read from.
	Waivers     []WaiverStatus `json:"waivers"`
	WaiverFiles []FileRef      `json:"waiver_files,omitempty"`
	// Baseline is what findings were compared with; nil if with nothing.
	Baseline *BaselineRef `json:"baseline,omitempty"`
	// Impact says per row of the gateway table what raising it would break;
	// nil unless it was asked for.
	Impact []RowImpact `json:"impact,omitempty"`
	// Rules are the rules the findings speak about, in order of profile and id.
	Rules []RuleRef `json:"rules"`
	// Changes compares with an earlier report; nil unless that was asked for.
	Changes *Changes `json:"changes,omitempty"`
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

// FileRef identifies a file by its name and the hash of its content.
type FileRef struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
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
	// Score weighs all findings, see Score.
	Score Score `json:"score"`
	// Rows counts the rows of the gateway table that were judged. They are not
	// endpoints; their findings are counted with all others.
	Rows int `json:"rows,omitempty"`
	// Files and Listeners count the configuration files that were judged, each
	// with what it includes, and the servers and clients they declare.
	Files     int `json:"files,omitempty"`
	Listeners int `json:"listeners,omitempty"`
	// Profiles counts the endpoints by their verdict under each profile, in
	// order of profile ids.
	Profiles []ProfileSummary `json:"profiles"`
}

// Count counts one finding.
func (s *Summary) Count(f *Finding) {
	s.Score.Add(f)
	switch f.Verdict {
	case Fail:
		s.Fail++
		s.FailBySeverity[f.Severity.String()]++
	case Warn:
		s.Warn++
	case Pass:
		s.Pass++
	case Waived:
		s.Waived++
	case NotApplicable:
		s.NotApplicable++
	default:
		s.UnknownFindings++
	}
}

// ProfileSummary counts endpoints by their verdict under one profile, as
// Compliance decides it.
type ProfileSummary struct {
	Profile       string `json:"profile"`
	Fail          int    `json:"fail"`
	Unknown       int    `json:"unknown"`
	Warn          int    `json:"warn"`
	Waived        int    `json:"waived"`
	Pass          int    `json:"pass"`
	NotApplicable int    `json:"not_applicable"`
}

// Count counts one endpoint.
func (p *ProfileSummary) Count(v Verdict) {
	switch v {
	case Fail:
		p.Fail++
	case Warn:
		p.Warn++
	case Waived:
		p.Waived++
	case Pass:
		p.Pass++
	case NotApplicable:
		p.NotApplicable++
	default:
		p.Unknown++
	}
}

// Evidence is all that is known about one subject: an endpoint that was
// observed, a row of the gateway table, or a configuration file or one listener
// of it.
type Evidence struct {
	Subject string `json:"subject"`
	// Observed is nil for a subject that is not an endpoint.
	Observed   *Observation `json:"observed"`
	Connection *Connection  `json:"connection,omitempty"`
	// Declared is what configuration files say: about the listener the endpoint
	// belongs to, or, where nothing was observed, about what the subject is.
	Declared []Declared `json:"declared,omitempty"`
}

// ConfigSubject is how the subject of a configuration file, or of a listener it
// declares, begins.
const ConfigSubject = "config:"

// Endpoint reports whether the subject is an endpoint, which was observed or
// should have been.
func (e *Evidence) Endpoint() bool {
	return e.Connection == nil && !strings.HasPrefix(e.Subject, ConfigSubject)
}

// Stored is an observation read back from a report.
type Stored struct {
	Observed *Observation
	// Declared is what files declared about it then.
	Declared []Declared
	// Text, when set, is the Evidence that Observed was read from: JSON that
	// makes the same of it when it is read again, so that it need not be written
	// anew. Who changes Observed drops it.
	Text []byte
}

// Record is one subject with its findings, worst finding first.
type Record struct {
	Evidence Evidence  `json:"evidence"`
	Findings []Finding `json:"findings"`
	// WhatIf is what the endpoint would satisfy; nil unless it was asked for.
	WhatIf *WhatIf `json:"what_if,omitempty"`
}

// Records replays the records of a run. Both orders are total and the same on
// every call and whatever order the scans finished in.
type Records interface {
	// BySubject yields records in ascending order of subject.
	BySubject() iter.Seq2[*Record, error]
	// WorstFirst yields records with the gravest finding first, equal ones by
	// how many such findings they have, then by subject.
	WorstFirst() iter.Seq2[*Record, error]
	// Findings yields records as BySubject does, but without what was observed and
	// declared: both are nil in the evidence, which saves most of the reading.
	Findings() iter.Seq2[*Record, error]
}
