package haproxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// section is a section with its lines in force.
type section struct {
	kind, name string
	head       *line
	lines      []*line
	// mode is "http" or "tcp", empty if it does not say.
	mode string
	// defaults is the section of defaults it goes by, nil for none.
	defaults *section
	// globals are the TLS defaults in force where each line stands.
	globals []*globals
}

// Bounds of a document.
const (
	maxLines     = 300_000 // that are kept
	maxListeners = 5000
	maxGlobals   = 1000 // lines of TLS defaults
	maxWords     = 200  // about TLS, of one line
)

// parser reads a file.
type parser struct {
	r        *confdoc.Reader
	doc      *confdoc.Document
	main     *conftree.File
	env      *environment
	sections []*section
	kept     int
	// named are the sections of defaults by name, last the one most recent.
	named map[string]*section
	last  *section
	lists map[string][]*entry
	// unverified is the line that switches the verification of servers off.
	unverified *line
	// whole is set if the file has a section global, or is alone.
	whole   bool
	ciphers *confdoc.CipherStrings
	// globals are the TLS defaults at the end of the file, nil if there are none.
	globals *globals
	// globalLines counts lines of TLS defaults.
	globalLines int
	// closed is set if some line switches TLS 1.2 or 1.3 off.
	closed bool
}

// maxTold bounds the faults and gaps that are told.
const maxTold = 100

// open notes what could not be followed or decided.
func (p *parser) open(place audit.Place, message string) {
	if len(p.doc.Gaps) < maxTold {
		p.doc.Open(place, message)
	}
}

// misread notes text that is read otherwise than it is written.
func (p *parser) misread(place audit.Place, message, hint string) {
	if len(p.doc.Faults) < maxTold {
		p.doc.Fail(confdoc.Misread, place, message, hint)
	}
}

// refuse notes that HAProxy does not take the file.
func (p *parser) refuse(f *conftree.File, at int, message, hint string) {
	if len(p.doc.Faults) >= maxTold {
		return
	}
	p.doc.Fail(confdoc.NotLoaded, f.Place(at), "HAProxy does not load the file: "+message, hint)
}

// refuseWith is refuse for what an edit mends. What is read several times, as
// lines of defaults are, is told once.
func (p *parser) refuseWith(f *conftree.File, at int, message, hint string, edits []conftree.Edit) {
	before := len(p.doc.Faults)
	if p.refuse(f, at, message, hint); len(p.doc.Faults) == before {
		return
	}
	last := &p.doc.Faults[before]
	last.Edits = edits
	if slices.ContainsFunc(p.doc.Faults[:before], func(other confdoc.Fault) bool { return other.Place == last.Place && other.Message == last.Message }) {
		p.doc.Faults = p.doc.Faults[:before]
	}
}

// endLine returns the edit that ends the last line, as the others end. A file
// with carriage returns alone is one long line, which that does not mend.
func endLine(f *conftree.File) []conftree.Edit {
	end := "\n"
	switch pairs := strings.Count(f.Text, "\r\n"); {
	case strings.Count(f.Text, "\r") != pairs:
		return nil
	case pairs > 0 && pairs == strings.Count(f.Text, "\n"):
		end = "\r\n"
	}
	return []conftree.Edit{f.Replace(len(f.Text), len(f.Text), end)}
}

