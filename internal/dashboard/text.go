package dashboard

import (
	"net/url"
	"regexp"
	"strings"

	"tlsaudit/internal/hypertext"
)

// piece is a part of a text that was cleaned. Odd marks an escape that stands
// for a character nobody can see.
type piece struct {
	Odd  bool
	Text string
}

// escape finds what cleaning puts in place of what cannot be seen.
var escape = regexp.MustCompile(`\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}`)

// pieces parts a cleaned text, so that a page can mark what is odd about it. A
// backslash that was in the text is marked with it: too much rather than too
// little.
func pieces(cleaned string) []piece {
	found := escape.FindAllStringIndex(cleaned, -1)
	if found == nil {
		return []piece{{Text: cleaned}}
	}
	var list []piece
	at := 0
	for _, f := range found {
		if f[0] > at {
			list = append(list, piece{Text: cleaned[at:f[0]]})
		}
		list = append(list, piece{Odd: true, Text: cleaned[f[0]:f[1]]})
		at = f[1]
	}
	if at < len(cleaned) {
		list = append(list, piece{Text: cleaned[at:]})
	}
	return list
}

// escapedMark begins a value of a form that holds what cannot be seen: so that no
// page holds it, even where nobody reads it.
const escapedMark = "escaped:"

// escaped is what a form sends back for a text; unescaped is the text again.
func escaped(clean func(string) string, s string) string {
	if clean(s) == s && !strings.HasPrefix(s, escapedMark) {
		return s
	}
	return escapedMark + url.QueryEscape(s)
}

func unescaped(s string) (string, error) {
	rest, ok := strings.CutPrefix(s, escapedMark)
	if !ok {
		return s, nil
	}
	return url.QueryUnescape(rest)
}

// cleanLines cleans text that may have lines of its own.
func cleanLines(clean func(string) string, s string) []string {
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = clean(strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    "))
	}
	return lines
}

// diffLines tells a diff line by line.
func diffLines(clean func(string) string, diff string) []hypertext.DiffLine {
	if diff == "" {
		return nil
	}
	return hypertext.DiffLines(cleanLines(clean, diff))
}

// link is an address of the dashboard with the parameters that have a value.
func link(path string, pairs ...string) href {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	address := (&url.URL{Path: path}).EscapedPath()
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return href(address)
}
