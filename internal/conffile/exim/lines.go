package exim

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// next returns the next logical line, nil at the end. Macro definitions are
// among them.
func (s *source) next() *line {
	var l *line
	var buf []byte
	for !s.stopped {
		p, ok := s.physical()
		if !ok {
			if len(s.states) > 0 && !s.stopped {
				s.fail(confdoc.NotLoaded, s.here(), "the file ends within .ifdef: Exim refuses it for the missing .endif", "close every .ifdef and .ifndef by .endif, with a blank or nothing behind it; a line end of CR LF hides .else and .endif from Exim")
				return nil
			}
			return finish(l, buf)
		}
		raw := p.file.Text[p.start:p.end]
		text, found := s.expand(raw, l == nil)
		if s.stopped {
			return nil
		}
		literal := !found
		if trimmed := strings.TrimLeft(text, blanks); !literal {
			text = trimmed
		}
		switch {
		case strings.HasPrefix(text, "#"):
			continue
		case strings.HasPrefix(text, ".") && s.conditional(p, text, found):
			continue
		case s.now.skip != 0:
			s.skipped(p, text)
			continue
		case strings.HasPrefix(text, ".include") && s.include(p, text):
			continue
		}
		text = strings.TrimRight(text, blanks)
		if l == nil {
			if text == "" {
				continue
			}
			l = &line{depth: len(s.states), unsure: s.now.unsure, late: s.missing != nil}
		}
		l.parts = append(l.parts, part{at: len(buf), physical: p, literal: literal})
		buf = append(buf, text...)
		if len(buf) > maxLine || len(l.parts) > maxLine/64 {
			s.fail(confdoc.Unclear, p.place(), "a line with its continuations is longer than is followed", "")
			return nil
		}
		switch buf = bytes.TrimRight(buf, blanks); {
		case bytes.HasSuffix(buf, []byte{'\\'}):
			buf = buf[:len(buf)-1]
		case len(buf) == 0:
			l = nil // an empty logical line
		default:
			return finish(l, buf)
		}
	}
	return nil
}

// finish completes a logical line; there is none without text.
func finish(l *line, text []byte) *line {
	if l == nil || len(bytes.Trim(text, blanks)) == 0 {
		return nil
	}
	l.text = string(text)
	return l
}

// directive is a conditional: what it does to lines where a macro was found,
// and where none was; as in Exim's own table.
type directive struct {
	name       string
	met, unmet int
	nest       int
}

var directives = []directive{
	{"ifdef", 0, 1, 1}, {"ifndef", 1, 0, 1}, {"elifdef", 2, 3, 0}, {"elifndef", 3, 2, 0}, {"else", 2, 2, 0}, {"endif", 0, 0, -1},
}

// after is the state that follows one: by the state before and an action.
var after = [3][4]int{{0, 1, 2, 2}, {2, 2, 0, 1}, {2, 2, 2, 2}}

// conditional obeys a line such as .ifdef NAME. Like Exim it passes over a
// directive that something other than a blank sticks to.
func (s *source) conditional(p physical, text string, found bool) bool {
	for _, d := range directives {
		rest, ok := strings.CutPrefix(text[1:], d.name)
		if !ok {
			continue
		}
		// The raw text knows whether CR LF follows; blanks at the end are cut off here.
		behind := byte('\n')
		switch {
		case rest != "":
			behind = rest[0]
		case p.end < p.to:
			behind = p.file.Text[p.end]
		}
		if behind == '\t' {
			s.doc.Open(p.place(), "a tab behind ."+d.name+": some versions of Exim pass over such a line")
		} else if behind != ' ' && behind != '\n' && behind != 0 {
			return true
		}
		unsure := false
		if name := builtin.FindString(rest); d.nest >= 0 && !found && name != "" && d.name != "else" {
			found, unsure = s.built(name)
		}
		action := d.unmet
		if found {
			action = d.met
		}
		switch {
		case d.nest > 0:
			if len(s.states) >= 32 {
				s.fail(confdoc.NotLoaded, p.place(), "conditionals are nested deeper than Exim follows", "")
				return true
			}
			s.states = append(s.states, s.now)
			s.now = state{after[s.now.skip][action], s.now.unsure || unsure}
		case len(s.states) == 0:
			s.fail(confdoc.NotLoaded, p.place(), "."+d.name+" without .ifdef: Exim refuses the file", "take the line out")
		case d.nest < 0:
			s.now = s.states[len(s.states)-1]
			s.states = s.states[:len(s.states)-1]
		default:
			s.now = state{after[s.now.skip][action], s.now.unsure || unsure}
		}
		return true
	}
	return false
}

