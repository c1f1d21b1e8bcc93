package sametime

import (
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// iniLine is one setting of a file of sections, with offsets in its text.
type iniLine struct {
	section, key, value          string
	keyStart, keyEnd, start, end int
	// bare is set for a line without "=".
	bare, quoted bool
}

// iniLines takes a file of sections apart. Names and values are what stands
// between the spaces; lines that begin with ";" or "#" are comments.
func iniLines(f *conftree.File) (list []iniLine) {
	section := ""
	for n := 1; n <= f.Lines() && len(list) <= maxEntries; n++ {
		text, at := f.Line(n)
		line := strings.TrimLeft(text, " \t")
		at += len(text) - len(line)
		line = strings.TrimRight(line, " \t")
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section, _, _ = strings.Cut(line[1:], "]")
			section = strings.TrimSpace(section)
			continue
		}
		key, value, found := strings.Cut(line, "=")
		l := iniLine{section: section, key: strings.TrimRight(key, " \t"), keyStart: at, bare: !found}
		l.keyEnd = at + len(l.key)
		l.value = strings.TrimLeft(value, " \t")
		l.end = at + len(line)
		l.start = l.end - len(l.value)
		if n := len(l.value); n >= 2 && (l.value[0] == '"' || l.value[0] == '\'') && l.value[n-1] == l.value[0] {
			l.value, l.quoted = l.value[1:n-1], true
		}
		list = append(list, l)
	}
	return list
}

// word is what a name may be shown as: what a person took for a separator, and
// the value behind it, is no part of it.
func word(key string) string {
	if i := strings.IndexAny(key, " \t:;,\"'"); i >= 0 {
		return key[:i]
	}
	return key
}

// sectionEnd returns the line a new setting of a section goes behind: that of
// its last setting, or of its header; 0 if there is no such section.
func sectionEnd(f *conftree.File, section string) (after int) {
	current := ""
	for n := 1; n <= f.Lines(); n++ {
		text, _ := f.Line(n)
		line := strings.TrimSpace(text)
		switch {
		case line == "" || line[0] == ';' || line[0] == '#':
		case line[0] == '[':
			current, _, _ = strings.Cut(line[1:], "]")
			if current = strings.TrimSpace(current); current == section {
				after = n
			}
		case current == section && section != "":
			after = n
		}
	}
	return after
}

// readINI reads the parameters of a sametime.ini.
func readINI(d *confdoc.Document, f *conftree.File) *params {
	p := &params{home: f, form: formINI, twice: true}
	var last *entry
	for _, l := range iniLines(f) {
		if strange(d, f, l.keyStart, l.end) {
			return p
		}
		e := entry{file: f, key: word(l.key), section: l.section, name: l.key, value: l.value, keyStart: l.keyStart, keyEnd: l.keyEnd, start: l.start, end: l.end, form: formINI}
		switch {
		case l.bare:
			e.section, e.name, e.start = "", e.key, -1
		case l.quoted:
			e.open = clip(e.key) + " stands in quotes; whether they belong to the value is not known"
		}
		p.add(e)
		if last = &e; l.bare {
			last = nil
		}
	}
	if text, at := f.Line(f.Lines()); strings.TrimSpace(text) != "" && strings.TrimSpace(text)[0] != ';' && strings.TrimSpace(text)[0] != '#' {
		cut(d, f, last, at)
	}
	return p
}
