package exim

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// blanks are the characters Exim takes for white space: no no-break space.
const blanks = " \t\n\v\f\r"

// The bounds of one reading. Work counts bytes scanned for macros.
const (
	maxMacros = 4096
	maxWork   = 1 << 29
	maxBytes  = 32 << 20
	maxLine   = 1 << 20
	maxFaults = 20
)

// line is a logical line: physical lines put together, macros replaced.
type line struct {
	text  string
	parts []part
	// depth counts the conditionals around it; unsure is set if one of them
	// depends on how Exim was built.
	depth  int
	unsure bool
	// late is set behind an inclusion that could not be followed, which may
	// define macros.
	late bool
}

// part is one physical line of a logical one.
type part struct {
	at int // where its text begins in line.text
	physical
	// literal is set if no macro was replaced, so that offsets can be counted.
	literal bool
}

// physical is a line of a file: start is its first character that is no blank,
// end the end of its text without blanks, from and to the whole of it.
type physical struct {
	file                 *conftree.File
	from, start, end, to int
}

func (p physical) place() audit.Place { return p.file.Place(p.start) }

// place returns where a character of the logical line stands.
func (l *line) place(offset int) audit.Place {
	p := l.part(offset)
	if !p.literal {
		return p.place()
	}
	return p.file.Place(min(p.start+offset-p.at, p.end))
}

// part returns the physical line a character comes from.
func (l *line) part(offset int) part {
	found := l.parts[0]
	for _, p := range l.parts[1:] {
		if p.at > offset {
			break
		}
		found = p
	}
	return found
}

// source yields the logical lines of a file and what it includes.
type source struct {
	r      *confdoc.Reader
	doc    *confdoc.Document
	open   []*input // the innermost last
	macros []*macro
	byName map[string]*macro
	states []state // conditionals around the current line
	now    state
	lib    library

	work, bytes int
	stopped     bool
	// missing is the first inclusion that could not be followed and need not be
	// there.
	missing *confdoc.Gap
	// past is set behind the main section.
	past bool
}

// input is a file being read.
type input struct {
	file *conftree.File
	pos  int
}

type macro struct{ name, value string }

// state says what becomes of lines between conditionals: 0 they count, 1 they
// are skipped up to an .else, 2 up to .endif. unsure as in line.
type state struct {
	skip   int
	unsure bool
}

func newSource(r *confdoc.Reader, doc *confdoc.Document, main *conftree.File, lib library) *source {
	return &source{r: r, doc: doc, open: []*input{{file: main}}, byName: map[string]*macro{}, lib: lib}
}

// fail reports a fault; after one that Exim dies of nothing more is read.
func (s *source) fail(kind confdoc.FaultKind, at audit.Place, message, hint string) {
	if len(s.doc.Faults) < maxFaults {
		s.doc.Fail(kind, at, message, hint)
	}
	if kind != confdoc.Misread {
		s.stopped = true
	}
}

// physical returns the next physical line of the innermost file.
func (s *source) physical() (physical, bool) {
	for len(s.open) > 0 {
		in := s.open[len(s.open)-1]
		text := in.file.Text
		if in.pos >= len(text) {
			s.open = s.open[:len(s.open)-1]
			continue
		}
		p := physical{file: in.file, from: in.pos, to: len(text)}
		if i := strings.IndexByte(text[in.pos:], '\n'); i >= 0 {
			p.to = in.pos + i + 1
		}
		in.pos = p.to
		s.bytes += p.to - p.from
		if s.bytes > maxBytes {
			s.fail(confdoc.Unclear, p.file.Place(p.from), "the file and what it includes are larger than is read", "name the files one by one")
			return p, false
		}
		end := p.to
		if i := strings.IndexByte(text[p.from:p.to], 0); i >= 0 {
			end = p.from + i
			if lost := strings.Trim(text[end:p.to], blanks+"\x00"); lost != "" {
				s.fail(confdoc.Misread, p.file.Place(end), "a NUL byte: Exim drops the rest of the line without a word", "take the NUL byte out")
			}
		}
		body := text[p.from:end]
		p.end = p.from + len(strings.TrimRight(body, blanks))
		p.start = min(p.from+len(body)-len(strings.TrimLeft(body, blanks)), max(p.end, p.from))
		if i := strings.IndexByte(strings.TrimRight(body, blanks), '\r'); i >= 0 && !s.stopped {
			s.loneCR(p, i)
		}
		return p, true
	}
	return physical{}, false
}

// loneCR reports a carriage return within a line, once: Exim ends lines at LF
// only.
func (s *source) loneCR(p physical, at int) {
	for _, f := range s.doc.Faults {
		if strings.HasPrefix(f.Message, "a carriage return") {
			return
		}
	}
	s.fail(confdoc.Misread, p.file.Place(p.from+at), "a carriage return within a line: Exim ends lines at LF only, so that what follows belongs to this line", "end lines with LF")
}

// expand replaces macros in a physical line, in the order of their definition.
// start is set at the start of a logical line, where the name of a macro being
// defined is left alone.
func (s *source) expand(text string, start bool) (result string, found bool) {
	first := 0
	if start && text != "" && upper(text[0]) {
		n := nameLength(text)
		rest := strings.TrimLeft(text[n:], blanks)
		if strings.HasPrefix(rest, "=") {
			first = n
		}
	}
	first = candidate(text, first)
	if first == len(text) {
		return text, false
	}
	for _, m := range s.macros {
		s.work += len(text) - first + 16
		if s.work > maxWork || len(text) > maxLine {
			s.fail(confdoc.Unclear, s.here(), "macros are replaced more often, or grow larger, than is followed", "")
			return text, found
		}
		if !strings.Contains(text[first:], m.name) {
			continue
		}
		found = true
		if (len(text)-first)/len(m.name)*len(m.value) > 4*maxLine {
			s.fail(confdoc.Unclear, s.here(), "a macro makes a line larger than is followed", "")
			return text, found
		}
		text = text[:first] + strings.ReplaceAll(text[first:], m.name, m.value)
		if first = candidate(text, first); first == len(text) {
			break
		}
	}
	return text, found
}

// here is where reading stands.
func (s *source) here() audit.Place {
	if len(s.open) == 0 {
		return s.doc.Main().Place(len(s.doc.Main().Text))
	}
	in := s.open[len(s.open)-1]
	return in.file.Place(max(0, in.pos-1))
}

// candidate returns the first place at or behind from where a macro's name can
// begin.
func candidate(text string, from int) int {
	for ; from < len(text); from++ {
		if upper(text[from]) || text[from] == '_' && from+1 < len(text) && upper(text[from+1]) {
			break
		}
	}
	return from
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

func letter(c byte) bool { return upper(c) || c >= 'a' && c <= 'z' }

// nameLength is the length of the name a text begins with.
func nameLength(text string) int {
	n := 0
	for n < len(text) && (letter(text[n]) || text[n] >= '0' && text[n] <= '9' || text[n] == '_') {
		n++
	}
	return n
}
