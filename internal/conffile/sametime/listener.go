package sametime

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// maxSettings bounds how many settings of a listener are told.
const maxSettings = 300

// declare adds the listener of a service to the document.
func declare(d *confdoc.Document, s *server, home *conftree.File) {
	l := &confdoc.Listener{Scope: s}
	l.Listener, l.Role, l.Product, l.Protocol = s.name, audit.RoleServer, "sametime", s.protocol
	if s.section != "" {
		s.settle(home)
	} else {
		s.at = home.Place(0)
	}
	if s.service == ldap || s.service == saml {
		l.Role = audit.RoleClient
	}
	l.TLS, l.Plain = s.hasTLS(), s.hasPlain()
	for _, p := range s.ports {
		l.Binds = append(l.Binds, fmt.Sprintf(":%d", p))
	}
	if len(s.ports) == 0 && s.section != "" {
		l.Binds = []string{fmt.Sprintf(":%d", s.port)}
	}
	l.Versions, l.Configured = s.versions()
	s.settings(l)
	place := s.at
	l.Place = &place
	d.Listeners = append(d.Listeners, l)
}

// settings lists what is written about a service, and what becomes of it.
func (s *server) settings(l *confdoc.Listener) {
	for i := range s.params.entries {
		e := &s.params.entries[i]
		if len(l.Settings) >= maxSettings || !s.concerns(e) {
			continue
		}
		one := e.setting()
		switch own, counts := s.params.get(e.section, e.name), strings.HasPrefix(e.name, global+"_TLS_"); {
		case e.misnamed:
			one.Note = "not in force: the name needs double underscores"
		case own.entry != e:
			one.Note = "not in force"
			if own.set() {
				one.Note = "not in force: written again at " + own.entry.place().String()
			}
		case counts && s.prefix != global && s.params.get("Config", s.prefix+strings.TrimPrefix(e.name, global)).set():
			one.Note = "not in force: " + s.prefix + strings.TrimPrefix(e.name, global) + " has its own"
		}
		l.Settings = append(l.Settings, one)
	}
}

// concerns reports whether a parameter is about the service.
func (s *server) concerns(e *entry) bool {
	for _, prefix := range []string{global + "_TLS_", s.prefix + "_TLS_"} {
		if strings.HasPrefix(e.name, prefix) {
			return true
		}
	}
	switch e.name {
	case "VP_SECURITY_LEVEL", "ST_MINIMAL_CLIENT_VERSION", s.plain, s.secure:
		return s.section != ""
	case noUpdate:
		return s.service == mux
	}
	return false
}

// listeners declares every service the parameters are about. always names a
// service that is there whatever is written.
func listeners(d *confdoc.Document, p *params, home *conftree.File, always *service) {
	p.close(d, home)
	first := len(d.Listeners)
	for _, one := range []service{mux, community} {
		if always != nil && one == *always || p.has(one.prefix+"_TLS_", one.plain, one.secure) {
			declare(d, &server{service: one, params: p}, home)
		}
	}
	if len(d.Listeners) == first && p.has(global+"_TLS_") {
		declare(d, &server{service: everyone, params: p}, home)
	}
	for _, one := range []service{ldap, saml} {
		if p.has(one.prefix + "_TLS_") {
			declare(d, &server{service: one, params: p}, home)
		}
	}
}

// close notes in the document what was not read.
func (p *params) close(d *confdoc.Document, home *conftree.File) {
	for _, m := range p.missing {
		if m.reason == tooMany {
			d.Open(home.Place(0), tooMany)
		}
	}
}
