package postfix

import (
	"errors"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// replace puts text in the place of a range of a logical line: in its first
// physical line, the others lose what of them is in the range.
func (l *logical) replace(from, to int, text string) (edits []conftree.Edit) {
	at, done := l.prefix, false
	for i, s := range l.segments {
		n := s.end - s.start
		line := l.file.Text[s.start:s.end]
		filled := len(strings.TrimRightFunc(line, spaceRune))
		begin, end := max(from-at, 0), min(to-at, filled)
		last := i == len(l.segments)-1
		switch {
		case !done && (from-at < n || last):
			begin = min(begin, filled)
			if glued := begin > 0 && !space(line[begin-1]) && from == to && line[begin-1] == '='; glued && text != "" {
				text = " " + text
			}
			edits = append(edits, l.file.Replace(s.start+begin, s.start+max(begin, end), text))
			done = true
		case done && end > 0 && end == filled: // nothing else on the line
			edits = append(edits, l.file.Replace(s.start, min(s.end+1, len(l.file.Text)), ""))
		case done && end > 0:
			lead := len(line) - len(strings.TrimLeftFunc(line, spaceRune))
			edits = append(edits, l.file.Replace(s.start+min(lead, end), s.start+end, ""))
		}
		at += n
	}
	return edits
}

// remove takes the whole logical line out; comments in it stay.
func (l *logical) remove() (edits []conftree.Edit) {
	for _, s := range l.segments {
		edits = append(edits, l.file.Replace(s.start, min(s.end+1, len(l.file.Text)), ""))
	}
	return edits
}

// withoutNUL takes every NUL byte out of the line.
func (l *logical) withoutNUL() (edits []conftree.Edit) {
	for _, s := range l.segments {
		for at := s.start; at < s.end && len(edits) < maxEdits; at++ {
			if l.file.Text[at] == 0 {
				edits = append(edits, l.file.Replace(at, at+1, ""))
			}
		}
	}
	return edits
}

// maxEdits bounds the changes one line gets.
const maxEdits = 1000

// become gives a definition another value.
func (d *definition) become(text string) []conftree.Edit {
	if d.service != nil && !d.braced && strings.ContainsAny(text, blanks) {
		return d.line.replace(d.nameAt, d.end, "{ "+d.name+" = "+text+" }")
	}
	end := d.end
	if d.alone && d.line.cut {
		end = 1 << 30 // what the NUL hides goes as well
	}
	return d.line.replace(d.start, end, text)
}

var errNoMain = errors.New("main.cf, where the setting belongs, is not here")

// set gives a parameter a value where it is defined for the program: in an
// option of its service, at the last definition in main.cf, or, if nothing
// defines it, at the end of main.cf.
func (s *scope) set(name, text string) ([]conftree.Edit, error) {
	if d := s.definition(name); d != nil {
		return d.become(text), nil
	}
	if s.main == nil {
		return nil, errNoMain
	}
	return []conftree.Edit{s.main.InsertBefore(s.main.Lines()+1, name+" = "+text)}, nil
}

// setAll sets several parameters, given as name and value in turn.
func (s *scope) setAll(pairs ...string) (edits []conftree.Edit) {
	for i := 0; i+1 < len(pairs); i += 2 {
		more, err := s.set(pairs[i], pairs[i+1])
		if err != nil {
			return nil
		}
		edits = append(edits, more...)
	}
	return edits
}

// command is the command that sets a parameter for the program.
func (s *scope) command(name, text string) string {
	if s.service != nil && s.service.overrides[name] != nil {
		return "postconf -P '" + s.service.id() + "/" + name + "=" + text + "' && postfix reload"
	}
	return "postconf -e '" + name + " = " + text + "' && postfix reload"
}

// bounds reports whether lists of protocols may have bounds: for sure, since the
// version is known or the files have one already.
func (c *config) bounds() bool {
	if v, ok := c.reader.Version("postfix"); ok {
		return confdoc.CompareVersions(v, "3.6") >= 0
	}
	if d := c.global["compatibility_level"]; d != nil {
		if n, err := level(trim(d.value)); err == nil && n >= must36 {
			return true
		}
	}
	for name, d := range c.global {
		if strings.HasSuffix(name, "_protocols") && (strings.Contains(d.value, ">=") || strings.Contains(d.value, "<=")) {
			return true
		}
	}
	for _, t := range c.tables {
		for _, r := range t.rows {
			if d := r.attributes["protocols"]; d != nil && strings.Contains(d.value, "=") {
				return true
			}
		}
	}
	return false
}

const must36 = 3<<40 | 6<<20

// establish writes what is wanted into the files.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	e, ok := l.Scope.(*end)
	if !ok {
		return nil, errors.New("no listener of this format")
	}
	var edits []conftree.Edit
	var err error
	add := func(more []conftree.Edit, problem error) {
		edits = append(edits, more...)
		if err == nil {
			err = problem
		}
	}
	if want.MinVersion != 0 || len(want.Versions) > 0 {
		add(e.setVersions(want))
	}
	if want.Strong || len(want.AllowSuites) > 0 || len(want.ForbidSuites) > 0 {
		add(e.setSuites(want))
	}
	if want.ServerOrder != nil {
		add(e.setOrder(*want.ServerOrder))
	}
	if want.StartTLS {
		add(e.setLevel())
	}
	switch {
	case err != nil:
	case len(edits) > 0:
	case want.MinDHBits > 0 || len(want.Groups) > 0:
		err = errors.New("groups and DH parameters are not written; see the text")
	case want.Certificate != "" || want.Other != "":
		err = errors.New("no line of main.cf or master.cf brings this about")
	default:
		err = errors.New("nothing of what is wanted is a setting of Postfix")
	}
	if err != nil {
		return nil, err
	}
	return edits, nil
}

