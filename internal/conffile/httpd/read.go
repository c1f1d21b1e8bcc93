package httpd

import (
	"fmt"
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// readAs reads the files of one dialect and lets it declare what they say.
func readAs(format *confdoc.Format, d *dialect, r *confdoc.Reader, main *conftree.File, declare func(*parser)) *confdoc.Document {
	p := newParser(format, d, r, main)
	p.firstRun = true
	p.run()
	if len(p.assumed) > 0 && len(p.modules) > 0 && !p.stopped {
		// Now it is known what is loaded at all: read again, and decide what was
		// in doubt.
		second := newParser(format, d, r, main)
		second.late, second.wasOpen = p.modules, p.holes
		p = second
		p.run()
	}
	if p.conf.count == 0 && len(p.doc.Faults) == 0 && len(p.doc.Gaps) == 0 {
		p.doc.Fail(confdoc.Unclear, at0(p.doc), "the file configures nothing: there is no directive in it", "is it the right file, and complete?")
	}
	p.conf.main.index()
	for _, s := range append(p.conf.hosts, p.conf.proxies...) {
		s.index()
	}
	p.fold()
	declare(p)
	p.doc.Syntax = p.conf
	return p.doc
}

func newParser(format *confdoc.Format, d *dialect, r *confdoc.Reader, main *conftree.File) *parser {
	root := &scope{kind: mainScope}
	p := &parser{
		dialect: d, r: r, vars: newVars(), scope: root, base: newBase(main.Path),
		doc:     &confdoc.Document{Format: format, Files: []*conftree.File{main}},
		modules: map[string]bool{}, assumed: map[string]bool{}, macros: map[string]*macro{}, noted: map[string]bool{},
	}
	p.conf = &config{main: root, dialect: d, reader: r, postures: map[string]audit.Posture{}, broken: map[string]badList{}}
	return p
}

var signsOfI = regexp.MustCompile(`(?im)^[ \t]*(SSLAppName\b|LoadModule[ \t]+ibm_ssl_module[ \t]+"?/QSYS\.LIB/)`)

func (p *parser) run() {
	main := p.doc.Main()
	p.bytes = len(main.Text)
	if p.dialect == ihsDialect {
		if at := signsOfI.FindStringIndex(main.Text); at != nil {
			p.open(main.Place(at[0]), forIGap)
			p.conf.forI = true
		}
	}
	if !p.damage(main) {
		p.stopped = true
		return
	}
	p.stack = []string{main.Path}
	p.read(main)
}

// damage reports what is wrong with a file's encoding; false if the server gets
// nothing out of it.
func (p *parser) damage(f *conftree.File) bool {
	place := audit.Place{File: f.Name, Line: 1, Col: 1}
	comment := strings.HasPrefix(strings.TrimLeft(f.Text, blanks), "#")
	switch {
	case f.Encoding.UTF16():
		const hint = "convert the file to UTF-8 without a byte order mark"
		if !f.Encoding.BOM && (comment || f.Encoding.Charset == "utf-16be") {
			p.doc.Fail(confdoc.Unclear, place, "the file is UTF-16: the server sees empty lines and comments only, and nothing in it takes effect", hint)
		} else {
			p.refuse(place, "the file is UTF-16, which the server does not read", hint)
		}
		return false
	case f.Encoding.BOM:
		p.refuse(place, "the file begins with a byte order mark, which the server takes for part of the first word", "save the file without a byte order mark")
		return false
	case strings.Contains(strings.TrimRight(f.Text, blanks), "\r") && !strings.Contains(f.Text, "\n"):
		const hint = "end lines with LF or CR LF"
		if comment {
			p.doc.Fail(confdoc.Unclear, place, "lines end with CR alone: the whole file is one comment to the server, and nothing in it takes effect", hint)
		} else {
			p.refuse(place, "lines end with CR alone: the whole file is one line to the server", hint)
		}
		return false
	}
	return true
}

// fold finds what belongs to every virtual host: which one is the first of its
// address, and by what name it goes.
func (p *parser) fold() {
	first := map[string]*host{}
	for _, s := range p.conf.hosts {
		h := &host{conf: p.conf, scope: s}
		for i, a := range s.addresses {
			key := addressKey(a)
			if first[key] == nil {
				first[key] = h
				h.isDefault = true
			}
			if i == 0 {
				h.first = first[key]
			}
		}
		if h.first == nil {
			h.first = h
		}
		if h.first != h {
			h.isDefault = false
		}
		p.conf.list = append(p.conf.list, h)
	}
	p.conf.server = &host{conf: p.conf, scope: p.conf.main}
	p.conf.server.first = p.conf.server
}

// host is a virtual host, or the main server, as a listener.
type host struct {
	conf  *config
	scope *scope
	// first is the first virtual host of the address: itself, or the one that
	// answers before the name of the server is known.
	first     *host
	isDefault bool
	// proxy is set for the client side.
	proxy bool

	apache *apacheState
	ihs    *ihsState
	// cmds and its lines are kept, see conf.
	cmds *confCmds
}

// place is where the section begins, or the file.
func (h *host) place(d *confdoc.Document) audit.Place {
	if h.scope.open != nil {
		return h.scope.open.place()
	}
	return at0(d)
}

// splitAddress takes the address of a VirtualHost or Listen apart.
func splitAddress(a string) (address, port string) {
	if i := strings.LastIndexByte(a, ':'); i >= 0 && !strings.HasSuffix(a, "]") {
		address, port = a[:i], a[i+1:]
		if port == "*" {
			port = ""
		}
	} else {
		address = a
	}
	if address == "*" || strings.EqualFold(address, "_default_") || address == "0.0.0.0" || address == "[::]" {
		address = ""
	}
	return strings.ToLower(address), port
}

func addressKey(a string) string {
	address, port := splitAddress(a)
	return address + ":" + port
}

// listenAddress reads Listen, whose lone word may be a port.
func listenAddress(d *directive) (address, port string) {
	a, _ := word(d.args)
	if !strings.Contains(a, ":") {
		return "", a
	}
	return splitAddress(a)
}

// listening returns the Listen directives of a port, or all if it is "".
func (c *config) listening(port string) []listening {
	if c.ports == nil {
		c.ports = map[string][]listening{}
		for _, d := range c.listens {
			var l listening
			l.address, l.port = listenAddress(d)
			if all := c.ports[""]; len(all) < 100 {
				c.ports[""] = append(all, l)
			}
			if same := c.ports[l.port]; l.port != "" && len(same) < 100 {
				c.ports[l.port] = append(same, l)
			}
		}
	}
	return c.ports[port]
}

type listening struct{ address, port string }

// binds are the addresses a host listens on. Where it names no port, and where
// Listen names addresses more exactly, those of Listen count.
func (h *host) binds() (list []string) {
	add := func(address, port string) {
		if b := address + ":" + port; port != "" && len(list) < 100 && !contains(list, b) {
			list = append(list, b)
		}
	}
	addresses := h.scope.addresses
	if h.scope.kind == mainScope {
		addresses = []string{"*"}
	}
	for _, a := range addresses {
		address, port := splitAddress(a)
		matched := false
		for _, l := range h.conf.listening(port) {
			la, lp := l.address, l.port
			if port != "" && lp != port || address != "" && la != "" && la != address {
				continue
			}
			matched = true
			if address != "" {
				la = address
			}
			add(la, lp)
		}
		if !matched {
			add(address, port)
		}
	}
	return list
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// name is what the listener is called: its addresses and the name it serves.
func (h *host) name() string {
	if h.scope.kind == mainScope {
		return "main server"
	}
	var parts []string
	for _, a := range h.scope.addresses {
		address, port := splitAddress(a)
		switch {
		case address == "" && port == "":
			parts = append(parts, "any")
		case address == "":
			parts = append(parts, port)
		case port == "":
			parts = append(parts, address)
		default:
			parts = append(parts, address+":"+port)
		}
		if len(parts) == 4 {
			break
		}
	}
	name := strings.Join(parts, ",")
	if len(h.scope.names) > 0 {
		server := h.scope.names[0]
		if _, rest, ok := strings.Cut(server, "://"); ok {
			server = rest
		}
		server, _, _ = strings.Cut(server, ":")
		name += " " + server
	}
	return clip(name)
}

// onTLSPort reports whether a host sits where people expect TLS.
func (h *host) onTLSPort() bool {
	for _, b := range h.binds() {
		if strings.HasSuffix(b, ":443") || strings.HasSuffix(b, ":8443") {
			return true
		}
	}
	return false
}

// listener begins the listener of a host.
func (h *host) listener(d *confdoc.Document) *confdoc.Listener {
	l := &confdoc.Listener{Scope: h}
	l.Listener, l.Role, l.Protocol = h.name(), audit.RoleServer, "https"
	l.Product = d.Format.Product
	l.Binds, l.Default = h.binds(), h.isDefault
	for _, n := range h.scope.names {
		l.Names = append(l.Names, clip(n))
	}
	place := h.place(d)
	l.Place = &place
	if v, ok := h.conf.reader.Version(h.conf.dialect.versionKey); ok {
		l.ProductVersion = v
	} else {
		l.Assumed = true
	}
	l.Gaps = append(l.Gaps, h.scope.doubts...)
	return l
}

// settings lists the directives of TLS that a host has or inherits; single says
// which replace one another.
func (h *host) settings(single, inherited func(name string) bool) []audit.Setting {
	var list []audit.Setting
	add := func(s *scope, own bool) {
		for _, d := range s.lines {
			if len(list) >= 200 {
				return
			}
			one := confdoc.NewSetting(h.conf.key(d), clipLong(d.args), d.place())
			if d.name == "sslsrpunknownuserseed" {
				one.Value = confdoc.Redacted
			}
			switch {
			case !own && !inherited(d.name):
				one.Note = "not in force: virtual hosts do not inherit it"
			case !own && single(d.name) && h.scope.last(d.name) != nil:
				one.Note = "not in force: the virtual host has its own"
			case single(d.name) && s.last(d.name) != d && !repeatable(d):
				one.Note = fmt.Sprintf("not in force: line %d replaces it", s.last(d.name).line.file.LineAt(s.last(d.name).line.start))
			}
			list = append(list, one)
		}
	}
	if h.scope.kind == hostScope {
		add(h.conf.main, false)
	}
	add(h.scope, true)
	return list
}

// repeatable: SSLCipherSuite comes once for TLS 1.3 and once for the rest.
func repeatable(d *directive) bool { return strings.HasSuffix(d.name, "ciphersuite") }

func clipLong(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 1000 {
		s = strings.ToValidUTF8(s[:1000], "") + "..."
	}
	return s
}
