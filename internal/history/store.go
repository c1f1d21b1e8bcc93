package history

import (
	"context"
	"errors"
	"iter"
	"time"

	"tlsaudit/audit"
)

// Reader is what can be asked of a history. Callers declare the part they need.
type Reader interface {
	// Runs yields the newest first.
	Runs(ctx context.Context, p Page) (runs []Run, next string, err error)
	// Run finds a run by its id, a beginning of it that is unique, "latest" (the
	// newest finished one that is no second look) or "latest~N".
	Run(ctx context.Context, id string) (*Run, error)
	// Report is the report as it was written; its records come from the database
	// while they are read.
	Report(ctx context.Context, run string) (*audit.Report, error)
	// Record is what was seen and found of one subject.
	Record(ctx context.Context, run, subject string) (*audit.Record, error)
	// Evidence is what a run has seen, to be judged again. Of a run that was
	// broken off it is what had been seen to its end.
	Evidence(ctx context.Context, run string) iter.Seq2[audit.Stored, error]

	Subjects(ctx context.Context, q SubjectQuery) (subjects []SubjectState, next string, err error)
	Subject(ctx context.Context, subject string) (*SubjectState, error)
	// Timeline is what became of a subject, the newest run first.
	Timeline(ctx context.Context, subject string, p Page) (points []Point, next string, err error)
	Findings(ctx context.Context, q FindingQuery) (findings []FindingState, next string, err error)
	Changes(ctx context.Context, run string, p Page) (changes []Change, next string, err error)
	Rules(ctx context.Context, run string) ([]RuleCount, error)
	Systems(ctx context.Context, run string) ([]SystemCount, error)
	// Fleet counts all there is at its latest result, whichever run that is of.
	Fleet(ctx context.Context) (*Fleet, error)
	// FleetEvidence is what was seen last of all there is, to be judged again.
	FleetEvidence(ctx context.Context) iter.Seq2[audit.Stored, error]
	// Certificates are those presented at the latest results of what is not gone that
	// end before a time (all if it is zero), the first to end first.
	Certificates(ctx context.Context, before time.Time, p Page) (certificates []Certificate, next string, err error)
	// CertificatesEnding are those of them that end at from or later.
	CertificatesEnding(ctx context.Context, from, before time.Time, p Page) (certificates []Certificate, next string, err error)
	// CountEnding counts, for each of some times, those of them that end before it.
	CountEnding(ctx context.Context, bounds []time.Time) (counts []int, err error)
	// AuditLog is who did what, the newest first.
	AuditLog(ctx context.Context, p Page) (entries []AuditEntry, next string, err error)
}

// Point is the result of one subject in one run.
type Point struct {
	RunID                             string
	At                                time.Time
	Reach                             audit.Reach
	Verdict                           audit.Verdict
	Severity                          audit.Severity
	Fail, Warn, Unknown, Pass, Waived int
	// ObservationSHA256 is the digest of what was seen: equal digests, equal facts.
	ObservationSHA256 string
}

// AuditEntry is one thing somebody did.
type AuditEntry struct {
	At                                  time.Time
	Actor, Role, Action, Detail, Remote string
}

// The errors callers decide by.
var (
	ErrNotFound = errors.New("not in the history")
	// ErrFailed: the database does not work, whatever was asked of it.
	ErrFailed = errors.New("the database failed")
	// ErrHeld: the lease belongs to somebody else, see HeldError.
	ErrHeld = errors.New("held by another process")
)