// setVersions writes the lists in force. What is on and good enough stays on.
func (e *end) setVersions(want audit.Want) (edits []conftree.Edit, err error) {
	if e.security.stops != "" {
		return nil, errors.New("the program does not start: " + e.security.stops)
	}
	for _, list := range e.versions {
		versions := want.Versions
		if len(versions) == 0 {
			versions = kept(list.protocols, want.MinVersion)
		}
		text, err := spell(versions, e.bounds())
		if err != nil {
			return nil, err
		}
		more, err := e.setWord(list.value, "protocols", text)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	return edits, nil
}

// kept are the versions a list leaves on, without those below a minimum; all
// from there on if that leaves none.
func kept(p protocols, lowest audit.Version) []audit.Version {
	if list := slices.DeleteFunc(p.allowed(), func(v audit.Version) bool { return v < lowest }); len(list) > 0 {
		return list
	}
	return from(lowest)
}

// setWord sets a parameter, or the attribute of the same meaning of a row.
func (e *end) setWord(v value, attribute, text string) ([]conftree.Edit, error) {
	if e.row == nil {
		return e.set(v.name, text)
	}
	text = strings.Join(words(text, listSeparators), ":")
	switch d := e.row.attributes[attribute]; {
	case e.row.end < 0:
		return nil, errors.New("the table is part of another parameter")
	case d != nil:
		return d.become(text), nil
	default:
		return e.row.line.replace(e.row.end, e.row.end, " "+attribute+"="+text), nil
	}
}

func (e *end) setOrder(server bool) ([]conftree.Edit, error) {
	if e.row != nil {
		return nil, errors.New("a client chooses nothing")
	}
	text := "no"
	if server {
		text = "yes"
	}
	return e.set("tls_preempt_cipherlist", text)
}

// setLevel switches opportunistic TLS on.
func (e *end) setLevel() ([]conftree.Edit, error) {
	switch {
	case e.row != nil:
		return e.row.setLevel("encrypt")
	case e.program == "smtp" || e.program == "lmtp":
		return e.set(e.program+"_tls_security_level", "may")
	}
	if !e.certified() {
		return nil, errors.New("TLS needs a certificate, and none is configured: set smtpd_tls_chain_files first")
	}
	name, level := "smtpd_tls_security_level", "may"
	if e.program == "postscreen" && e.definition("postscreen_tls_security_level") != nil {
		name = "postscreen_tls_security_level"
	}
	if before, why := e.lowered(e.everywhere()); why != "" {
		level = before // what an option took away
	}
	edits, err := e.set(name, level)
	if err != nil {
		return nil, err
	}
	return append(edits, e.started(name, level, audit.TLSv12)...), nil
}

// certified reports whether a certificate is configured.
func (e *end) certified() bool {
	return slices.ContainsFunc([]string{"chain_files", "cert_file", "eccert_file", "dcert_file"}, func(name string) bool {
		return e.value("smtpd_tls_"+name).text != ""
	})
}

// setLevel gives a row another level.
func (r *row) setLevel(level string) ([]conftree.Edit, error) {
	if r.end < 0 {
		return nil, errors.New("the table is part of another parameter")
	}
	end := r.levelAt.offset + len(r.levelAt.text)
	if r.level == "none" {
		end = r.end // attributes that were left out so far would come to life
	}
	return r.line.replace(r.levelAt.offset, end, level), nil
}
