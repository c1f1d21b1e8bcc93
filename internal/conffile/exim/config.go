package exim

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// config is the configuration as Exim has it once it is read.
type config struct {
	doc  *confdoc.Document
	lib  library
	main section
	// mainLines are the lines of the main section, begin the one that ends it.
	mainLines  []*line
	begin      *line
	transports []*driver
	auths      []*driver
	acls       map[string][]*line
	macros     []*macro
	missing    *confdoc.Gap
	// part says of which section of a split configuration the file is a part;
	// empty for a whole configuration.
	part string
}

// section holds options by name.
type section map[string]*option

// driver is an entry of transports or authenticators.
type driver struct {
	name    string
	line    *line
	options section
	// kind is where its driver is set, behind which private options go.
	kind *option
}

// sections by their names in lower case, with the "s" Exim adds.
var sections = names("acls", "authenticators", "local_scans", "retrys", "rewrites", "routers", "transports")

// load reads a file for a build with one of the libraries.
func load(r *confdoc.Reader, main *conftree.File, lib library) *config {
	doc := &confdoc.Document{Files: []*conftree.File{main}}
	c := &config{doc: doc, lib: lib, main: section{}, acls: map[string][]*line{}}
	if damaged(doc, main) {
		return c
	}
	s := newSource(r, doc, main, lib)
	if c.part = splitPart(main); c.part != "" {
		s.missing = &confdoc.Gap{Message: "the other parts of the split configuration are not here", Place: main.Place(0)}
	}
	next := c.part
	if next == "" || next == "main" {
		next = c.readMain(s)
	}
	s.past = true
	seen := map[string]bool{}
	if c.part != "" && c.part != "main" {
		next = c.readSection(s, next) // the first part of a section begins it by itself
	}
	for next != "" && !s.stopped {
		if seen[next] {
			s.fail(confdoc.NotLoaded, s.here(), "the section "+next+" comes twice: Exim refuses the file", "put the parts of the section together")
			break
		}
		seen[next] = true
		next = c.readSection(s, next)
	}
	c.macros, c.missing = s.macros, s.missing
	return c
}

// How Debian names the parts of its split configuration, and what tells them
// apart.
var (
	debianPart  = regexp.MustCompile(`^\d+_exim4-config_`)
	smtpDriver  = regexp.MustCompile(`(?m)^[ \t]*driver[ \t]*=[ \t]*(smtp|pipe|appendfile|autoreply|lmtp)[ \t\r]*$`)
	anyEntry    = regexp.MustCompile(`(?m)^[ \t]*[a-z0-9_]+[ \t]*:[ \t\r]*$`)
	otherFolder = names("acl", "retry", "rewrite", "router", "transport", "auth")
)