// text reads the lines of the file into sections.
func (p *parser) text() {
	f := p.main
	switch {
	case f.Encoding.UTF16():
		p.refuse(f, 0, "the file is UTF-16: HAProxy finds NUL bytes in it", "save it as UTF-8 without a byte order mark")
		return
	case f.Encoding.BOM:
		p.refuse(f, 0, "the file begins with a byte order mark: HAProxy takes it for a part of the first word", "save it as UTF-8 without a byte order mark")
		return
	case strings.TrimSpace(f.Text) == "":
		p.refuse(f, 0, "there is nothing in it, and so no listener", "")
		return
	}
	if at := strings.IndexByte(f.Text, 0); at >= 0 {
		p.refuse(f, at, "a NUL byte: HAProxy takes it for the end of the file", "take the NUL bytes out")
		return
	}
	if !strings.HasSuffix(f.Text, "\n") {
		at := strings.LastIndexByte(f.Text, '\n') + 1
		p.refuseWith(f, at, "no line feed at its end, it might have been cut off", "see whether something is missing, then end the last line", endLine(f))
		return
	}
	var blocks conditions
	var in *section
	defaults := &globals{}
	for start := 0; start < len(f.Text); {
		end := start + strings.IndexByte(f.Text[start:], '\n')
		words, rest, quote := split(f, start, end, p.env)
		l := &line{file: f, words: words, start: start, end: end}
		start = end + 1
		if rest >= 0 && strings.TrimSpace(f.Text[rest:end]) != "" {
			p.misread(f.Place(rest), "a carriage return in the middle of a line: HAProxy drops the rest of the line", "end lines with LF or CR LF")
		}
		if quote >= 0 && !blocks.skipping() {
			p.refuse(f, quote, "a quote is not closed", "")
			return
		}
		if len(words) == 0 {
			continue
		}
		if strings.HasPrefix(words[0].text, ".") && p.macro(l, &blocks) {
			continue
		}
		if blocks.skipping() {
			continue
		}
		if p.kept++; p.kept > maxLines {
			p.open(l.place(), fmt.Sprintf("more than %d lines: the rest is not read", maxLines))
			return
		}
		p.blanks(l)
		name := l.name()
		switch {
		case sections[name]:
			if in = p.begin(l); in.kind == "global" {
				next := *defaults
				next.head = l
				defaults = &next
			}
			continue
		case in == nil:
			p.refuse(f, words[0].start, fmt.Sprintf("unknown keyword %q out of section", confdoc.RedactText(name)), "")
			return
		case in.kind == "global":
			defaults = p.global(l, defaults)
			p.globals = defaults
			continue
		}
		if !kept(name) {
			p.odd(l)
			continue
		}
		if name == "mode" {
			if len(words) > 1 {
				in.mode = words[1].text
			}
			continue
		}
		in.lines = append(in.lines, l)
		in.globals = append(in.globals, defaults)
	}
	if len(blocks.stack) > 0 {
		p.refuse(f, blocks.stack[len(blocks.stack)-1].at, "non-terminated '.if' block", "")
	}
}

// kept reports whether lines of a name are looked at.
func kept(name string) bool {
	return name == "bind" || name == "default-bind" || name == "server" || name == "server-template" || name == "default-server" || name == "mode" || name == "peer"
}

// strict are lines whose words HAProxy was seen to check.
var strict = []string{"timeout", "mode", "maxconn", "option", "balance", "default_backend", "server", "default-server", "bind"}

// blanks notes no-break spaces, which are no blanks to HAProxy.
func (p *parser) blanks(l *line) {
	const blank = "\u00a0"
	for i, w := range l.words {
		raw := l.file.Text[w.start:w.end]
		if !strings.Contains(raw, blank) || strings.ContainsAny(raw, "\"'") {
			continue
		}
		at := l.file.Place(w.start)
		switch {
		case l.name() == "bind" && i == 1: // the port ends before it, and ssl is lost
			p.misread(at, "a no-break space in the address of bind: HAProxy takes it and what follows for a part of the address", "write the line anew, with plain blanks")
		case i == 0 || strings.HasPrefix(l.name(), "ssl-") || slices.Contains(strict, l.name()):
			p.refuse(l.file, w.start, "a no-break space is a part of the word it stands in", "write the line anew, with plain blanks")
		case len(p.doc.Faults) < maxTold:
			p.doc.Fail(confdoc.Unclear, at, "a no-break space is a part of the word it stands in: how HAProxy reads the line is not known", "write the line anew, with plain blanks")
		}
	}
}

