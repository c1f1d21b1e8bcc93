package httpd

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// parser reads a configuration the way the server does: line by line, acting on
// some words at once.
type parser struct {
	*dialect
	r    *confdoc.Reader
	doc  *confdoc.Document
	conf *config
	vars *vars
	// scope is where the next directive goes.
	scope *scope
	// modules are those seen to be loaded so far; late are modules that a later
	// line loads, known from an earlier run.
	modules, late map[string]bool
	// assumed are modules of which a branch said "not loaded yet" or "taken to
	// be loaded" before any line loaded them.
	assumed map[string]bool
	// wasOpen is set if the run before this one left something unread.
	wasOpen bool
	// firstRun is set while nothing is known about what comes later; holes once
	// an include could not be followed.
	firstRun, holes bool
	macros          map[string]*macro
	base            base
	// stack holds the files being read, outermost first.
	stack      []string
	files      int
	bytes      int
	macroLines int
	evaluated  int // bytes of cipher strings that were tried
	// stopped is set once going on makes no sense.
	stopped bool
	noted   map[string]bool
}

// limits on what is read in all.
const (
	maxBytes     = 64 << 20
	maxNesting   = 200
	maxMacros    = 100000 // lines
	maxSettings  = 5000
	maxEvaluated = 256 << 10
	maxHosts     = 5000
)

// section is an open section of one source.
type section struct {
	kind sectionKind
	// name is in lower case, without the bracket.
	name  string
	open  line
	outer *scope
	// about a branch that is not read
	branch *branch
}

type sectionKind uint8

const (
	treeSection sectionKind = iota
	activeBranch
	skippedBranch
	nestedSkip // a section inside of a skipped one
)

// branch is a part that does not count, or may not.
type branch struct {
	// condition is the opening line, undecided why nobody can tell.
	condition string
	undecided string
	defines   []string // names that would change if the branch counted
	// found is the first word inside that matters.
	found   string
	foundAt audit.Place
	holds   openPart
}

// read processes one file, or the lines of a macro, whose sections must be
// closed where they were opened.
func (p *parser) read(f *conftree.File) {
	src := &source{file: f}
	var open []section
	for !p.stopped {
		l, ok := src.next()
		if !ok {
			break
		}
		if n := len(open); n > 0 && open[n-1].kind >= skippedBranch {
			open = p.skip(open, l)
			continue
		}
		open = p.line(src, open, l)
		if len(open) > maxNesting {
			p.stop(l, fmt.Sprintf("sections are nested deeper than %d", maxNesting))
		}
	}
	if p.stopped {
		return
	}
	p.unclosed(open)
}

// line acts on one line that counts.
func (p *parser) line(src *source, open []section, l line) []section {
	p.checkNUL(l)
	if l.text == "" {
		return open
	}
	if l.comment() {
		p.comment(l)
		return open
	}
	if n := len(open); n > 0 {
		top := n - 1
		if rest, ok := strings.CutPrefix(l.text, "</"); ok && open[top].kind == activeBranch && strings.EqualFold(rest, open[top].name+">") {
			return open[:top]
		}
	}
	d, ok := p.directive(l)
	if !ok {
		return open
	}
	p.conf.count++
	switch {
	case strings.HasPrefix(d.word, "</"):
		return p.closing(open, d)
	case strings.HasPrefix(d.word, "<"):
		return p.opening(src, open, d)
	}
	p.command(src, d)
	return open
}

// directive replaces variables in a line and takes it apart.
func (p *parser) directive(l line) (*directive, bool) {
	text, missing, ok := p.vars.expand(l.text)
	if !ok {
		p.stop(l, "variables grow beyond what is read")
		return nil, false
	}
	d := &directive{line: l, replaced: text != l.text, missing: missing, scope: p.scope, argsAt: -1}
	d.word, d.args = word(text)
	if d.word == "" {
		return nil, false // an empty pair of quotes
	}
	d.name = strings.ToLower(d.word)
	if strings.HasPrefix(l.text, d.word) {
		rest := l.text[len(d.word):]
		d.argsAt = len(l.text) - len(strings.TrimLeft(rest, blanks))
		if i := strings.TrimLeft(rest, blanks); i == "" {
			d.argsAt = len(d.word)
		}
		if l.joined() && l.segments[1].text < len(d.word) {
			d.argsAt = -1
		}
	}
	return d, true
}

