package domino

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// entry is one "NAME=value" of the file.
type entry struct {
	name  string // lower case
	value string
	place audit.Place
	// line is its number; start and end bound the value in the text.
	line, start, end int
}

// ini is the file taken apart.
type ini struct {
	file *conftree.File
	// entries are the lines of the section [Notes], or of a file without any
	// section, that have to do with TLS; lost are known names that stand elsewhere, off known names in
	// comments.
	entries, lost, off []entry
	byName             map[string][]entry
	// last is the line behind which a line of the section can be added.
	last    int
	section bool
	release release
}

const bom = "\ufeff"

// parse takes a file apart. Names ignore case; a line that begins with ";" is a
// comment, one that begins with "#" is no setting either.
func parse(f *conftree.File) *ini {
	x := &ini{file: f, byName: map[string][]entry{}}
	inside, other := false, false
	x.section = hasSection(f)
	for n := 1; n <= f.Lines(); n++ {
		raw, offset := f.Line(n)
		line := strings.Trim(raw, " \t")
		switch {
		case line == "":
			continue
		case line[0] == ';' || line[0] == '#':
			if e, ok := split(f, n, raw, offset, true); ok && known[e.name] && (inside || !x.section && !other) {
				x.off = append(x.off, e)
			}
		case line[0] == '[':
			inside = isSection(line)
			other = !inside
		default:
			e, ok := split(f, n, raw, offset, false)
			switch {
			case !ok:
			case inside || !x.section && !other:
				x.entries = append(x.entries, e)
				x.byName[e.name] = append(x.byName[e.name], e)
			case known[e.name]:
				x.lost = append(x.lost, e)
			}
		}
		if inside || !x.section && !other {
			x.last = n
		}
	}
	return x
}

func hasSection(f *conftree.File) bool {
	for n := 1; n <= f.Lines(); n++ {
		if line, _ := f.Line(n); isSection(line) {
			return true
		}
	}
	return false
}

func isSection(line string) bool { return strings.EqualFold(strings.Trim(line, " \t"), "[notes]") }

// split takes "NAME=value" apart; behind the sign of a comment if there is one.
func split(f *conftree.File, n int, raw string, offset int, comment bool) (entry, bool) {
	name, value, found := strings.Cut(raw, "=")
	if !found {
		return entry{}, false
	}
	start := offset + len(name) + 1
	key := offset + len(name) - len(strings.TrimLeft(name, " \t"))
	if comment {
		name = strings.TrimLeft(name, "; #\t")
	}
	name = strings.ToLower(strings.Trim(name, " \t"))
	trimmed := strings.Trim(value, " \t")
	start += strings.Index(value, trimmed)
	if !relevant(name) {
		return entry{}, false
	}
	return entry{name: name, value: trimmed, place: f.Place(key), line: n, start: start, end: start + len(trimmed)}, true
}

// relevant reports whether a name has to do with TLS; a file has hundreds that
// do not.
func relevant(name string) bool {
	return known[name] || strings.Contains(name, "ssl") || strings.Contains(name, "tls") || name == "servertasks" || name == "keyfilename"
}

// of returns the entries of a name, in order.
func (x *ini) of(name string) []entry { return x.byName[name] }

// damage reports text of which nobody knows what Domino makes of it.
func damage(d *confdoc.Document, f *conftree.File) {
	const hint = "save the file as plain text: one NAME=value per line, without a byte order mark"
	at := func(i int) audit.Place { return f.Place(max(i, 0)) }
	switch {
	case strings.TrimSpace(f.Text) == "":
		d.Fail(confdoc.Unclear, f.Place(0), "the file is empty: nothing is configured by it", "give the notes.ini of the server's program or data folder")
	case f.Encoding.UTF16():
		d.Fail(confdoc.Unclear, f.Place(0), "the file is UTF-16: how Domino reads it is not known", hint)
	case f.Encoding.BOM || strings.HasPrefix(f.Text, bom):
		d.Fail(confdoc.Unclear, f.Place(0), "the file begins with a byte order mark: how Domino reads its first line is not known", hint)
	case strings.ContainsRune(f.Text, 0):
		d.Fail(confdoc.Unclear, at(strings.IndexByte(f.Text, 0)), "the file holds NUL bytes: how Domino reads the line is not known", hint)
	case strings.ContainsRune(f.Text, '\r') && !strings.ContainsRune(f.Text, '\n'):
		d.Fail(confdoc.Unclear, f.Place(0), "lines end with CR alone: how Domino reads the file is not known", hint)
	}
	for n := 1; n <= f.Lines() && strings.ContainsRune(f.Text, noBreak); n++ {
		line, offset := f.Line(n)
		if i := strings.IndexRune(line, noBreak); i >= 0 && !isComment(line) {
			d.Fail(confdoc.Unclear, at(offset+i), "a no-break space sticks to a name or a value: the setting is probably lost", "put plain blanks in its place, or none")
			return
		}
	}
}

const noBreak = '\u00a0'

func isComment(line string) bool {
	line = strings.Trim(line, " \t")
	return line != "" && (line[0] == ';' || line[0] == '#')
}
