package audit

import "strings"

// InputError is a fault in something a person wrote: an inventory, a policy, a
// target on the command line. Its text is complete in itself: where, what, and
// what to do about it.
type InputError struct {
	Place Place
	// Cause is one line naming the offending value and what is allowed.
	Cause string
	// Hint says what to type or change next; may be empty.
	Hint string
	// Err is an underlying error a caller may want to test for; may be nil.
	Err error
}

// Error returns "file:line:col: cause", with the hint on a line of its own.
func (e *InputError) Error() string {
	var b strings.Builder
	if place := e.Place.String(); place != "" {
		b.WriteString(place + ": ")
	}
	b.WriteString(e.Cause)
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the underlying error.
func (e *InputError) Unwrap() error { return e.Err }
