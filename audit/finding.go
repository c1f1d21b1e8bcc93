package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Verdict is the result of judging one rule on one subject.
type Verdict uint8

// The verdicts. Unknown is the zero value on purpose.
const (
	Unknown Verdict = iota
	Fail
	Warn
	Pass
	NotApplicable
	Waived
)

var verdictNames = [...]string{"unknown", "fail", "warn", "pass", "not-applicable", "waived"}

// String returns the JSON name.
func (v Verdict) String() string { return nameOf(verdictNames[:], v) }

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return writeName("verdict", verdictNames[:], v) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *Verdict) UnmarshalText(b []byte) error { return parseName("verdict", verdictNames[:], b, v) }

// verdictRank orders verdicts for a reader: what must be acted on first.
var verdictRank = [...]int{Fail: 0, Unknown: 1, Warn: 2, Waived: 3, Pass: 4, NotApplicable: 5}

// Finding is the judgement of one rule on one subject.
type Finding struct {
	Rule     string   `json:"rule"`
	Control  string   `json:"control"`
	Profile  string   `json:"profile"`
	Check    string   `json:"check"`
	Subject  string   `json:"subject"`
	Level    Level    `json:"level"`
	Verdict  Verdict  `json:"verdict"`
	Severity Severity `json:"severity"`
	// Message is one line: what is, against what is wanted. It may quote the
	// peer and is therefore hostile text.
	Message string `json:"message"`
	// Evidence is the exchange or value the verdict rests on.
	Evidence string `json:"evidence,omitempty"`
	// Place is where the subject was declared: inventory or configuration.
	Place  *Place  `json:"place"`
	Remedy *Remedy `json:"remedy"`
	// Fingerprint identifies the finding across runs, see
	// FindingFingerprint.
	Fingerprint string `json:"fingerprint"`
	// Confidence is how sure the profile is of the rule, where it says so.
	Confidence string `json:"confidence,omitempty"`
	// Waiver is the waiver that speaks about the finding, if one does.
	Waiver *WaiverRef `json:"waiver,omitempty"`
	// Status compares a fail or warn with the baseline: "new" or "known".
	// Empty if there is no baseline. In a comparison with an earlier report it is
	// the name of a ChangeKind.
	Status string `json:"status,omitempty"`
}

// FindingFingerprint is the identity of a finding across runs: 32 hex digits
// made of profile, rule and subject. It does not change with the message, with
// the verdict or with the version of a profile.
func FindingFingerprint(profile, rule, subject string) string {
	text := make([]byte, 0, 256) // on the stack: every finding has one
	text = append(text, "tlsaudit/finding/v1"...)
	for _, part := range [...]string{profile, rule, subject} {
		text = append(append(text, 0), part...)
	}
	if !utf8.Valid(text) {
		text = []byte(string([]rune(string(text)))) // what becomes of it in JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Compare orders findings worst first: by verdict, then by severity, then by
// subject, profile, rule and message, so that the order is total.
func (f *Finding) Compare(g *Finding) int {
	if c := cmp.Or(cmp.Compare(verdictRank[f.Verdict], verdictRank[g.Verdict]), cmp.Compare(g.Severity, f.Severity)); c != 0 {
		return c // most often, and text takes longer
	}
	return cmp.Or(
		strings.Compare(f.Subject, g.Subject),
		strings.Compare(f.Profile, g.Profile),
		strings.Compare(f.Rule, g.Rule),
		strings.Compare(f.Message, g.Message),
	)
}

// Remedy says how to make a finding go away.
type Remedy struct {
	// Product is the dialect Text is written for; "generic" if the inventory
	// names none.
	Product string `json:"product"`
	// Text is the configuration line, console path or command.
	Text string `json:"text"`
	// Apply says what to restart or reload.
	Apply string `json:"apply,omitempty"`
	// Verify is a command that shows the result.
	Verify string `json:"verify,omitempty"`
	// Confidence is "documented", "verified" or "inferred"; an inferred remedy
	// says so in Text as well.
	Confidence string `json:"confidence,omitempty"`
	// Diff is the change to the files as a unified diff. Secrets in its lines
	// are blanked out: what it shows is for reading, "tlsaudit fix" applies it.
	Diff string `json:"diff,omitempty"`
	// Rollback says how to take the change back.
	Rollback string `json:"rollback,omitempty"`
	// Proven is set when the change was applied to a copy, which was then read
	// and judged again: the finding was gone, and no other had come.
	Proven bool `json:"proven"`
}