// odd refuses names HAProxy cannot know.
func (p *parser) odd(l *line) {
	if strings.IndexFunc(l.name(), func(r rune) bool { return r >= 0x7f || r < ' ' }) >= 0 {
		p.refuse(l.file, l.words[0].start, "unknown keyword: it holds what is no letter, such as a no-break space", "write the line anew, with plain blanks")
	}
	for known := range maps.Keys(map[string]bool{"bind": true, "server": true, "default-server": true}) {
		if name := l.name(); strings.EqualFold(name, known) && name != known {
			p.refuse(l.file, l.words[0].start, fmt.Sprintf("unknown keyword %q: words are case-sensitive", name), "write "+known)
		}
	}
}

// begin opens a section.
func (p *parser) begin(l *line) *section {
	s := &section{kind: l.name(), head: l, defaults: p.last}
	args := l.args()
	if len(args) > 0 && args[0].text != "from" {
		s.name = args[0].text
	}
	for i, w := range args {
		if w.text == "from" && i+1 < len(args) {
			if s.defaults = p.named[args[i+1].text]; s.defaults == nil {
				p.refuse(l.file, w.start, "the section of defaults named behind \"from\" is not there", "")
			}
		}
	}
	switch s.kind {
	case "defaults":
		if i := slices.IndexFunc(args, func(w word) bool { return w.text == "from" }); i < 0 {
			s.defaults = nil
		}
		if s.name != "" {
			p.named[s.name] = s
		}
		p.last = s
	case "frontend", "backend", "listen":
		if s.name == "" {
			p.refuse(l.file, l.words[0].start, fmt.Sprintf("%q expects an <id> argument", s.kind), "")
		}
	case "global":
		p.whole = true
	default:
		s.defaults = nil
	}
	p.sections = append(p.sections, s)
	return s
}

// conditions are the blocks of .if around a line.
type conditions struct{ stack []block }

type block struct {
	at    int
	taken truth // whether a branch before this one was taken
	now   truth // whether this one is
	outer bool  // whether the lines around it are skipped
}

func (c *conditions) skipping() bool {
	if len(c.stack) == 0 {
		return false
	}
	b := c.stack[len(c.stack)-1]
	return b.outer || b.now == no
}

// maxConditions bounds nesting; HAProxy's own bound is 64.
const maxConditions = 64

// macro deals with a line that begins with a dot; ok is false if it is none.
func (p *parser) macro(l *line, c *conditions) (ok bool) {
	rest := strings.TrimSpace(l.file.Text[l.words[0].end:l.end])
	if at := strings.IndexByte(rest, '#'); at >= 0 {
		rest = rest[:at]
	}
	undecided := func(v truth) {
		if v == open && !c.skipping() {
			p.open(l.place(), l.name()+": whether the condition holds cannot be told from the file; the lines of all its branches are read")
		}
	}
	switch l.name() {
	case ".if":
		if len(c.stack) == maxConditions {
			p.refuse(l.file, l.words[0].start, "too many nested '.if'", "")
			return true
		}
		v := p.condition(rest)
		undecided(v)
		c.stack = append(c.stack, block{at: l.words[0].start, taken: v, now: v, outer: c.skipping()})
	case ".elif", ".else":
		if len(c.stack) == 0 {
			p.refuse(l.file, l.words[0].start, "lone '"+l.name()+"'", "")
			return true
		}
		b := &c.stack[len(c.stack)-1]
		v := yes
		if l.name() == ".elif" {
			v = p.condition(rest)
		}
		switch {
		case b.taken == yes:
			b.now = no
		case b.taken == open && v != no:
			b.now = open
		default:
			b.now = v
		}
		if v == open && b.now == open {
			undecided(v)
		}
		if b.taken != yes && v != no {
			b.taken = max(b.taken, v)
			if v == yes {
				b.taken = yes
			}
		}
	case ".endif":
		if len(c.stack) == 0 {
			p.refuse(l.file, l.words[0].start, "lone '.endif'", "")
			return true
		}
		c.stack = c.stack[:len(c.stack)-1]
	case ".notice", ".warning", ".diag":
	case ".alert":
		decided := len(c.stack) == 0 || c.stack[len(c.stack)-1].now == yes
		if !c.skipping() && decided {
			p.refuse(l.file, l.words[0].start, ".alert ends the start", "")
		}
	default:
		return false
	}
	return true
}
