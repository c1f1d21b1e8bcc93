package liberty

import (
	"cmp"
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// scope is what rules and edits need of a listener.
type scope struct {
	server *server
	ssl    *sslConfig
	// ldap is the registry a client is for, nil for others.
	ldap *element
}

const defaultSSL = "defaultSSLConfig"

// listeners declares the servers and clients of the configuration.
func (s *server) listeners(d *confdoc.Document) {
	if s.fragment {
		for _, e := range s.all("ssl") {
			l := s.listener(d, "ssl "+cmp.Or(e.id, "without id"), audit.RoleServer, s.config(e.id, e, ""))
			l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		}
		return
	}
	for _, p := range s.endpoints() {
		n, off, known := port(p.secure)
		if off && known {
			continue
		}
		l := s.listener(d, "httpEndpoint "+p.name, audit.RoleServer, s.configOf(p.element))
		l.Protocol = "https"
		if known {
			l.Binds = []string{p.bind(n)}
		}
		place := p.secure.place
		l.Place = &place
		s.port(l, "host", p.host)
		s.port(l, "httpPort", p.plain)
		s.port(l, "httpsPort", p.secure)
	}
	for _, e := range s.all("wasJmsEndpoint") {
		if n, off, known := port(s.get(e, "wasJmsSSLPort")); known && !off {
			l := s.listener(d, "wasJmsEndpoint "+e.id, audit.RoleServer, s.configOf(e))
			p := endpoint{host: s.get(e, "host")}
			l.Binds = []string{p.bind(n)}
		}
	}
	for _, e := range s.all("iiopEndpoint") {
		for _, o := range e.children("iiopsOptions") {
			if n, off, known := port(s.get(o, "iiopsPort")); known && !off {
				l := s.listener(d, "iiopEndpoint "+e.id, audit.RoleServer, s.config(s.ref(o, "sslRef")))
				p := endpoint{host: s.get(e, "host")}
				l.Binds = []string{p.bind(n)}
			}
		}
	}
	s.clients(d)
}

// clients declares what the server connects to others with.
func (s *server) clients(d *confdoc.Document) {
	var byDefault *element
	if list := s.all("sslDefault"); len(list) > 0 {
		byDefault = list[0]
	}
	id, e, missing := s.ref(byDefault, "outboundSSLRef")
	s.listener(d, "outbound connections", audit.RoleClient, s.config(id, e, missing))
	for _, e := range s.all("ssl") {
		for _, o := range e.children("outboundConnection") {
			host, port := s.get(o, "host"), s.get(o, "port")
			s.listener(d, "outbound "+cmp.Or(short(host.text), "any")+":"+cmp.Or(short(port.text), "any"), audit.RoleClient, s.config(e.id, e, ""))
		}
	}
	for _, e := range s.all("ldapRegistry") {
		l := s.listener(d, "ldapRegistry "+e.id, audit.RoleClient, s.config(s.ref(e, "sslRef")))
		l.Scope.(*scope).ldap = e
		switch on := s.get(e, "sslEnabled"); {
		case on.missing != "":
			l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		case !strings.EqualFold(on.text, "true"):
			l.TLS, l.Plain = audit.Refused, audit.Accepted
		}
	}
}

// port adds the setting of a port.
func (s *server) port(l *confdoc.Listener, name string, v value) {
	if !v.set {
		return
	}
	one := confdoc.NewSetting(name, v.text, v.place)
	if v.missing != "" {
		one.Note = "the variable " + short(v.missing) + " has no value in the files read"
	}
	l.Settings = append(l.Settings, one)
}

// configOf is the SSL configuration of an endpoint: by its own sslOptions, by
// those it refers to, else the default.
func (s *server) configOf(e *element) *sslConfig {
	if e != nil {
		for _, o := range e.children("sslOptions") {
			return s.config(s.ref(o, "sslRef"))
		}
		if ref := s.get(e, "sslOptionsRef"); ref.set {
			if o := s.byID("sslOptions", ref.text); o != nil {
				return s.config(s.ref(o, "sslRef"))
			}
			return &sslConfig{id: ref.text, gap: "sslOptions " + short(ref.text) + " is not defined in the files read"}
		}
	}
	return s.config(s.ref(nil, "sslRef"))
}

// ref follows a reference to an SSL configuration; where there is none the
// default counts.
func (s *server) ref(e *element, name string) (id string, found *element, missing string) {
	id = defaultSSL
	if list := s.all("sslDefault"); len(list) > 0 {
		if v := s.get(list[0], "sslRef"); v.set {
			id, missing = v.text, v.missing
		}
	}
	if v := s.get(e, name); v.set {
		id, missing = v.text, v.missing
	}
	return id, s.byID("ssl", id), missing
}

// maxListeners bounds the endpoints and clients of one server.
const maxListeners = 1000

// listener adds a listener with an SSL configuration.
func (s *server) listener(d *confdoc.Document, name string, role audit.Role, c *sslConfig) *confdoc.Listener {
	l := &confdoc.Listener{Scope: &scope{server: s, ssl: c}}
	l.Listener, l.Role, l.Product = name, role, "websphere"
	l.ProductVersion, _ = s.reader.Version("liberty")
	l.Assumed = l.ProductVersion == ""
	l.TLS, l.Plain = s.tls.answer, audit.Refused
	if c.element != nil {
		place := s.place(c.element)
		l.Place = &place
	} else {
		place := s.main.Place(0)
		l.Place = &place
	}
	switch {
	case len(d.Listeners) < maxListeners:
		c.declare(s, l)
		d.Listeners = append(d.Listeners, l)
	case len(d.Listeners) == maxListeners && !s.full:
		s.full = true
		d.Open(*l.Place, fmt.Sprintf("more than %d endpoints and clients", maxListeners))
	}
	return l
}

// settings tells SSL configurations nothing uses, and secrets by their kind.
func (s *server) settings(d *confdoc.Document) {
	used := map[*element]bool{}
	for _, l := range d.Listeners {
		used[l.Scope.(*scope).ssl.element] = true
	}
	for _, e := range s.all("ssl") {
		if v := s.get(e, "sslProtocol"); !used[e] && v.set {
			one := confdoc.NewSetting("ssl "+short(e.id)+" sslProtocol", v.text, v.place)
			one.Note = "not in force: nothing in the files refers to it"
			d.Settings = append(d.Settings, one)
		}
	}
	for _, k := range s.keyStores() {
		for _, name := range []string{"password", "keyPassword"} {
			if v := s.get(k, name); v.set {
				one := confdoc.NewSetting("keyStore "+name, v.attr.Value, v.place)
				one.Note = kindOf(v.attr.Value)
				d.Settings = append(d.Settings, one)
			}
		}
	}
	if s.tls.place.File != "" {
		d.Settings = append(d.Settings, confdoc.NewSetting("featureManager", s.tls.why, s.tls.place))
	}
}

// keyStores are all, those inside other elements too.
func (s *server) keyStores() (list []*element) {
	list = s.all("keyStore")
	for _, e := range s.elements {
		list = append(list, e.children("keyStore")...)
		if e.name == "keyStore" {
			list = append(list, e.children("keyEntry")...)
		}
	}
	return list
}

// kindOf says how a password is kept, without saying it.
func kindOf(password string) string {
	for _, form := range []string{"{aes}", "{xor}", "{hash}"} {
		if strings.HasPrefix(password, form) {
			return "written as " + form
		}
	}
	switch {
	case strings.HasPrefix(password, "{"):
		return "written in a form of its own"
	case strings.Contains(password, "${"):
		return "a variable"
	}
	return "clear text"
}