// closing ends a section.
func (p *parser) closing(open []section, d *directive) []section {
	name, ok := strings.CutSuffix(strings.ToLower(d.word[2:]), ">")
	shown := quote(d.word)
	if len(open) == 0 || open[len(open)-1].kind != treeSection {
		p.refuse(d.place(), shown+" has no section to close here", "delete the line, or open the section in the same file")
		p.stopped = true
		return open
	}
	top := open[len(open)-1]
	if !ok || name != top.name {
		p.refuse(d.place(), fmt.Sprintf("%s, but the open section is <%s> of line %d", shown, clip(top.name), p.lineOf(top.open)), "close sections in the order they were opened, in the same file")
		p.stopped = true
		return open
	}
	l := d.line
	p.scope.close = &l
	p.scope = top.outer
	return open[:len(open)-1]
}

// opening starts a section.
func (p *parser) opening(src *source, open []section, d *directive) []section {
	d.word = strings.TrimSuffix(d.word, ">")
	d.name = strings.TrimSuffix(d.name, ">")
	name := d.name[1:]
	if name == "" {
		p.refuse(d.place(), "a section without a name", "write <VirtualHost ...>, without a blank behind the bracket")
		p.stopped = true
		return open
	}
	args := d.args
	if i := strings.LastIndexByte(args, '>'); i >= 0 {
		args = args[:i]
	} else if args != "" {
		p.refuse(d.place(), fmt.Sprintf("<%s> has no closing bracket", clip(name)), "end the line with >")
		p.stopped = true
		return open
	}
	s := section{name: name, open: d.line, outer: p.scope}
	switch name {
	case "ifmodule", "ifdefine", "ifversion", "iffile", "ifsection":
		if first, _ := word(args); first == "" || first == "!" {
			p.refuse(d.place(), fmt.Sprintf("<%s> says no condition", clip(name)), "")
			p.stopped = true
			return open
		}
		s.kind, s.branch = p.branch(name, args, d)
		return append(open, s)
	case "macro":
		p.defineMacro(src, args, d)
		return open
	case "perl":
		s.kind = skippedBranch
		s.branch = &branch{condition: "<Perl>", undecided: "a program of mod_perl writes configuration", found: "a program", foundAt: d.place(), holds: anything("")}
		return append(open, s)
	}
	p.scope = p.enter(name, args, d)
	return append(open, s)
}

// enter makes the scope of a section.
func (p *parser) enter(name, args string, d *directive) *scope {
	s := &scope{parent: p.scope, open: d, kind: dirScope}
	switch name {
	case "virtualhost":
		if p.scope.kind != mainScope {
			p.refuse(d.place(), "<VirtualHost> cannot stand inside of another section", "close the section before it")
		}
		s.kind = hostScope
		if len(p.conf.hosts) >= maxHosts {
			p.stop(d.line, fmt.Sprintf("more than %d virtual hosts", maxHosts))
		}
		s.addresses = words(args)
		if len(s.addresses) == 0 {
			p.refuse(d.place(), "<VirtualHost> without an address", "write <VirtualHost *:443>")
		}
		s.parent = p.conf.main
		p.conf.hosts = append(p.conf.hosts, s)
		if len(d.missing) > 0 {
			s.doubts = append(s.doubts, p.undefined(d))
		}
	case "proxy", "proxymatch":
		s.kind = proxyScope
		s.addresses = words(args)
		p.conf.proxies = append(p.conf.proxies, s)
	}
	return s
}

// unclosed reports the sections a source leaves open.
func (p *parser) unclosed(open []section) {
	if len(open) == 0 {
		return
	}
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].kind != activeBranch {
			s := open[i]
			p.refuse(s.open.file.Place(s.open.start), fmt.Sprintf("the section <%s> is never closed", clip(s.name)), "was the file cut off? Close the section with </"+clip(s.name)+">")
			p.scope = open[0].outer
			return
		}
	}
	s := open[len(open)-1]
	p.doc.Fail(confdoc.Unclear, s.open.file.Place(s.open.start), fmt.Sprintf("the section <%s> is never closed: httpd 2.4.71 reads on without a word, and the file seems to be cut off", clip(s.name)),
		"close the section with </"+clip(s.name)+">")
}

