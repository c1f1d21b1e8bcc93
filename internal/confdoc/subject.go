package confdoc

import (
	"strconv"
	"strings"
	"unicode"
)

// SubjectOf is the identity of a document in reports, waivers and baselines:
// "config:" and the name of the file.
func SubjectOf(d *Document) string { return "config:" + safeName(d.Main().Name, 200) }

// Subjects returns the identity of every listener, in order: that of the
// document, "#" and the listener's name. Names that come twice are numbered, so
// that no line number is part of them: they must survive an edit.
func Subjects(d *Document) []string {
	base := SubjectOf(d) + "#"
	seen := map[string]int{}
	list := make([]string, len(d.Listeners))
	for i, l := range d.Listeners {
		s := base + safeName(l.Listener, 100)
		seen[s]++
		if n := seen[s]; n > 1 {
			s += "~" + strconv.Itoa(n)
		}
		list[i] = s
	}
	return list
}

// SafeName makes a part of a subject of the name of a file.
func SafeName(s string) string { return safeName(s, 200) }

// safeName makes a part of a subject of text from a file: one line, without
// what a glob of a waiver would read as a sign. A "*" is written "any".
func safeName(s string, limit int) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "*", "any")
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || strings.ContainsRune("?[]{}\\#\"'<>|`", r):
			return '_'
		case r >= 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return '_'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit])
	}
	return s
}