// splitPart says which section a file of Debian's split configuration belongs
// to: by the folder it is in, or else by what it holds.
func splitPart(f *conftree.File) string {
	for _, name := range []string{f.Path, f.Name} {
		dir := path.Dir(strings.ReplaceAll(name, `\`, "/"))
		if path.Base(path.Dir(dir)) != "conf.d" {
			continue
		}
		switch name := path.Base(dir); {
		case name == "main":
			return name
		case name == "auth":
			return "authenticators"
		case otherFolder[name]:
			return name + "s"
		}
	}
	switch {
	case !debianPart.MatchString(path.Base(f.Path)):
		return ""
	case smtpDriver.MatchString(f.Text):
		return "transports"
	case anyEntry.MatchString(f.Text):
		return "rewrites" // of a section that does not matter here
	}
	return "main"
}

// damaged reports text that Exim does not read as it was meant.
func damaged(doc *confdoc.Document, f *conftree.File) bool {
	start := f.Place(0)
	first := strings.TrimLeft(f.Text, blanks)
	switch enc := f.Encoding; {
	case enc.BOM:
		doc.Fail(confdoc.NotLoaded, start, "the file begins with a byte order mark: Exim refuses it", "save the file as UTF-8 without a byte order mark")
	case enc.UTF16() && (enc.Charset == "utf-16be" || strings.HasPrefix(first, "#")):
		doc.Fail(confdoc.Unclear, start, "the file is UTF-16: Exim stops each line at its first NUL byte, and nothing in it takes effect", "save the file as UTF-8 without a byte order mark")
	case enc.UTF16():
		doc.Fail(confdoc.NotLoaded, start, "the file is UTF-16: Exim refuses it", "save the file as UTF-8 without a byte order mark")
	case strings.HasPrefix(first, "#") && !strings.Contains(f.Text, "\n") && strings.Contains(strings.TrimRight(f.Text, blanks), "\r"):
		doc.Fail(confdoc.Unclear, start, "lines end with CR only: to Exim the file is one comment, and nothing in it takes effect", "end lines with LF")
	default:
		return false
	}
	return true
}

// readMain reads the options before the first "begin", and returns the section
// that follows.
func (c *config) readMain(s *source) (next string) {
	for l := s.next(); l != nil; l = s.next() {
		if name, ok := s.begins(l); ok {
			c.begin = l
			return name
		}
		c.mainLines = append(c.mainLines, l)
		if upper(l.text[0]) {
			s.define(l)
			continue
		}
		if word := l.text[:nameLength(l.text)]; word == "domainlist" || word == "hostlist" || word == "addresslist" || word == "localpartlist" {
			continue
		}
		if n := nameLength(l.text); strings.HasPrefix(strings.TrimLeft(l.text[n:], blanks), ":") {
			s.fail(confdoc.NotLoaded, l.place(0), "an entry of a section stands in the main section: Exim refuses the file", "the line begin NAME of the section is missing, or the line before ends with a backslash")
			continue
		}
		c.set(s, c.main, l)
	}
	return ""
}

// begins reports whether a line starts a section, and which.
func (s *source) begins(l *line) (name string, ok bool) {
	if len(l.text) < 6 || !strings.EqualFold(l.text[:6], "begin ") {
		if word := l.text[:nameLength(l.text)]; strings.EqualFold(word, "begin") && !strings.ContainsAny(l.text, "=:") {
			s.fail(confdoc.NotLoaded, l.place(0), "begin needs one blank and the name of a section behind it: Exim refuses the file", "begin transports")
		}
		return "", false
	}
	name = strings.ToLower(strings.Trim(l.text[6:], blanks))
	if !strings.HasSuffix(name, "s") {
		name += "s"
	}
	if !sections[name] {
		s.fail(confdoc.NotLoaded, l.place(6), "there is no section of this name: Exim refuses the file", "the sections are acl, authenticators, local_scan, retry, rewrite, routers, transports")
		return "", true
	}
	return name, true
}

// define reads a macro definition.
func (s *source) define(l *line) {
	name := l.text[:nameLength(l.text)]
	value, ok := strings.CutPrefix(strings.TrimLeft(l.text[len(name):], blanks), "=")
	if !ok {
		s.fail(confdoc.NotLoaded, l.place(0), "a line that begins with a capital defines a macro, and this one has no = behind the name: Exim refuses the file", "names of options are written in lower case")
		return
	}
	value, again := strings.CutPrefix(value, "=")
	value = strings.TrimLeft(value, blanks)
	old := s.byName[name]
	switch {
	case old != nil && again:
		old.value = value
		return
	case old != nil:
		s.fail(confdoc.NotLoaded, l.place(0), "the macro "+short(name)+" is defined twice: Exim refuses the file", "write == to define it anew")
		return
	case again && s.missing == nil:
		s.fail(confdoc.NotLoaded, l.place(0), "the macro "+short(name)+" is defined anew and was never defined: Exim refuses the file", "write = for the first definition")
		return
	case len(s.macros) >= maxMacros:
		s.fail(confdoc.Unclear, l.place(0), "there are more macros than are followed", "")
		return
	}
	for _, m := range s.macros {
		if len(m.name) < len(name) && strings.Contains(name, m.name) {
			s.fail(confdoc.NotLoaded, l.place(0), "the name of the macro "+short(name)+" holds that of an earlier one, "+short(m.name)+": Exim refuses the file", "rename one of them")
			return
		}
	}
	m := &macro{name, value}
	if name == "UPEX4CmacrosUPEX4C" && s.missing == nil {
		s.missing = &confdoc.Gap{Message: "update-exim4.conf writes macros into this template", Place: l.place(0)}
	}
	s.macros = append(s.macros, m)
	s.byName[name] = m
}

// short keeps names of files' own making within messages.
func short(name string) string {
	if len(name) > 40 {
		return name[:40] + "..."
	}
	return name
}

// set reads an option into a section.
func (c *config) set(s *source, into section, l *line) *option {
	o, refused := parseOption(l)
	if refused != "" {
		s.fail(confdoc.NotLoaded, l.place(0), refused+": Exim refuses the file", "a # begins a comment at the start of a line only")
		return o
	}
	if old := into[o.name]; old != nil && !repeated[o.name] {
		f := confdoc.Fault{
			Kind: confdoc.NotLoaded, Place: l.place(0), Message: short(o.name) + " is set for the second time: Exim refuses the file",
			Hint: "keep one of the two lines; the other is at " + old.place().String(),
		}
		if old.value == o.value && old.on == o.on && l.whole() {
			f.Edits = l.remove()
		}
		if len(c.doc.Faults) < maxFaults {
			c.doc.Faults = append(c.doc.Faults, f)
		}
		s.stopped = true
		return o
	}
	if known[o.name] && l.unsure {
		c.doc.Open(l.place(0), o.name+" stands behind a condition that depends on how Exim was built")
	}
	if !known[o.name] && (strings.HasPrefix(o.name, "tls_") || strings.HasPrefix(o.name, "openssl_")) {
		c.doc.Open(l.place(0), "no version of Exim that is known has the option "+short(o.name)+"; those that lack it refuse the file")
	}
	into[o.name] = o
	return o
}

// readSection reads a section up to the next one.
func (c *config) readSection(s *source, name string) (next string) {
	var d *driver
	var acl string
	for l := s.next(); l != nil; l = s.next() {
		if next, ok := s.begins(l); ok {
			return next
		}
		n := nameLength(l.text)
		behind := strings.TrimLeft(l.text[n:], blanks)
		head := n > 0 && strings.HasPrefix(behind, ":")
		switch {
		case name == "retrys" || name == "rewrites" || name == "local_scans":
		case n > 0 && upper(l.text[0]) && strings.HasPrefix(behind, "="):
			s.define(l)
			d = nil
		case name == "acls" && head:
			acl = l.text[:n]
			c.acls[acl] = append(c.acls[acl], nil)[:0]
		case name == "acls":
			c.acls[acl] = append(c.acls[acl], l)
		case head:
			d = c.newDriver(s, name, l, behind)
		case d == nil:
			s.fail(confdoc.NotLoaded, l.place(0), "an option stands before the name of the first entry of "+name+": Exim refuses the file", "begin each entry by its name and a colon")
		default:
			c.driverOption(s, d, l)
		}
	}
	return ""
}

func (c *config) newDriver(s *source, kind string, l *line, behind string) *driver {
	d := &driver{name: l.text[:nameLength(l.text)], line: l, options: section{}}
	if strings.Trim(behind[1:], blanks) != "" {
		s.fail(confdoc.NotLoaded, l.place(0), "extra characters follow the name "+short(d.name)+": Exim refuses the file", "options go on lines of their own")
	}
	list := &c.transports
	switch kind {
	case "transports":
	case "authenticators":
		list = &c.auths
	default:
		return d
	}
	if slices.ContainsFunc(*list, func(o *driver) bool { return o.name == d.name }) {
		s.fail(confdoc.NotLoaded, l.place(0), "there are two entries "+short(d.name)+" in "+kind+": Exim refuses the file", "rename one of them")
	}
	*list = append(*list, d)
	return d
}

func (c *config) driverOption(s *source, d *driver, l *line) {
	o := c.set(s, d.options, l)
	switch {
	case o.name == "driver":
		d.kind = o
	case d.kind == nil && known[o.name] && o.name != "driver" && !s.stopped:
		s.fail(confdoc.NotLoaded, l.place(0), o.name+" stands before the driver is set: Exim refuses the file", "put driver = smtp first")
	}
}

// smtp reports whether a transport speaks SMTP over TCP.
func (d *driver) smtp() bool { return d.kind != nil && d.kind.value == "smtp" }

// at is where a driver begins.
func (d *driver) at() audit.Place { return d.line.place(0) }
