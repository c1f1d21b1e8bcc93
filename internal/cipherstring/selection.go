package cipherstring

import (
	"errors"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// maxLength bounds what is evaluated, in bytes. The longest useful string, all
// suites by name, is below 10 KiB.
const maxLength = 16 << 10

// Selection is what a string selects.
type Selection struct {
	// Suites are the suites in order of preference, each once.
	Suites []tlsreg.Suite
	// Ignored are words without effect, in the order of the string: the product
	// passes over them in silence, so that a misspelt exclusion excludes nothing.
	Ignored []Word
}

// Codes returns the codes of the suites, in order.
func (s Selection) Codes() []audit.Code {
	codes := make([]audit.Code, 0, len(s.Suites))
	for _, suite := range s.Suites {
		codes = append(codes, suite.Code)
	}
	return codes
}

// Word is a part of a string.
type Word struct {
	// Text is the word with its operator, such as "!RC5".
	Text string
	// Offset is where it stands, in bytes from the start of the string.
	Offset int
	// Reason says why it has no effect.
	Reason string
}

// The faults a caller may want to tell apart.
var (
	// ErrNoMatch: the string is well-formed and selects nothing.
	ErrNoMatch = errors.New("no cipher match")
	// ErrSyntax: the product refuses the string as it is written.
	ErrSyntax = errors.New("invalid string")
	// ErrSystem: the string refers to a policy of the operating system, which
	// is not part of it; what it selects is unknown.
	ErrSystem = errors.New("policy of the system")
	// ErrTooLong: the string is longer than this package evaluates.
	ErrTooLong = errors.New("string too long")
)

// Error is a string the product would refuse, or one that selects nothing.
type Error struct {
	// Offset is where the fault is, in bytes from the start of the string.
	Offset int
	// Text is the offending part; empty if it is the string as a whole.
	Text string
	// Cause is one line saying what is wrong, with the offending value.
	Cause string
	// Hint says what to write instead; may be empty.
	Hint string
	// Err is ErrNoMatch, ErrSyntax, ErrSystem or ErrTooLong.
	Err error
}

// Error returns cause and hint.
func (e *Error) Error() string { return e.At(audit.Place{}).Error() }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// At turns the fault into one of a file: start is the place of the string's
// first character on a single line, or zero if there is no file.
func (e *Error) At(start audit.Place) *audit.InputError {
	if start.Col > 0 {
		start.Col += e.Offset
	}
	return &audit.InputError{Place: start, Cause: e.Cause, Hint: e.Hint, Err: e.Err}
}

func tooLong(s string) *Error {
	if len(s) <= maxLength {
		return nil
	}
	return &Error{Cause: "the string is longer than 16 KiB", Hint: "name the suites wanted instead of every suite not wanted", Err: ErrTooLong}
}

// set collects suites in order, each once.
type set struct {
	list []tlsreg.Suite
	seen map[audit.Code]bool
}

func (s *set) add(suites ...tlsreg.Suite) {
	if s.seen == nil {
		s.seen = map[audit.Code]bool{}
	}
	for _, suite := range suites {
		if !s.seen[suite.Code] {
			s.seen[suite.Code] = true
			s.list = append(s.list, suite)
		}
	}
}

// oneLine makes a quoted word fit for a message.
func oneLine(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}
