package liberty

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// server is what all files come to.
type server struct {
	main     *conftree.File
	reader   *confdoc.Reader
	vars     *variables
	elements []*element
	byName   map[string][]*element
	byKey    map[[2]string]*element
	// configs are the SSL configurations by id, kept as many may refer to one.
	configs map[string]*sslConfig
	// fragment is set if the file configures no server by itself: one that is
	// meant to be included.
	fragment bool
	// full is set if there are more listeners than are told.
	full bool
	tls  feature
	java string
}

// value is an attribute with its variables expanded.
type value struct {
	text  string
	place audit.Place
	set   bool
	// missing is a variable that has no value in the files; text is as written.
	missing string
	attr    attr
}

// get returns an attribute of an element that may be nil.
func (s *server) get(e *element, name string) value {
	if e == nil {
		return value{}
	}
	a, ok := e.attr(name)
	if !ok {
		return value{}
	}
	v := value{text: a.Value, place: a.part.file.Place(a.Start), set: true, attr: a}
	text, missing := s.vars.expand(a.Value)
	if v.missing = missing; missing == "" {
		v.text = confdoc.JavaTrim(text)
	}
	return v
}

// index makes elements easy to find.
func (s *server) index() {
	s.byName, s.byKey, s.configs = map[string][]*element{}, map[[2]string]*element{}, map[string]*sslConfig{}
	for _, e := range s.elements {
		s.byName[e.name] = append(s.byName[e.name], e)
		if key := [2]string{e.name, e.id}; s.byKey[key] == nil {
			s.byKey[key] = e
		}
	}
}

// all returns the elements of a name.
func (s *server) all(name string) []*element { return slices.Clone(s.byName[name]) }

// byID returns the element of a name and id, nil if there is none.
func (s *server) byID(name, id string) *element { return s.byKey[[2]string{name, id}] }

func read(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{main}}
	l := load(d, r, main)
	s := &server{main: main, reader: r, vars: l.vars, elements: mergeAll(l.parts)}
	s.java, _ = r.Version("java")
	if d.Broken() != nil || l.vars == nil {
		s.elements = nil
		place := main.Place(0)
		d.Listeners = []*confdoc.Listener{{Declared: audit.Declared{Listener: "server", Role: audit.RoleServer, Place: &place}, Scope: &scope{server: s}}}
		return d
	}
	d.Syntax = s
	s.index()
	s.vars.declare(s.elements)
	s.tls = s.features()
	s.fragment = len(s.all("featureManager")) == 0 && len(s.all("httpEndpoint")) == 0
	for _, e := range s.elements {
		if e.unclear != "" && relevant[e.name] {
			d.Open(s.place(e), fmt.Sprintf("%s %s: %s", e.name, short(e.id), e.unclear))
		}
	}
	if list := s.all("httpEndpoint"); len(list) > maxListeners {
		d.Open(s.place(list[maxListeners]), fmt.Sprintf("more than %d endpoints", maxListeners))
	}
	s.listeners(d)
	s.settings(d)
	return d
}

// relevant are the elements that say something about TLS.
var relevant = map[string]bool{
	"ssl": true, "sslDefault": true, "httpEndpoint": true, "sslOptions": true, "keyStore": true, "featureManager": true, "variable": true, "ldapRegistry": true,
}

// place is where an element stands first.
func (s *server) place(e *element) audit.Place { return e.parts[0].file.Place(e.parts[0].at.Start) }

// feature is whether the server speaks TLS at all.
type feature struct {
	answer audit.Answer
	why    string
	place  audit.Place
}

// without are features that are known to bring no TLS; of others it is not
// known what they draw in.
var without = []string{"servlet-", "jsp-", "pages-", "jndi-", "jdbc-", "jpa-", "persistence-", "el-", "expressionLanguage-", "cdi-", "json-", "jsonp-", "jsonb-", "beanValidation-", "websocket-", "localConnector-", "concurrent-"}

// features says whether the TLS feature is on.
func (s *server) features() feature {
	f := feature{answer: audit.Undetermined, why: "no featureManager in the files read"}
	plain := true
	for _, manager := range s.all("featureManager") {
		f.place, f.why = s.place(manager), "no feature is listed that brings TLS"
		for _, e := range manager.children("feature") {
			p := e.parts[0]
			name, missing := s.vars.expand(confdoc.JavaTrim(p.at.Text))
			lower := strings.ToLower(name)
			if lower == "transportsecurity" || strings.HasPrefix(lower, "transportsecurity-") || strings.HasPrefix(lower, "ssl-") {
				return feature{audit.Accepted, "feature " + short(name), p.file.Place(p.at.Start)}
			}
			known := false
			for _, prefix := range without {
				known = known || missing == "" && strings.HasPrefix(lower, strings.ToLower(prefix))
			}
			if !known && plain {
				plain, f.why = false, fmt.Sprintf("whether the feature %s brings TLS with it is not known", short(name))
			}
		}
		if plain {
			f.answer = audit.Refused
		}
	}
	return f
}

// port reads a port; off is set for -1 and for none.
func port(v value) (n int, off, known bool) {
	if !v.set {
		return 0, true, true
	}
	n, err := strconv.Atoi(v.text)
	if v.missing != "" || err != nil || n > 65535 {
		return 0, false, false
	}
	return n, n <= 0, true
}

// endpoint is what a httpEndpoint says about its ports.
type endpoint struct {
	element *element
	name    string
	host    value
	plain   value
	secure  value
	// defaults is set where a port is that of the default endpoint.
	plainDefault, secureDefault bool
}

const defaultEndpoint = "defaultHttpEndpoint"

// endpoints are those in use. The default one is there even if no file has it.
func (s *server) endpoints() (list []endpoint) {
	named := false
	for _, e := range s.all("httpEndpoint") {
		if len(list) > maxListeners {
			break // which the document tells
		}
		named = named || e.id == defaultEndpoint
		if on := s.get(e, "enabled"); strings.EqualFold(on.text, "false") {
			continue
		}
		p := endpoint{element: e, name: e.id, host: s.get(e, "host"), plain: s.get(e, "httpPort"), secure: s.get(e, "httpsPort")}
		if e.id == defaultEndpoint {
			p.defaults(s.place(e))
		}
		list = append(list, p)
	}
	if !named && !s.fragment {
		p := endpoint{name: defaultEndpoint}
		p.defaults(s.main.Place(0))
		list = append(list, p)
	}
	return list
}

// defaults are the ports of the default endpoint.
func (p *endpoint) defaults(place audit.Place) {
	if !p.plain.set {
		p.plain, p.plainDefault = value{text: "9080", place: place, set: true}, true
	}
	if !p.secure.set {
		p.secure, p.secureDefault = value{text: "9443", place: place, set: true}, true
	}
}

// loopback reports whether only this machine reaches the endpoint, which is so
// where no host is set.
func (p *endpoint) loopback() (is, known bool) {
	if p.host.missing != "" {
		return false, false
	}
	host := strings.Trim(p.host.text, "[]")
	ip := net.ParseIP(host)
	return host == "" || strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback(), true
}

// bind is an address listened on.
func (p *endpoint) bind(port int) string {
	switch loop, _ := p.loopback(); {
	case loop:
		return "127.0.0.1:" + strconv.Itoa(port)
	case p.host.text == "*" || p.host.missing != "":
		return ":" + strconv.Itoa(port)
	}
	return net.JoinHostPort(strings.Trim(p.host.text, "[]"), strconv.Itoa(port))
}
