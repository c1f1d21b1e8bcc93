package postfix

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// definition is one "name = value", of main.cf or of an option of master.cf.
type definition struct {
	name, value string
	line        *logical
	// nameAt, start and end are where name and value stand in the text of the
	// line.
	nameAt, start, end int
	// service is the service whose option it is, nil for main.cf; braced is set
	// for an option in braces.
	service *service
	braced  bool
	// alone is set if nothing else stands on the line: it is one of main.cf.
	alone bool
	// next is the definition of the same name that takes its place.
	next *definition
}

func (d *definition) place() audit.Place { return d.line.file.Place(d.line.offset(d.nameAt)) }

// setting shows the definition as it is written.
func (d *definition) setting(note string) audit.Setting {
	s := confdoc.NewSetting(d.name, oneLine(d.value), d.place())
	s.Note = note
	return s
}

// maxValue is how much of a value is shown.
const maxValue = 300

// oneLine is text from a file on one line, cut where it is longer than anybody
// reads.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > maxValue {
		s = string(r[:maxValue]) + "..."
	}
	return s
}

// shown is a value in a message.
func shown(key, value string) string {
	s := oneLine(confdoc.Redact(key, value))
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	return s
}

// maxLines bounds the logical lines of one file.
const maxLines = 200000

// readMain reads main.cf into c.
func (c *config) readMain(f *conftree.File) {
	c.main = f
	if c.unreadable(f) {
		return
	}
	lines := logicalLines(f)
	if len(lines) > maxLines {
		c.fail(confdoc.Unclear, audit.Place{File: f.Name, Line: 1}, fmt.Sprintf("main.cf has more than %d logical lines", maxLines), "")
		return
	}
	for i := range lines {
		if c.mainLine(&lines[i]); c.doc.Broken() != nil {
			return // Postfix stops here as well
		}
	}
	if len(lines) == 0 && strings.Contains(f.Text, "\r") && !strings.Contains(f.Text, "\n") {
		c.fail(confdoc.Unclear, f.Place(0),
			"the lines end with CR alone: Postfix takes the whole file for one comment, so that nothing in it takes effect",
			"Save the file with line ends LF; postconf -n then shows what is set.")
	}
}

func (c *config) mainLine(l *logical) {
	place := l.file.Place(l.offset(0))
	if l.orphan {
		c.fail(confdoc.Misread, place, "the line begins with blanks and continues none: Postfix leaves it out with a warning", "Remove the blanks at the start of the line.")
		return
	}
	name, value, start, fault := nameValue(l.text)
	if fault != "" {
		why := fault
		switch {
		case l.prefix > 0:
			why += ": the file begins with a byte order mark, which is text to Postfix"
		case l.cut:
			why += ": a NUL byte hides the rest of the line"
		}
		c.fail(confdoc.NotLoaded, place, "Postfix refuses main.cf: "+why, "Write name = value; postconf -n shows what Postfix makes of the file.")
		return
	}
	d := &definition{name: name, value: value, line: l, start: start, end: start + len(value), alone: true}
	if old := c.global[name]; old != nil {
		old.next = d
	}
	c.global[name] = d
	c.defined = append(c.defined, d)
	c.misread(d, place)
}

// misread reports what Postfix reads otherwise than people do.
func (c *config) misread(d *definition, place audit.Place) {
	l := d.line
	valueAt := l.file.Place(l.offset(d.start))
	mend := func(from, to int, text string) {
		if len(c.doc.Faults) < maxFaults {
			c.doc.Faults[len(c.doc.Faults)-1].Edits = l.replace(from, to, text)
		}
	}
	switch {
	case l.prefix > 0:
		c.fail(confdoc.Misread, place, "the byte order mark becomes part of the first name, so that "+plainName(d.name)+" is not set", "Save the file as UTF-8 without a byte order mark.")
	case strings.ContainsFunc(d.name, func(r rune) bool { return r >= 0x80 }):
		c.fail(confdoc.Misread, place, "the name holds a sign that is no ASCII, such as a no-break space, so that "+plainName(d.name)+" is not set", "Replace the sign by a blank.")
		if clean := plainName(d.name); !l.cut && known[clean] {
			mend(d.nameAt, d.nameAt+len(d.name), clean)
		}
	case known[strings.ToLower(d.name)] && !known[d.name]:
		c.fail(confdoc.Misread, place, "names of parameters are lower case: "+plainName(d.name)+" sets nothing", "Write the name in lower case.")
		if !l.cut {
			mend(d.nameAt, d.nameAt+len(d.name), strings.ToLower(d.name))
		}
	}
	switch {
	case l.cut:
		c.fail(confdoc.Misread, l.file.Place(l.offset(len(l.text))), "a NUL byte hides the rest of the line: "+plainName(d.name)+" is shorter than it looks", "Remove the NUL bytes.")
		if len(c.doc.Faults) < maxFaults {
			c.doc.Faults[len(c.doc.Faults)-1].Edits = l.withoutNUL()
		}
	case strings.Contains(strings.TrimRight(d.value, "\r"), "\r"):
		c.fail(confdoc.Misread, valueAt, "lines that end with CR alone are one line to Postfix: all that follows becomes the value of "+plainName(d.name), "Save the file with line ends LF.")
	}
}

// plainName is a name without signs that are not seen.
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < '!' || r >= 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return s
}

// unreadable reports a file in an encoding Postfix refuses.
func (c *config) unreadable(f *conftree.File) bool {
	if !f.Encoding.UTF16() {
		return false
	}
	c.fail(confdoc.NotLoaded, audit.Place{File: f.Name, Line: 1}, "the file is UTF-16, which Postfix refuses", "Save the file as UTF-8 without a byte order mark.")
	return true
}
