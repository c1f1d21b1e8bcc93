package postfix

import (
	"errors"
	"net"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
)

// listeners turns the services into listeners. Where there is no master.cf, the
// services every installation has stand for it.
func (c *config) listeners() {
	services := c.services
	if c.master == nil {
		services = []*service{
			{name: "smtp", kind: "inet", command: "smtpd", assumed: true},
			{name: "smtp", kind: "unix", command: "smtp", assumed: true},
		}
	}
	for _, s := range services {
		if c.disabled(s) {
			continue
		}
		var e *end
		role := audit.RoleServer
		switch s.command {
		case "smtpd":
			e = c.smtpd(s)
		case "postscreen":
			e = c.postscreen(s)
		case "smtp", "lmtp":
			e, role = c.clientOf(s), audit.RoleClient
		default:
			continue
		}
		l := e.listener(plainName(s.id()), role)
		e.reach(l)
		c.doc.Listeners = append(c.doc.Listeners, l)
	}
	c.rows()
}

// smtpd is the server behind a service.
func (c *config) smtpd(s *service) *end {
	e := &end{scope: &scope{c, s}, program: "smtpd"}
	e.security = e.server()
	if s.stops != "" {
		e.security.stops = s.stops
	}
	e.wrapped = e.value("smtpd_tls_wrappermode").is()
	e.serverTLS("smtpd_tls_")
	return e
}

// postscreen is the server in front of smtpd: it offers STARTTLS through
// tlsproxy, with parameters of that program.
func (c *config) postscreen(s *service) *end {
	e := &end{scope: &scope{c, s}, program: "postscreen"}
	e.security = e.levelOf("postscreen_tls_security_level", "postscreen_use_tls", "postscreen_enforce_tls")
	e.onServer(&e.security)
	if s.stops != "" {
		e.security.stops = s.stops
	}
	proxy := &service{name: "tlsproxy", kind: "unix", assumed: true}
	if i := slices.IndexFunc(c.services, func(o *service) bool { return o.command == "tlsproxy" }); i >= 0 {
		proxy = c.services[i]
	}
	own := e.scope
	e.scope = &scope{c, proxy}
	e.serverTLS("tlsproxy_tls_")
	e.scope = own
	return e
}

// serverTLS reads protocols, ciphers and certificates by the prefix of their
// parameters.
func (e *end) serverTLS(prefix string) {
	mandatory := ""
	exclude := []string{prefix + "exclude_ciphers"}
	if e.security.level != "may" && e.security.level != "none" {
		mandatory = "mandatory_"
		exclude = append(exclude, prefix+"mandatory_exclude_ciphers")
	}
	var extra []string
	if e.value(prefix+"ask_ccert").is() || mandatory != "" && e.value(prefix+"req_ccert").is() {
		extra = append(extra, "aNULL")
	}
	e.versions = []versions{e.protocolsOf(prefix + mandatory + "protocols")}
	e.ciphers = e.ciphersOf(prefix+mandatory+"ciphers", exclude, extra...)
	if e.security.level == "none" || e.security.level == "" {
		return
	}
	e.certificates(prefix)
	e.unusable()
}

// certificates says whether there is one: without, smtpd announces STARTTLS and
// refuses it, unless it is told to do without.
func (e *end) certificates(prefix string) {
	first := e.value(prefix + "cert_file")
	if strings.EqualFold(first.text, "none") && e.value(prefix+"chain_files").text == "" {
		e.anonymous = true
		return
	}
	for _, name := range []string{"chain_files", "cert_file", "eccert_file", "dcert_file"} {
		if v := e.value(prefix + name); v.text != "" || v.open {
			return
		}
	}
	e.broken = "no certificate: none of " + prefix + "chain_files, " + prefix + "cert_file and " + prefix + "eccert_file is set"
	e.brokenBy = first
}

// unusable says what keeps TLS from working though it is asked for.
func (e *end) unusable() {
	for _, v := range e.versions {
		if v.invalid != "" && !v.open {
			e.broken = v.name + " has a word Postfix does not know, " + shown(v.name, v.invalid)
			if v.bounds && !e.since("3.6") {
				e.broken = v.name + " has a bound, which takes Postfix 3.6 or later"
			}
			e.brokenBy = v.value
		}
	}
	if e.broken == "" && e.ciphers.fails == "" && !e.ciphers.open() && e.empty(e.ciphers.text()) {
		e.broken, e.brokenBy = "OpenSSL takes no cipher from "+e.ciphers.list.name+" and what is excluded", e.ciphers.exclude[0]
		if e.empty(e.ciphers.list.text) {
			e.brokenBy = e.ciphers.list
		}
		return
	}
	if e.broken == "" && e.ciphers.fails != "" {
		e.broken, e.brokenBy = e.ciphers.fails, e.ciphers.grade
		for _, v := range e.ciphers.exclude {
			if strings.HasPrefix(e.ciphers.fails, v.name) {
				e.brokenBy = v
			}
		}
	}
}

