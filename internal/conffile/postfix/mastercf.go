package postfix

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// service is one entry of master.cf.
type service struct {
	name, kind, command string
	line                *logical
	// options are those that define a parameter, the last of a name in
	// overrides.
	options   []*definition
	overrides map[string]*definition
	// stops says why the program of the service does not start, stopsFor which
	// change mends that, if one is known.
	stops    string
	stopsFor []conftree.Edit
	// assumed is set for a service that is not written anywhere.
	assumed bool
}

// id is what Postfix calls the service in its own commands.
func (s *service) id() string { return s.name + "/" + s.kind }

func (s *service) place() audit.Place {
	if s.line == nil {
		return audit.Place{}
	}
	return s.line.file.Place(s.line.offset(0))
}

// fields is how many columns an entry has in front of its arguments.
const fields = 8

// maxServices bounds the entries that are read: the largest installations have
// some dozens.
const maxServices = 500

var kinds = []string{"inet", "unix", "fifo", "pass", "unix-dgram"}

// readMaster reads master.cf into c.
func (c *config) readMaster(f *conftree.File) {
	c.master = f
	if c.unreadable(f) {
		return
	}
	lines := logicalLines(f)
	for i := range lines {
		l := &lines[i]
		place := l.file.Place(l.offset(0))
		if l.orphan {
			c.fail(confdoc.Misread, place, "the line begins with blanks and continues none: Postfix leaves it out with a warning", "Remove the blanks at the start of the line.")
			continue
		}
		if len(c.services) >= maxServices {
			c.doc.Open(place, fmt.Sprintf("master.cf has more than %d services; those behind are not read", maxServices))
			return
		}
		s, fault := entry(l)
		if fault != "" {
			if l.prefix > 0 {
				fault += ": the file begins with a byte order mark, which is text to Postfix"
			}
			c.fail(confdoc.NotLoaded, place, "Postfix refuses master.cf: "+fault, "postconf -M shows what Postfix makes of the file.")
			return
		}
		if l.cut {
			c.fail(confdoc.Misread, l.file.Place(l.offset(len(l.text))), "a NUL byte hides the rest of the entry", "Remove the NUL bytes.")
		}
		same := slices.IndexFunc(c.services, func(o *service) bool { return o.id() == s.id() })
		if same >= 0 { // the last entry of a name counts
			c.fail(confdoc.Misread, c.services[same].place(), "the service "+plainName(s.id())+" is defined a second time, and only the last entry counts", "Remove one of the two.")
			if len(c.doc.Faults) < maxFaults {
				c.doc.Faults[len(c.doc.Faults)-1].Edits = c.services[same].line.remove()
			}
			c.services = slices.Delete(c.services, same, same+1)
		}
		c.services = append(c.services, s)
	}
}

// entry reads one entry. The fault is what the master daemon stops for.
func entry(l *logical) (*service, string) {
	words := quotedWords(l.text, blanks)
	if len(words) < fields {
		return nil, fmt.Sprintf("an entry has %d columns and the program, not %d", fields-1, len(words))
	}
	s := &service{name: words[0].text, kind: words[1].text, command: words[7].text, line: l, overrides: map[string]*definition{}}
	if !slices.Contains(kinds, s.kind) {
		return nil, "the type is none of " + strings.Join(kinds, ", ")
	}
	for i, column := range []string{"private", "unpriv", "chroot"} {
		if w := words[2+i].text; w != "y" && w != "n" && w != "-" {
			return nil, "column " + column + " is none of y, n and -"
		}
	}
	if w := strings.TrimSuffix(words[5].text, "?"); w != "-" && strings.Trim(w, "0123456789") != "" {
		return nil, "column wakeup is no number"
	}
	if w := words[6].text; w != "-" && !digitsOnly(w) {
		return nil, "column maxproc is no number"
	}
	s.arguments(words[fields:])
	return s, ""
}

// arguments reads the options of the program: -o name=value, -oname=value, and
// either in braces, perhaps with other letters before the o.
func (s *service) arguments(args []quoted) {
	for i := 0; i < len(args); i++ {
		w := args[i]
		if !strings.HasPrefix(w.text, "-") || w.text == "--" || w.text == "-" {
			return // arguments that are no options end them
		}
		at := strings.IndexByte(w.text[1:], 'o')
		if at < 0 {
			continue
		}
		value := quoted{w.text[at+2:], w.offset + at + 2}
		if value.text == "" {
			if i++; i >= len(args) {
				s.stops = "option -o has no value"
				return
			}
			value = args[i]
		}
		s.option(value)
		if s.stops != "" && len(s.stopsFor) == 0 && i+2 < len(args) && args[i+1].text == "=" && !strings.HasPrefix(args[i+2].text, "-") {
			last := args[i+2]
			s.stopsFor = s.line.replace(value.offset, last.offset+len(last.text), value.text+"="+last.text)
		}
	}
}

func (s *service) option(w quoted) {
	braced := strings.HasPrefix(w.text, "{")
	if braced {
		inner, ok := unbrace(w)
		if !ok {
			s.stops = "the braces of an option do not balance"
			return
		}
		w = inner
	}
	name, value, start, fault := nameValue(w.text)
	if fault != "" {
		s.stops = fmt.Sprintf("option -o %s: %s", plainName(name), fault) // the rest may be anything
		return
	}
	d := &definition{name: name, value: value, line: s.line, nameAt: w.offset, start: w.offset + start, service: s, braced: braced}
	d.end = d.start + len(value)
	if old := s.overrides[name]; old != nil {
		old.next = d
	}
	s.options = append(s.options, d)
	s.overrides[name] = d
}

// disabled reports whether master_service_disable switches the service off.
func (c *config) disabled(s *service) bool {
	v := c.everywhere().value("master_service_disable")
	off := false
	for _, w := range words(v.text, listSeparators) {
		switch w {
		case s.kind, s.id(), s.name + "." + s.kind:
			return !off
		case "!" + s.kind, "!" + s.id(), "!" + s.name + "." + s.kind:
			return off
		}
	}
	return false
}
