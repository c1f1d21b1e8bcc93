package notify

import (
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Kind says what a message is about.
type Kind string

// The kinds of message.
const (
	// KindDigest says what changed in a run.
	KindDigest Kind = "digest"
	// KindAllClear says that all there is was judged and nothing of it fails;
	// KindUnchanged that nothing changed although something fails or is unknown.
	KindAllClear  Kind = "all-clear"
	KindUnchanged Kind = "unchanged"
	// KindMissed says that an audit did not run, KindBrokenOff that one did not
	// come to its end.
	KindMissed    Kind = "missed"
	KindBrokenOff Kind = "broken-off"
	// KindTest shows that a channel works.
	KindTest Kind = "test"
)

// Digest is what is told about one run, or about one that is missing. What it
// holds is as it was found: texts are made harmless when they are written.
type Digest struct {
	Kind Kind
	// Key is the same for every channel and every try: what is sent once.
	Key string
	// At is when the digest was made.
	At time.Time
	// Run is what the digest is about; nil if an audit did not run. Previous is
	// the complete run before it; nil for the first.
	Run, Previous *history.Run
	// Earlier are runs nobody told of when it was their time, the oldest first: what
	// they and the run changed together is told. Previous is before them all.
	Earlier []*history.Run
	// Fleet counts all there was behind the run and the second look at it, whichever
	// run looked at it last. Oldest is when the oldest of it was looked at, as far as
	// that is known.
	Fleet  history.FleetCounts
	Oldest time.Time
	// Gaps are the latest runs of other schedules that did not judge all of theirs.
	Gaps []*history.Run
	// Second is the second look at the bad news of the run; nil if there was none.
	Second *Second
	// Recovered is set when the run right before this one was not clear, was
	// broken off, or did not happen.
	Recovered bool
	Missed    *Missed
	// Groups are the kinds of change that happened, in the order of groupOrder.
	Groups []Group
	// Certificates end within the widest horizon, the first to end first.
	Certificates List[CertificateEnd]
	Forecast     List[Forecast]
	Waivers      List[WaiverEnd]
	// Notices say what could not be found out, so that nothing is taken for
	// absent that was not looked for.
	Notices []string
	// Dashboard is the operator's own address; empty if there is none.
	Dashboard string
}

// List is the beginning of a list, and how long it is.
type List[T any] struct {
	Items []T
	counts
}

type counts struct {
	// Total counts all; AtLeast is set when counting was given up.
	Total   int
	AtLeast bool
	// Entered counts those that came within a horizon since the run before.
	Entered int
}

// Group is the changes of one kind, the gravest first.
type Group struct {
	Kind history.ChangeKind
	List[history.Change]
}

// CertificateEnd is a certificate that ends soon, or has ended.
type CertificateEnd struct {
	history.Certificate
	// Days are left until it ends, rounded down; negative once it has ended.
	Days int
	// Horizon is the narrowest horizon in days it is within.
	Horizon int
}

// Forecast says that on a date something gets worse.
type Forecast struct {
	Date time.Time
	// Count of what, such as "certificates" or "endpoints", get this verdict: Fail,
	// Warn or Unknown.
	Count   int
	What    string
	Becomes audit.Verdict
	// Why is one line; Sample names some of them.
	Why    string
	Sample []string
}

// WaiverEnd is a waiver that is about to end.
type WaiverEnd struct {
	ID, Owner, Ticket string
	Expires           time.Time
	// Findings is how many come back then.
	Findings int
}

// Second is what a second look at the bad news of a run came to.
type Second struct {
	// Run is the run it was.
	Run *history.Run
	// News counts the subjects with bad news, Looked those that were audited once
	// more, Refuted the changes that were not found again and are left out.
	News, Looked, Refuted int
}

// groupOrder is the order in which changes are told, and what they are called.
var groupOrder = []struct {
	kind  history.ChangeKind
	title string
	word  string // in the subject
}{
	{history.ChangeRegressed, "Regressed", "regressed"},
	{history.ChangeNew, "New", "new"},
	{history.ChangeUnreachable, "Unreachable", "unreachable"},
	{history.ChangeUndecided, "Undecided: was known, is not any more", "undecided"},
	{history.ChangeFlapping, "Flapping", "flapping"},
	{history.ChangeFixed, "Fixed", "fixed"},
	{history.ChangeReachable, "Reachable again", "reachable again"},
	{history.ChangeCertificate, "Another certificate", "with another certificate"},
	{history.ChangeAdded, "Added to the audit", "added"},
	{history.ChangeGone, "Gone from the audit", "gone"},
}