// empty reports whether no version of OpenSSL the program may run with takes
// anything from a cipher string.
func (e *end) empty(text string) bool {
	key := place{nil, "ciphers " + text}
	e.mu.Lock()
	known, ok := e.cache[key]
	e.mu.Unlock()
	if ok {
		return known.open
	}
	nothing := !slices.ContainsFunc(e.classes(), func(class cipherstring.OpenSSLVersion) bool {
		_, err := class.Ciphers(text)
		return err == nil || !errors.Is(err, cipherstring.ErrNoMatch) && !errors.Is(err, cipherstring.ErrSyntax)
	})
	e.mu.Lock()
	e.cache[key] = value{open: nothing}
	e.mu.Unlock()
	return nothing
}

// classes are the versions of OpenSSL the program may run with.
func (e *end) classes() []cipherstring.OpenSSLVersion {
	if name, ok := e.reader.Version("openssl"); ok {
		if class, err := cipherstring.ParseOpenSSLVersion(name); err == nil {
			return []cipherstring.OpenSSLVersion{class}
		}
	}
	return cipherstring.OpenSSLVersions
}

// clientOf is the client behind a service.
func (c *config) clientOf(s *service) *end {
	e := &end{scope: &scope{c, s}, program: s.command}
	e.security = e.client(s.command)
	if s.stops != "" {
		e.security.stops = s.stops
	}
	e.wrapped = e.value(e.program + "_tls_wrappermode").is()
	e.clientTLS()
	return e
}

// clientTLS reads protocols and ciphers at the level in force. DANE falls back
// to what applies at may.
func (e *end) clientTLS() {
	prefix := e.program + "_tls_"
	level := e.security.level
	if level == "dane" || level == "dane-only" {
		if reason, because := e.dane(e.program); reason != "" && level == "dane" {
			e.security.note = "level dane acts as may: " + reason
			e.security.from = append(e.security.from, because)
			level = "may"
		}
	}
	exclude := []string{prefix + "exclude_ciphers"}
	switch level {
	case "may", "none":
		e.versions = []versions{e.protocolsOf(prefix + "protocols")}
		e.ciphers = e.ciphersOf(prefix+"ciphers", exclude)
	case "dane":
		e.versions = []versions{e.protocolsOf(prefix + "protocols"), e.protocolsOf(prefix + "mandatory_protocols")}
		e.ciphers = e.ciphersOf(prefix+"ciphers", exclude)
	default:
		e.versions = []versions{e.protocolsOf(prefix + "mandatory_protocols")}
		extra := "aNULL"
		if level == "encrypt" || level == "" {
			extra = "eNULL"
		}
		e.ciphers = e.ciphersOf(prefix+"mandatory_ciphers", append(exclude, prefix+"mandatory_exclude_ciphers"), extra)
	}
	if level != "none" && level != "" {
		e.unusable()
	}
}

// ports are the names of services a mail server listens on.
var ports = map[string]string{"smtp": "25", "submission": "587", "smtps": "465", "submissions": "465", "ssmtp": "465", "urd": "465", "lmtp": "24", "mail": "25"}

// reach fills in where a server listens and what it speaks.
func (e *end) reach(l *confdoc.Listener) {
	if l.Role == audit.RoleClient {
		l.Protocol = "smtp"
		if e.program == "lmtp" {
			l.Protocol = ""
		} else if e.wrapped {
			l.Protocol = "smtps"
		}
		return
	}
	l.Protocol = "smtp"
	if e.wrapped {
		l.Protocol = "smtps"
	}
	if e.service.kind != "inet" {
		return
	}
	host, port := "", e.service.name
	if h, p, err := net.SplitHostPort(e.service.name); err == nil {
		host, port = h, p
	}
	if n, ok := ports[strings.ToLower(port)]; ok {
		port = n
	}
	if !digitsOnly(port) {
		l.Gaps = append(l.Gaps, "the port of the service "+plainName(port)+" is known to the machine only")
		return
	}
	hosts := []string{host}
	if host == "" {
		hosts = e.interfaces()
	}
	e.local = len(hosts) > 0
	for _, h := range hosts {
		l.Binds = append(l.Binds, net.JoinHostPort(plainName(h), port))
		e.local = e.local && loopback(h)
	}
}

// interfaces are the addresses of services without one of their own; an empty
// one means all.
func (e *end) interfaces() []string {
	v := e.value("inet_interfaces")
	list := words(strings.ToLower(v.text), listSeparators)
	switch {
	case v.open || len(list) == 0 || slices.Contains(list, "all") || len(list) > 100:
		return []string{""}
	case slices.Equal(list, []string{"loopback-only"}):
		return []string{"127.0.0.1", "::1"}
	}
	for i, h := range list {
		list[i] = strings.Trim(h, "[]")
	}
	return list
}

func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
