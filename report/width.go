package report

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// columns returns how many terminal columns clean text takes. It counts as
// tablewriter does, but never consults the locale: a report is the same
// everywhere.
func columns(s string) int {
	if plain(s) {
		return len(s)
	}
	return twwidth.WidthWithOptions(s, twwidth.Options{})
}

// wrap breaks clean text, which may be painted, into lines of at most width columns: at spaces if it
// can, else behind the punctuation of names, paths and lists, else anywhere.
func wrap(s string, width int) []string {
	var lines []string
	for {
		s = strings.TrimLeft(s, " ")
		cut := breakAt(s, width)
		if cut == len(s) {
			return append(lines, strings.TrimRight(s, " "))
		}
		lines = append(lines, strings.TrimRight(s[:cut], " "))
		s = s[cut:]
	}
}

// breakAt returns the length of the first line of s; it is at least one
// character, and len(s) when the rest fits.
func breakAt(s string, width int) int {
	used, space, punct, color := 0, 0, 0, false
	for i, r := range s {
		// Clean text holds no escape character but those of paint.
		if color = color || r == 0x1b; color {
			color = r != 'm'
			continue
		}
		used += columns(string(r))
		if used > width && i > 0 {
			// The break character itself may be the one that did not fit.
			if r == ' ' {
				return i
			}
			// A break far to the left of the margin looks worse than a split name.
			if space > 0 && (punct <= space || columns(s[:space]) > width/2) {
				return space
			}
			if punct > 0 {
				return punct
			}
			return i
		}
		switch {
		case r == ' ':
			space = i + 1
		case strings.ContainsRune("/-.,:;_=?&", r):
			punct = i + 1
		}
	}
	return len(s)
}

// indent puts prefix before the first line and as many spaces before the rest.
// Build servers take a line that begins with "::" or "##[" for a command; here
// it is only text.
func indent(prefix string, lines []string) string {
	pad := strings.Repeat(" ", columns(prefix))
	var b strings.Builder
	for i, line := range lines {
		switch text := strings.TrimLeft(line, " "); {
		case strings.HasPrefix(text, "::"):
			line = `\x3a` + text[1:]
		case strings.HasPrefix(text, "##["):
			line = `\x23` + text[1:]
		}
		if i > 0 {
			prefix = pad
		}
		b.WriteString(prefix + line + "\n")
	}
	return b.String()
}
