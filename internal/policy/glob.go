package policy

import (
	"slices"
	"strings"

	globs "tlsaudit/internal/glob"
	"tlsaudit/internal/strictyaml"
)

// glob is a pattern for a whole value. An asterisk stands for any characters,
// also none; nothing else is special. Upper and lower case are the same.
type glob string

// maxGlob bounds a pattern in bytes.
const maxGlob = 1024

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *glob) UnmarshalText(b []byte) error {
	*g = glob(b)
	switch text := string(b); {
	case strings.TrimSpace(text) == "":
		return &strictyaml.ValueError{Cause: "the pattern is blank", Hint: "write the name, with * for any characters"}
	case len(text) > maxGlob:
		return &strictyaml.ValueError{Cause: "the pattern is longer than 1024 bytes", Hint: "write the name, with * for any characters"}
	case strings.Contains(text, "**"):
		return &strictyaml.ValueError{Cause: "the pattern has two asterisks in a row", Hint: "write one *: it stands for any characters, dots and slashes too"}
	}
	return nil
}

// targetGlob is a glob for subjects such as "smtp://mx.example.com:25".
type targetGlob glob

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *targetGlob) UnmarshalText(b []byte) error {
	if err := (*glob)(g).UnmarshalText(b); err != nil {
		return err
	}
	const hint = "write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"
	text := strings.ToLower(string(b))
	*g = targetGlob(text)
	switch {
	case strings.ContainsAny(text, "^$()|\\ \t\n") || strings.Contains(text, ".*"):
		return &strictyaml.ValueError{Cause: `"` + text + `" is no pattern for targets`, Hint: hint}
	}
	return knownProtocol(text, hint)
}

// knownProtocol refuses a pattern for targets of a protocol there is not.
func knownProtocol(text, hint string) error {
	protocol, _, ok := strings.Cut(text, "://")
	switch {
	case !ok && strings.HasPrefix(text, "*"):
		return nil
	case !ok:
		return &strictyaml.ValueError{Cause: `"` + text + `" has no protocol://`, Hint: hint}
	case !strings.Contains(protocol, "*"):
		return strictyaml.Choose(protocol, Protocols)
	case !slices.ContainsFunc(Protocols, glob(protocol).matches):
		return &strictyaml.ValueError{Cause: `"` + protocol + `" is the pattern of no protocol: ` + strings.Join(Protocols, ", "), Hint: hint}
	}
	return nil
}

// matches compares the whole value.
func (g glob) matches(value string) bool {
	return globs.Match(strings.ToLower(string(g)), strings.ToLower(value))
}

// overlaps reports whether some value matches both patterns.
func (g glob) overlaps(other glob) bool {
	a, b := strings.ToLower(string(g)), strings.ToLower(string(other))
	// What stands before the first asterisk and behind the last must agree; that
	// settles most pairs.
	headA, _, _ := strings.Cut(a, "*")
	headB, _, _ := strings.Cut(b, "*")
	if n := min(len(headA), len(headB)); headA[:n] != headB[:n] {
		return false
	}
	// row[j] says whether the rest of a and b[j:] have a value in common.
	row := make([]bool, len(b)+1)
	row[len(b)] = true
	for j := len(b) - 1; j >= 0; j-- {
		row[j] = b[j] == '*' && row[j+1]
	}
	for i := len(a) - 1; i >= 0; i-- {
		diagonal := row[len(b)]
		row[len(b)] = a[i] == '*' && row[len(b)]
		for j := len(b) - 1; j >= 0; j-- {
			below := row[j]
			if a[i] == '*' || b[j] == '*' { // the asterisk ends, or takes one more
				row[j] = below || row[j+1]
			} else {
				row[j] = a[i] == b[j] && diagonal
			}
			diagonal = below
		}
	}
	return row[0]
}