var builtin = regexp.MustCompile(`\b_[A-Z][A-Za-z0-9_]*`)

// built says whether a build of Exim defines a macro of its own. Those that
// name the library are what the reading assumes; the rest is not known.
func (s *source) built(name string) (defined, unsure bool) {
	switch name {
	case "_HAVE_TLS":
		return true, false
	case "_HAVE_OPENSSL":
		return s.lib == openSSL, false
	case "_HAVE_GNUTLS":
		return s.lib == gnuTLS, false
	}
	// The options for TLS that every build of the last ten years has.
	if opt, ok := strings.CutPrefix(name, "_OPT_MAIN_"); ok && known[strings.ToLower(opt)] {
		return true, false
	}
	return true, true
}

// skipped looks at a line that does not count: if it would, in another build,
// the file cannot be decided.
func (s *source) skipped(p physical, text string) {
	name := text[:nameLength(text)]
	if s.now.unsure && known[name] {
		s.doc.Open(p.place(), name+" stands behind a condition that depends on how Exim was built")
	}
}

// include follows .include and .include_if_exists.
func (s *source) include(p physical, text string) bool {
	rest, optional := strings.CutPrefix(text, ".include_if_exists")
	if !optional {
		rest = strings.TrimPrefix(text, ".include")
	}
	if rest == "" || !strings.ContainsRune(blanks, rune(rest[0])) {
		return false
	}
	name := strings.Trim(rest, blanks)
	if len(name) > 1 && strings.HasPrefix(name, `"`) && strings.HasSuffix(name, `"`) {
		name = name[1 : len(name)-1]
	}
	at := p.place()
	if optional && !strings.HasPrefix(name, "/") {
		s.fail(confdoc.NotLoaded, at, ".include_if_exists takes an absolute path only: Exim refuses the file", "write the path from / on")
		return true
	}
	shown := confdoc.RedactText(name)
	if strings.ContainsAny(name, "*?[") {
		s.gap(at, shown, "cannot be named", optional)
		return true
	}
	where, err := s.r.Tree.Resolve(path.Dir(s.open[len(s.open)-1].file.Path), name)
	if err != nil {
		s.gap(at, shown, "lies outside of what was given", optional)
		return true
	}
	if s.r.Depth >= confdoc.MaxDepth || len(s.open)+s.r.Depth > confdoc.MaxDepth {
		s.fail(confdoc.Unclear, at, "inclusions are nested deeper than is followed", "a file may include itself")
		return true
	}
	if optional && s.r.Tree.Exists(where) == "" {
		return true
	}
	f, err := s.r.Tree.Read(where)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.gap(at, shown, "is not there", optional)
		return true
	case err != nil:
		s.gap(at, shown, "cannot be read", optional)
		return true
	}
	if !hasFile(s.doc, f) {
		if len(s.doc.Files) >= confdoc.MaxFiles {
			s.fail(confdoc.Unclear, at, "more files are included than are read", "")
			return true
		}
		s.doc.Files = append(s.doc.Files, f)
	}
	if damaged(s.doc, f) {
		s.stopped = true
		return true
	}
	s.open = append(s.open, &input{file: f})
	return true
}

// gap notes an inclusion that could not be followed. One that need not be there
// is told apart: no option can be set twice, so that it cannot change those the
// file sets by itself.
func (s *source) gap(at audit.Place, name, why string, optional bool) {
	message := fmt.Sprintf("the included file %.200q %s: what it sets is not known", name, why)
	if !optional || s.past {
		s.doc.Open(at, message)
		return
	}
	if s.missing == nil {
		s.missing = &confdoc.Gap{Message: message, Place: at}
	}
}

func hasFile(doc *confdoc.Document, f *conftree.File) bool {
	for _, other := range doc.Files {
		if other.Path == f.Path {
			return true
		}
	}
	return false
}
