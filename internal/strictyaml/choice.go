package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
// near: at most one edit in three letters apart, ignoring case.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if len(word) > 100 {
		return ""
	}
	best, least := "", len(word)/3+1
	for _, candidate := range known {
		if d := distance(word, strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
