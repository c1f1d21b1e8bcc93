package httpd

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// command acts on one directive that is no section.
func (p *parser) command(src *source, d *directive) {
	switch d.name {
	case "define":
		p.defineVariable(d)
		return
	case "undefine":
		if name, _ := word(d.args); name != "" {
			p.vars.undefine(name)
		}
		return
	case "use":
		p.useMacro(src, d)
		return
	case "undefmacro":
		name, _ := word(d.args)
		delete(p.macros, strings.ToLower(name))
		return
	}
	if !p.checkWord(d) || !p.checkArgs(d) {
		return
	}
	switch d.name {
	case "include", "includeoptional":
		p.include(d)
	case "loadmodule":
		p.loadModule(d)
	case "serverroot":
		p.setRoot(d)
	case "listen":
		p.conf.listens = append(p.conf.listens, d)
	case "servername", "serveralias":
		if s := p.scope.server(); len(s.names) < 200 {
			s.names = append(s.names, words(d.args)...)
		}
	default:
		if _, ok := p.own[d.name]; ok || p.more[d.name] {
			p.keep(d)
		}
	}
}

// keep puts a directive of TLS where it holds.
func (p *parser) keep(d *directive) {
	if s, ok := p.own[d.name]; ok && s.posture && len(d.missing) > 0 {
		p.doubt(d.place(), p.undefined(d))
		if d.name == "sslopensslconfcmd" || d.name == "sslpolicy" {
			o := openPart{why: p.undefined(d)}
			o.hold(d.name)
			p.leaveOpen(o)
		}
	}
	p.scope.lines = append(p.scope.lines, d)
}

func (p *parser) defineVariable(d *directive) {
	list := words(d.args)
	if len(list) == 0 || len(list) > 2 {
		p.refuse(d.place(), fmt.Sprintf("Define takes one or two arguments, not %d", len(list)), "put a value with blanks into quotes")
		return
	}
	if strings.Contains(list[0], ":") {
		p.refuse(d.place(), fmt.Sprintf("the name %s of a variable must not hold a colon", quote(list[0])), "")
		return
	}
	var value *string
	if len(list) == 2 {
		value = &list[1]
	}
	p.vars.define(list[0], value)
	if value != nil && len(d.missing) > 0 {
		p.vars.unknown[strings.ToLower(list[0])] = true
	}
}

func (p *parser) loadModule(d *directive) {
	list := words(d.args)
	p.modules[strings.ToLower(list[0])] = true
	p.modules[moduleFile(list[1])] = true
}

// moduleFile turns "modules/mod_ssl.so" into the name "mod_ssl.c" that
// IfModule reads too.
func moduleFile(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	name, _, _ = strings.Cut(name, ".")
	return strings.ToLower(name) + ".c"
}

// checkWord reports words the server does not know; false if the line has no
// further meaning.
func (p *parser) checkWord(d *directive) bool {
	if !plausible(d.word) {
		if len(d.missing) > 0 {
			p.doubt(d.place(), p.undefined(d))
			p.leaveOpen(anything(p.undefined(d)))
			return false
		}
		hint := "the server reads a directive up to the first blank"
		var edits []conftree.Edit
		if strings.Contains(d.word, noBreak) {
			hint = "the blank is a no-break space, which does not separate words: type a blank"
			edits = d.line.blank()
		}
		p.refuse(d.place(), fmt.Sprintf("%s is no directive", quote(d.word)), hint, edits...)
		return false
	}
	if p.alien[d.name] && !p.isForI() {
		p.misplaced(d)
		return false
	}
	if _, known := p.spec(d.name); known || p.more[d.name] || forI[d.name] || !strings.HasPrefix(d.name, "ssl") {
		return true
	}
	p.open(d.place(), fmt.Sprintf("%s is not a directive of %s this version of tlsaudit knows: a server that does not know it either refuses the configuration", quote(d.word), p.modules0()))
	return false
}

func (p *parser) modules0() string { return strings.TrimSuffix(p.dialect.modules[0], ".c") }

// plausible reports whether any module could have a directive of that name.
func plausible(word string) bool {
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}