// skip passes over a line that does not count, minding the nesting of sections.
func (p *parser) skip(open []section, l line) []section {
	if l.comment() || l.text == "" {
		return open
	}
	name, rest := word(l.text)
	name = strings.ToLower(name)
	top := len(open) - 1
	b := open[top].branch
	switch {
	case strings.HasPrefix(name, "</"):
		if closes := strings.TrimSuffix(name[2:], ">"); closes != open[top].name {
			p.refuse(l.file.Place(l.start), fmt.Sprintf("%s, but the open section is <%s> of line %d", quote(name), clip(open[top].name), p.lineOf(open[top].open)), "close sections in the order they were opened, in the same file")
			p.stopped = true
			return open
		}
		if open[top].kind == skippedBranch {
			p.leave(b)
		}
		return open[:top]
	case strings.HasPrefix(name, "<"):
		name = strings.TrimSuffix(name, ">")
		open = append(open, section{kind: nestedSkip, name: name[1:], open: l, branch: b, outer: p.scope})
		if len(open) > maxNesting {
			p.stop(l, fmt.Sprintf("sections are nested deeper than %d", maxNesting))
		}
	case name == "define" || name == "undefine":
		if variable, _ := word(rest); variable != "" && len(b.defines) < 1000 {
			b.defines = append(b.defines, variable)
		}
	}
	if !slices.ContainsFunc(open, func(s section) bool { return s.kind == nestedSkip && s.name == "virtualhost" }) {
		b.holds.hold(name)
	}
	if b.found == "" && p.decides(name) {
		b.found, b.foundAt = strings.TrimPrefix(name, "<"), l.file.Place(l.start)
	}
	return open
}

// leave says what a branch that was not read means.
func (p *parser) leave(b *branch) {
	if b.undecided == "" {
		return
	}
	for _, name := range b.defines {
		p.vars.unknown[strings.ToLower(name)] = true
	}
	if b.found != "" {
		why := fmt.Sprintf("%s in %s may or may not count: %s", p.spell(b.found), b.condition, b.undecided)
		p.doubt(b.foundAt, why)
		b.holds.why = why
		p.leaveOpen(b.holds)
	}
}

// doubt opens a gap about the virtual host being read, or the whole document.
func (p *parser) doubt(place audit.Place, message string) {
	if s := p.scope.server(); s.kind == hostScope {
		s.hole = true
		s.doubts = append(s.doubts, message)
		return
	}
	p.open(place, message)
}

// open opens a gap about the whole document, once for each text.
func (p *parser) open(place audit.Place, message string) {
	if !p.noted[message] && len(p.doc.Gaps) < 100 {
		p.noted[message] = true
		p.doc.Open(place, message)
	}
}

// refuse records what the server does not load.
func (p *parser) refuse(place audit.Place, message, hint string, edits ...conftree.Edit) {
	if len(p.doc.Faults) < 100 {
		p.doc.Faults = append(p.doc.Faults, confdoc.Fault{Kind: confdoc.NotLoaded, Place: place, Message: message, Hint: hint, Edits: edits})
	}
}

// stop ends reading where a limit of this reader is met.
func (p *parser) stop(l line, message string) {
	p.open(l.file.Place(l.start), "not read to the end: "+message)
	p.leaveOpen(anything("not read to the end: " + message))
	p.stopped = true
}

func (p *parser) lineOf(l line) int { return l.file.LineAt(l.start) }

// undefined says that a line cannot be read for lack of a variable.
func (p *parser) undefined(d *directive) string {
	return fmt.Sprintf("%s depends on ${%s}, which no Define sets: it may come from the environment; without it the server reads the text as it stands", p.spell(d.name), clip(d.missing[0]))
}

func (p *parser) spell(name string) string { return p.conf.spell(name) }
