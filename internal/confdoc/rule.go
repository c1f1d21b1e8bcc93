package confdoc

import (
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// Subject says what a rule is asked about.
type Subject uint8

// The subjects of rules.
const (
	// OfDocument: once for the file and what it includes.
	OfDocument Subject = iota
	// OfListener: once for every listener and client.
	OfListener
	// OfServer and OfClient: for those of one role.
	OfServer
	OfClient
)

// Rule is one demand of the domain on configuration files, such as IHS-01.
type Rule struct {
	// ID is the domain's name of the rule. Check is what reports group by:
	// "config.protocol", "config.ciphers", "config.certificate",
	// "config.transport", "config.load", "config.complete", "config.secret",
	// "config.options".
	ID, Check string
	// Title is one line, in the affirmative.
	Title string
	// Doc says why it matters, Detect how it is decided and what makes it unknown.
	Doc, Detect string
	Of          Subject
	Level       audit.Level
	Severity    audit.Severity
	Refs        []string
	// Text is what to do, in the product's own lines, paths and commands, if a
	// result does not say it more exactly. Apply, when set, replaces that of the
	// format. Confidence is "documented", "verified" or "inferred".
	Text, Apply, Confidence string
	// Anyhow is set for a rule that can object to a file its product would not
	// load, since it is about just that.
	Anyhow bool
	// Judge objects, or says what it cannot decide; no result means that there is
	// nothing to object to, Moot that the rule has nothing to bite on. It must be
	// pure and must not change the document.
	Judge func(c *Case) []Result
}

// Case is what a rule is asked about.
type Case struct {
	Doc *Document
	// Listener is nil for a rule of the document.
	Listener *Listener
	// Min is the lowest protocol version the chosen policy allows.
	Min audit.Version
	Now time.Time
}

// Result is one thing a rule has to say.
type Result struct {
	Kind audit.OutcomeKind
	// Message is one line: what is, against what is wanted. Place is where.
	Message string
	Place   audit.Place
	// Evidence is the setting as it stands, secrets blanked out.
	Evidence string
	// Text is what to do, if it can be said more exactly than the rule does.
	Text string
	// Edits mend it; Want says which posture would, for Format.Establish to
	// write. Without either there is no patch.
	Edits []conftree.Edit
	Want  *audit.Want
}

// Violated returns an objection. Advice, Undecided and Moot make the other
// results.
func Violated(place audit.Place, message string) Result {
	return Result{Kind: audit.Violated, Message: message, Place: place}
}

// Advice is something that holds, but barely: a warning.
func Advice(place audit.Place, message string) Result {
	return Result{Kind: audit.Advice, Message: message, Place: place}
}

// Undecided is what cannot be told from the files.
func Undecided(place audit.Place, message string) Result {
	return Result{Kind: audit.Undecided, Message: message, Place: place}
}

// Moot says that the rule has nothing to bite on.
func Moot(message string) []Result { return []Result{{Kind: audit.Moot, Message: message}} }

// With returns the result with the edits that mend it.
func (r Result) With(edits ...conftree.Edit) Result {
	r.Edits = edits
	return r
}

// Wants returns the result with the posture that would mend it.
func (r Result) Wants(w audit.Want) Result {
	r.Want = &w
	return r
}

// Quoting returns the result with the setting it rests on.
func (r Result) Quoting(s audit.Setting) Result {
	r.Evidence = s.Key + " " + s.Value
	return r
}