// checkArgs reports a number of arguments, or a place, that the server refuses.
func (p *parser) checkArgs(d *directive) bool {
	s, known := p.spec(d.name)
	if !known {
		return true
	}
	place := d.scope
	allowed := s.where&inServer != 0
	switch place.kind {
	case mainScope:
		allowed = allowed || s.where&globalOnly != 0
	case dirScope:
		allowed = s.where&inDir != 0
	case proxyScope:
		allowed = s.where&(inProxy|inDir) != 0
	}
	if !allowed {
		p.refuse(d.place(), fmt.Sprintf("%s cannot stand in this section", p.spell(d.name)), "move the line out of the section of line "+fmt.Sprint(p.lineOf(place.open.line)))
		return false
	}
	if len(d.missing) > 0 {
		return true // what is missing may be several words or none
	}
	list := d.words()
	if s.flag {
		if len(list) == 0 || !strings.EqualFold(list[0], "on") && !strings.EqualFold(list[0], "off") {
			p.refuse(d.argument(), fmt.Sprintf("%s must be on or off", p.spell(d.name)), "")
			return false
		}
		return true
	}
	if len(list) < s.min || s.max >= 0 && len(list) > s.max {
		hint := ""
		for _, w := range list {
			if strings.HasPrefix(w, "#") {
				hint = "a # comments a line only where it begins: move the remark to a line of its own"
			}
		}
		var edits []conftree.Edit
		if edit, ok := d.apart(); ok && hint != "" {
			edits = []conftree.Edit{edit}
		}
		p.refuse(d.argument(), fmt.Sprintf("%s takes %s, not %d", p.spell(d.name), arguments(s), len(list)), hint, edits...)
		return false
	}
	return true
}

func arguments(s spec) string {
	switch {
	case s.max == 0:
		return "no argument"
	case s.min == s.max && s.min == 1:
		return "one argument"
	case s.min == s.max:
		return fmt.Sprintf("%d arguments", s.min)
	case s.max < 0:
		return fmt.Sprintf("at least %d arguments", s.min)
	}
	return fmt.Sprintf("%d to %d arguments", s.min, s.max)
}

// isForI reports signs of IBM HTTP Server for i, whose mod_ibm_ssl has other
// words.
func (p *parser) isForI() bool { return p.noted[forIGap] }

const forIGap = "this is a configuration of IBM HTTP Server for i, which has other directives under the same module name"

// checkNUL reports a line that ends in silence where a NUL stands.
func (p *parser) checkNUL(l line) {
	if l.nul < 0 || len(p.doc.Faults) >= 100 || p.blank() || l.macro {
		return
	}
	text := l.file.Text
	var edits []conftree.Edit
	for at := l.nul; at < len(text) && text[at] != '\n'; at++ {
		if text[at] == 0 && len(edits) < 1000 {
			edits = append(edits, l.file.Replace(at, at+1, ""))
		}
	}
	p.doc.Faults = append(p.doc.Faults, confdoc.Fault{
		Kind: confdoc.Misread, Place: l.file.Place(l.nul), Edits: edits,
		Message: "a NUL byte: the server drops the rest of its line in silence",
		Hint:    "delete the NUL bytes, then look whether the line still says what it should",
	})
}

// blank reports whether the text is of an encoding in which every line holds
// NULs; that is reported elsewhere.
func (p *parser) blank() bool { return p.doc.Main().Encoding.UTF16() }

// comment remembers directives that a comment hides.
func (p *parser) comment(l line) {
	s := p.scope.server()
	if len(s.hidden) > 100 {
		return
	}
	text := strings.TrimLeft(l.text, "#"+blanks)
	if name, args := word(text); p.hides(name) {
		s.hidden = append(s.hidden, hidden{line: l, name: strings.ToLower(name), args: args, at: len(l.text) - len(text)})
		return
	}
	for _, seg := range l.segments[1:] {
		rest := l.text[min(seg.text, len(l.text)):]
		lead := len(rest) - len(strings.TrimLeft(rest, blanks))
		name, args := word(rest)
		if !p.hides(name) && !swallowable(name) {
			continue
		}
		place := l.file.Place(l.at(min(seg.text+lead, len(l.text))))
		if p.hides(name) {
			s.hidden = append(s.hidden, hidden{line: l, name: strings.ToLower(name), args: args, at: seg.text + lead, swallowed: true})
		}
		edit := l.unswallow(seg.text)
		p.doc.Faults = append(p.doc.Faults, confdoc.Fault{
			Kind: confdoc.Misread, Place: place, Edits: edit,
			Message: fmt.Sprintf("the comment above ends in a backslash and swallows this line: %s does not count", clip(name)),
			Hint:    "delete the backslash at the end of the comment",
		})
	}
}

// hides reports whether a word in a comment is a directive somebody may miss.
func (p *parser) hides(name string) bool {
	s, ok := p.own[strings.ToLower(name)]
	return ok && s.posture
}

// swallowable are further words whose loss changes what is served.
func swallowable(name string) bool {
	switch strings.ToLower(strings.TrimSuffix(name, ">")) {
	case "listen", "include", "includeoptional", "<virtualhost", "</virtualhost", "<ifmodule", "</ifmodule", "servername":
		return true
	}
	return false
}

// at0 is the place of a file's beginning.
func at0(d *confdoc.Document) audit.Place { return audit.Place{File: d.Main().Name, Line: 1, Col: 1} }
