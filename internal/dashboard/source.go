package dashboard

import (
	"context"
	"errors"
	"io"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// History is what the pages ask; see history.Reader for what each answers.
type History interface {
	Runs(ctx context.Context, p history.Page) (runs []history.Run, next string, err error)
	Run(ctx context.Context, id string) (*history.Run, error)
	Report(ctx context.Context, run string) (*audit.Report, error)
	Record(ctx context.Context, run, subject string) (*audit.Record, error)
	Subjects(ctx context.Context, q history.SubjectQuery) (subjects []history.SubjectState, next string, err error)
	Subject(ctx context.Context, subject string) (*history.SubjectState, error)
	Timeline(ctx context.Context, subject string, p history.Page) (points []history.Point, next string, err error)
	Findings(ctx context.Context, q history.FindingQuery) (findings []history.FindingState, next string, err error)
	Changes(ctx context.Context, run string, p history.Page) (changes []history.Change, next string, err error)
	Rules(ctx context.Context, run string) ([]history.RuleCount, error)
	Systems(ctx context.Context, run string) ([]history.SystemCount, error)
	Certificates(ctx context.Context, before time.Time, p history.Page) (certificates []history.Certificate, next string, err error)
	AuditLog(ctx context.Context, p history.Page) (entries []history.AuditEntry, next string, err error)
}

// Format is one kind of document a run can be downloaded as.
type Format struct {
	// Name is part of the address, such as "xlsx"; Ext ends the name of the file,
	// with its dot; Title is one line for people.
	Name, Ext, Title string
	// Type is the media type; empty means bytes of no known type.
	Type string
	// Write writes the document while it reads the report.
	Write func(w io.Writer, r *audit.Report) error
}

// ForecastEvent is something that will be otherwise on a day, if nothing is done.
type ForecastEvent struct {
	At time.Time
	// Kind is one word: "certificate", "rule", "waiver", "client-auth".
	Kind     string
	Severity audit.Severity
	// Title says in one line what happens.
	Title string
	// Count says how many subjects it is about, Subjects names some of them.
	Count    int
	Subjects []string
}

// Forecast is what judging today's evidence at later dates says.
type Forecast struct {
	// Run is the run whose evidence was judged, Made when that was done, Until how
	// far it looks.
	Run         string
	Made, Until time.Time
	// Subjects counts those that were judged, Unknown those of which too little is
	// known to say what becomes of them.
	Subjects, Unknown int
	// Events are in order of time.
	Events []ForecastEvent
}

// Forecaster looks ahead. It answers at once: from a forecast made after the run.
type Forecaster interface {
	Forecast(ctx context.Context) (*Forecast, error)
}

// AuditRequest is what an operator asks for.
type AuditRequest struct {
	// By is the name of the session.
	By string
	// Depth and System narrow the audit; empty means the usual.
	Depth, System string
}

// ErrBusy says that an audit is running already: there are never two at once.
var ErrBusy = errors.New("an audit is running already")

// Progress is how far an audit got.
type Progress struct {
	Run   string
	State history.RunState
	// Total counts targets, Done those that were scanned, Unreachable those of
	// them that did not answer.
	Total, Done, Unreachable int
	Started                  time.Time
	// Note is one line on what is being done, or why it ended.
	Note string
}

// Auditor starts audits and tells how they go.
type Auditor interface {
	// Start begins an audit, which goes on when ctx ends, and returns its run. The
	// error is ErrBusy, wrapped, while another one runs.
	Start(ctx context.Context, r AuditRequest) (run string, err error)
	// Progress is how far a run got; history.ErrNotFound if it is not one that was
	// started here.
	Progress(ctx context.Context, run string) (*Progress, error)
}

// Schedule is when audits begin by themselves.
type Schedule struct {
	// Name is what runs carry, Spec the times as configured, with their zone.
	Name, Spec string
	// Next is the next time; zero if there is none.
	Next time.Time
}
