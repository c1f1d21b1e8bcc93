package history

import (
	"time"

	"tlsaudit/audit"
)

// RunState says how far a run got.
type RunState string

// The states of a run.
const (
	Running  RunState = "running"
	Complete RunState = "complete"
	// Incomplete was broken off. If it was killed or crashed there is no report, and
	// what it saw is kept as evidence; if it was asked to stop it was finished as far
	// as it had got, and there is one (see Run.Reported).
	Incomplete RunState = "incomplete"
)

// Run is one audit as it is kept.
type Run struct {
	// ID is 26 characters that sort by time (time and randomness in base 32).
	ID string
	// Seq is the place of a finished run in the order in which runs ended, from 1 on;
	// 0 if there is no report of it. Ids are in the order in which runs began.
	Seq     int64
	State   RunState
	Started time.Time
	// Finished is zero while the run goes on, and for one that was killed.
	Finished time.Time
	// Trigger is what began it: "cli", "schedule", "operator", "import", or
	// TriggerRecheck.
	Trigger string
	// Actor is who began it, for the operator's runs.
	Actor string
	// Schedule is the name of the schedule and Slot the time it stood for; for a
	// second look see StandsFor.
	Schedule string
	Slot     time.Time
	Depth    string
	// Inventory says, the same in every run, which list of targets the run was made
	// of; empty if targets were named by hand: then nothing says what else there is.
	Inventory string
	// Part says that the run asked for a part of what there is: some of an inventory,
	// or targets named by hand.
	Part bool
	// LeftOut is what the run did not ask for though its inventory names it. It is
	// needed to finish the run, and not kept.
	LeftOut *LeftOut
	// Policy names the policies with their versions, PolicySHA256 is the digest of
	// their contents.
	Policy, PolicySHA256 string
	// Tool is the version of the program.
	Tool string
	// Summary counts as in the report; Changes what happened to findings.
	Summary audit.Summary
	Changes ChangeCounts
	// Fleet is all there was when the run was finished, and not only what the run
	// looked at; zero for runs of before that was kept.
	Fleet FleetCounts
	// Complete and Why are the report's Complete and Incomplete: whether every
	// target was judged in full.
	Whole bool
	Why   string
	// ExitCode is what the command ended with.
	ExitCode int
	// Digest is the hash chain's value at this run.
	Digest string
}

// Reported tells whether the run was finished, if only as far as it got: then
// there is a report of it.
func (r *Run) Reported() bool { return !r.Finished.IsZero() }

// ChangeCounts counts what happened to findings between a run and the one
// before it.
type ChangeCounts struct {
	New, Fixed, Regressed, Flapping, Undecided, Unreachable, Reachable int
}

// Change is one thing that is otherwise than in the run before.
type Change struct {
	RunID   string
	At      time.Time
	Kind    ChangeKind
	Subject string
	// Finding is set for changes of findings: the state after the change.
	Finding *FindingState
	// Text says what changed where it is no finding.
	Text string
}

// ChangeKind names a kind of change.
type ChangeKind string

// The kinds of change. A finding flaps when it changed between open and not
// open at least three times in the last ten runs of its subject.
const (
	ChangeNew         ChangeKind = "new"
	ChangeFixed       ChangeKind = "fixed"
	ChangeRegressed   ChangeKind = "regressed"
	ChangeFlapping    ChangeKind = "flapping"
	ChangeUndecided   ChangeKind = "undecided"
	ChangeUnreachable ChangeKind = "unreachable"
	ChangeReachable   ChangeKind = "reachable"
	ChangeCertificate ChangeKind = "certificate" // another certificate is presented
	ChangeAdded       ChangeKind = "added"
	ChangeGone        ChangeKind = "gone"
)

// FindingState is a finding over time. Fail, Warn and Waived are open. One that was
// open and cannot be decided any more is Unknown, and stays among the open ones
// with FixedAt zero: LastSeen says when it was last found.
type FindingState struct {
	Fingerprint, Profile, Rule, Check, Subject, System string
	Verdict                                            audit.Verdict
	Severity                                           audit.Severity
	Message                                            string
	// FirstSeen is when it first was open, LastSeen the last run it was open in,
	// Since when it got the verdict it has. OpenSince is when it was opened last: it
	// has not been closed since, or not before FixedAt. In a change it is zero if it
	// was opened again after that; one that opened it has it at its own time.
	FirstSeen, LastSeen, Since, OpenSince time.Time
	// FixedAt is when it was no longer found; zero while it is open.
	FixedAt  time.Time
	Flapping bool
	// Toggles counts the changes between open and not open.
	Toggles int
}

// Age is how long a finding has been open at a time, since it was last opened; since
// it was first seen, if that is not known.
func (f *FindingState) Age(now time.Time) time.Duration {
	if f.OpenSince.IsZero() {
		return now.Sub(f.FirstSeen)
	}
	return now.Sub(f.OpenSince)
}

// SubjectState is a subject at its latest result.
type SubjectState struct {
	Subject, System, Protocol string
	// Reach is that of the latest observation; UnreachableSince when it was first
	// not reached since it last was; zero while it is reached.
	Reach            audit.Reach
	Reason           string
	UnreachableSince time.Time
	FirstSeen        time.Time
	LastSeen         time.Time
	LastRun          string
	// GoneSince is when a run of its inventory was complete and did not have it any
	// more; zero while it is there.
	GoneSince time.Time
	// Forgotten is when somebody took it out of all there is, see Store.Forget; zero
	// if nobody did, or it was audited again since.
	Forgotten time.Time
	// Verdict is the worst finding's; the counts are of the latest result.
	Verdict                          audit.Verdict
	Severity                         audit.Severity
	Fail, Warn, Unknown, Pass, Waive int
	// NotAfter is the earliest end of a leaf certificate presented; zero if none.
	NotAfter time.Time
}

// Certificate is a leaf or intermediate as presented by subjects at their latest
// result.
type Certificate struct {
	SHA256, Subject, Issuer, Serial, Key, Signature string
	NotBefore, NotAfter                             time.Time
	Leaf                                            bool
	// ClientAuth: its extended key usages include clientAuth.
	ClientAuth bool
	// Subjects is how many endpoints present it; Sample names one.
	Subjects int
	Sample   string
}

// RuleCount counts the verdicts of one rule in a run.
type RuleCount struct {
	Profile, Rule, Check                    string
	Severity                                audit.Severity
	Fail, Warn, Unknown, Pass, Waived, None int
}

// SystemCount counts the subjects of one system in a run by their verdict.
type SystemCount struct {
	System                        string
	Subjects, Fail, Warn, Unknown int
	Pass, Waived                  int
}

// Page asks for a part of a list: at most Limit items behind the one that After
// names (the Next of the page before; empty for the first).
type Page struct {
	After string
	Limit int
}

// SubjectQuery picks subjects.
type SubjectQuery struct {
	Page
	Verdict, System, Protocol, Text string
	// Run restricts to one run; empty means the latest result of each that is not
	// gone.
	Run string
	// Gone asks for those that are gone, and for no others.
	Gone bool
	// Order is "worst" (the usual), "subject", "expiry" (the first to end first) or
	// "seen" (the longest not audited first).
	Order string
}

// FindingQuery picks findings.
type FindingQuery struct {
	Page
	Subject, System, Rule, Profile, Severity, Text string
	// State is "open" (the usual), "fixed", "flapping", "gone" (open when their
	// subject went) or "all". The findings of subjects that are gone are in the last
	// two only.
	State string
	// Order is "worst" (the usual), "age" (the longest open first) or "seen" (the
	// latest seen first).
	Order string
}
