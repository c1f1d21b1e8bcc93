package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/internal/near"
)

// ChoiceError says that a value is none of those allowed.
type ChoiceError struct {
	Value   string
	Allowed []string
}

// Error names the value and what is allowed.
func (e *ChoiceError) Error() string {
	return fmt.Sprintf("%q is not one of %s", clip(e.Value), strings.Join(e.Allowed, ", "))
}

// Hint returns "did you mean ...?", or to use what is listed if no allowed
// value is near.
func (e *ChoiceError) Hint() string {
	return cmp.Or(hintFor(e.Value, e.Allowed), "write one of those listed")
}

// Choose returns nil if value is allowed, and a *ChoiceError otherwise.
func Choose(value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return &ChoiceError{Value: value, Allowed: allowed}
}

// ValueError says what is wrong with a value, and what to write instead. An
// encoding.TextUnmarshaler returns it to give its fault a hint.
type ValueError struct{ Cause, Hint string }

// Error returns the cause.
func (e *ValueError) Error() string { return e.Cause }

func hintFor(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// Nearest returns the known word a person most likely meant, or "" if none is
// near; see near.Word.
func Nearest(word string, known []string) string { return near.Word(word, known) }
