package httpd

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// scopeKind says what kind of section a directive stands in.
type scopeKind uint8

const (
	mainScope scopeKind = iota
	hostScope
	// dirScope is any section for some requests: Directory, Location, If.
	dirScope
	proxyScope
)

// scope is the server as a whole, a virtual host, or a section for requests.
type scope struct {
	kind   scopeKind
	parent *scope // nil for the main server
	open   *directive
	// close is the line that ends the section, nil if it never came.
	close *line
	// addresses are the arguments of VirtualHost.
	addresses []string
	// lines are the directives that matter, in the order the server takes them.
	lines []*directive
	// names are ServerName and the ServerAliases.
	names []string
	// hidden are comments that hold, or swallow, a directive that matters.
	hidden []hidden
	// doubts are what nobody can decide about this scope.
	doubts []string
	// parts are what was not read, or may not count, of a scope.
	parts []openPart
	// hole is set if a line in it brings in what could not be read.
	hole bool
	// byName has the lines by name, once reading is over.
	byName map[string][]*directive
}

// hidden is a directive that does not count, since a comment holds it.
type hidden struct {
	line line
	// name and args are the directive; at is its index in the line.
	name, args string
	at         int
	// swallowed is set if a backslash at the end of a comment took it.
	swallowed bool
}

// server returns the scope of the virtual host or the main server.
func (s *scope) server() *scope {
	for s.kind != mainScope && s.kind != hostScope {
		s = s.parent
	}
	return s
}

// index sorts the lines by name; nothing is added behind it.
func (s *scope) index() {
	s.byName = map[string][]*directive{}
	for i, d := range s.lines {
		d.order = i
		s.byName[d.name] = append(s.byName[d.name], d)
	}
}

// all returns the directives of one name, in order.
func (s *scope) all(name string) []*directive { return s.byName[name] }

// last returns the last directive of any of the names, nil if there is none.
func (s *scope) last(names ...string) (last *directive) {
	for _, name := range names {
		if list := s.byName[name]; len(list) > 0 {
			if d := list[len(list)-1]; last == nil || d.order > last.order {
				last = d
			}
		}
	}
	return last
}

// directive is one line that counts.
type directive struct {
	// name is in lower case, word as written.
	name, word string
	// args is what follows, variables replaced.
	args string
	line line
	// argsAt is the index of the arguments in the line, -1 if that is not to be
	// told: the name is continued, or came out of a variable.
	argsAt int
	// replaced is set if a variable stands in the line.
	replaced bool
	// missing are variables without a value.
	missing []string
	scope   *scope
	order   int // within the scope
}

func (d *directive) words() []string { return words(d.args) }

// place is where the directive is, argument where what follows it is.
func (d *directive) place() audit.Place { return d.line.file.Place(d.line.start) }
func (d *directive) argument() audit.Place {
	if d.argsAt < 0 {
		return d.place()
	}
	return d.line.file.Place(d.line.at(d.argsAt))
}

// text is the directive as a setting shows it.
func (d *directive) text() string { return strings.TrimSpace(d.word + " " + d.args) }

// editable reports whether a change of the line changes this directive alone.
func (d *directive) editable() bool { return !d.line.macro && d.argsAt >= 0 }

// withArgs returns the edit that gives the directive other arguments.
func (d *directive) withArgs(args string) conftree.Edit {
	from := d.line.start + len(d.word)
	if d.argsAt <= len(d.word) {
		return d.line.file.Replace(from, d.line.end, " "+args)
	}
	return d.line.file.Replace(d.line.at(d.argsAt), d.line.end, args)
}

// become returns the edit that makes other lines of the directive, with its
// indentation.
func (d *directive) become(lines ...string) conftree.Edit {
	eol := d.line.file.EOL() + indentation(d.line.file, d.line.start)
	return d.line.file.Replace(d.line.start, d.line.end, strings.Join(lines, eol))
}

// remove returns the edit that deletes the whole line.
func (d *directive) remove() conftree.Edit { return d.line.remove() }

func (l *line) remove() conftree.Edit {
	f := l.file
	return f.DeleteLines(f.LineAt(l.start), f.LineAt(l.end))
}

// after returns the edit that puts lines behind this one, indented like it.
func (l *line) after(deeper string, lines ...string) conftree.Edit {
	f := l.file
	indent := indentation(f, l.start) + deeper
	indented := make([]string, len(lines))
	for i, text := range lines {
		indented[i] = indent + text
	}
	return f.InsertAfter(f.LineAt(l.end), indented...)
}

// before returns the edit that puts lines in front of this one.
func (l *line) before(lines ...string) conftree.Edit {
	f := l.file
	indent := indentation(f, l.start)
	indented := make([]string, len(lines))
	for i, text := range lines {
		indented[i] = indent + text
	}
	return f.InsertBefore(f.LineAt(l.start), indented...)
}

// indentation returns the blanks in front of an offset on its line.
func indentation(f *conftree.File, offset int) string {
	line, start := f.Line(f.LineAt(offset))
	lead := line[:min(max(offset-start, 0), len(line))]
	if strings.Trim(lead, " \t") != "" {
		return ""
	}
	return lead
}

// config is what reading comes to: the syntax of a document.
type config struct {
	main  *scope
	hosts []*scope
	// listens are the Listen directives.
	listens []*directive
	ports   map[string][]listening // the same by port
	// proxies are sections with settings of the proxy side.
	proxies []*scope
	// forI is set for the server of another system that shares the name.
	forI bool
	// wrong are lines of the other dialect.
	wrong   []misfit
	dialect *dialect
	reader  *confdoc.Reader
	// list are the virtual hosts as listeners, server is the main server.
	list   []*host
	server *host
	// postures and broken keep what was evaluated, by what it was made of: most
	// virtual hosts of a server are alike.
	postures map[string]audit.Posture
	broken   map[string]badList
	// count is the number of directives that count.
	count int
}

// misfit is a line the dialect does not know, with what it should be.
type misfit struct {
	directive *directive
	message   string
	edits     []conftree.Edit
}

// spell writes a word as the documentation does, if it is known.
func (c *config) spell(name string) string {
	if s, ok := spellings[name]; ok {
		return s
	}
	return clip(name)
}

// key is the word of a directive as the documentation has it, or else as it
// stands in the file.
func (c *config) key(d *directive) string {
	if s, ok := spellings[d.name]; ok {
		return s
	}
	return clip(d.word)
}
