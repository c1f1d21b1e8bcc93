package confdoc

import (
	"strconv"
	"strings"
	"unicode"

	"tlsaudit/audit"
)

// maxName bounds the name of a file in a subject, in characters.
const maxName = 500

// SubjectOf is the identity of a document in reports, waivers and baselines:
// "config:" and the name of the file, with the number of the document where
// several have that name.
func SubjectOf(d *Document) string {
	return audit.ConfigSubject + NumberedName(d.Main().Name, d.Number)
}

// NumberedName is a name of a file as part of a subject; from the second on, the
// number tells those apart that are written alike.
func NumberedName(name string, number int) string {
	if name = SafeName(name); number > 1 {
		name += "~" + strconv.Itoa(number)
	}
	return name
}

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
func SafeName(s string) string { return safeName(s, maxName) }

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
