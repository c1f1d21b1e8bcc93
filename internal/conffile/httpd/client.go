package httpd

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// apacheClient declares the proxy side of a host, if it has one of its own.
func (p *parser) apacheClient(h *host) {
	engine := h.value("sslproxyengine")
	if engine == nil || len(engine.missing) == 0 && !h.isOn("sslproxyengine", false) {
		return
	}
	if h.scope.kind == hostScope && !ownsProxy(h.scope) {
		return // as the server's own, which is declared
	}
	c := &host{conf: h.conf, scope: h.scope, proxy: true}
	c.first = c
	p.addClient(c, "proxy of "+h.name())
}

// ownsProxy reports whether a scope says anything about the proxy side.
func ownsProxy(s *scope) bool {
	for _, d := range s.lines {
		if strings.HasPrefix(d.name, "sslproxy") {
			return true
		}
	}
	return false
}

// apacheProxy declares a <Proxy> section with settings of its own.
func (p *parser) apacheProxy(s *scope) {
	c := &host{conf: p.conf, scope: s, proxy: true}
	c.first = c
	name := "proxy"
	if len(s.addresses) > 0 {
		name += " " + clip(confdoc.RedactText(s.addresses[0]))
	}
	p.addClient(c, name)
}

func (p *parser) addClient(c *host, name string) {
	l := &confdoc.Listener{Scope: c}
	l.Listener, l.Role, l.Product = name, audit.RoleClient, p.doc.Format.Product
	l.TLS, l.Plain = audit.Accepted, audit.Undetermined
	if v, ok := p.r.Version("httpd"); ok {
		l.ProductVersion = v
	} else {
		l.Assumed = true
	}
	place := c.place(p.doc)
	if c.scope.kind == mainScope {
		place = c.value("sslproxyengine").place()
	}
	l.Place = &place
	l.Gaps = append(l.Gaps, c.scope.server().doubts...)
	if c.value("sslproxypolicy") != nil {
		l.Gaps = append(l.Gaps, "SSLProxyPolicy sets values that are not in the files")
	}
	st := p.apacheState(c, "sslproxy")
	c.apache = st
	posture := p.posture(st.openssl)
	l.Posture = posture
	l.Configured = configured(st.facts)
	for _, s := range c.settings(func(string) bool { return true }, func(string) bool { return true }) {
		if strings.HasPrefix(strings.ToLower(s.Key), "sslproxy") {
			l.Settings = append(l.Settings, s)
		}
	}
	p.doc.Listeners = append(p.doc.Listeners, l)
}
