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
	Fleet(ctx context.Context) (*history.Fleet, error)
	CertificatesEnding(ctx context.Context, from, before time.Time, p history.Page) (certificates []history.Certificate, next string, err error)
	CountEnding(ctx context.Context, bounds []time.Time) (counts []int, err error)
	AuditLog(ctx context.Context, p history.Page) (entries []history.AuditEntry, next string, err error)
}

// Format is one kind of document a run can be downloaded as.
type Format struct {
	// Name is part of the address, such as "xlsx"; Ext ends the name of the file,
	// with its dot; Title is one line for people.
	Name, Ext, Title string
	// Type is the media type.
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

// Basis is what a look ahead rests on.
type Basis struct {
	// Made is when it was made, Oldest and Newest are when the evidence was
	// gathered.
	Made, Oldest, Newest time.Time
	// Renewing is set while a newer one is in the making.
	Renewing bool
}

// Forecast is what judging the latest evidence of everything at later dates says.
type Forecast struct {
	Basis
	// Until is how far it looks.
	Until time.Time
	// Subjects counts those that were judged, Unknown those of which too little is
	// known to say what becomes of them.
	Subjects, Unknown int
	// Events are in order of time.
	Events []ForecastEvent
}

// Gateway is what raising the rows of the gateway's table would break, by the
// latest evidence of everything.
type Gateway struct {
	Basis
	// Tables says whether the policy has a table at all.
	Tables bool
	Impact []audit.RowImpact
}

// Outlook looks ahead. It answers soon, with what was made last; with nil if
// nothing was yet.
type Outlook interface {
	Forecast(ctx context.Context) (*Forecast, error)
	Gateway(ctx context.Context) (*Gateway, error)
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
