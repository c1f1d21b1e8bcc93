package nginx

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

func read(format *confdoc.Format, r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Format: format}
	folder := path.Dir(main.Path)
	p := &parser{r: r, doc: doc, ciphers: confdoc.NewCipherStrings(r, doc, "nginx"), folder: folder, parsed: map[string][]*directive{}, including: []string{main.Path}, protocolsOn: map[levelKey]protocols{}, commandsOn: map[levelKey]commands{}}
	list := p.text(main)
	p.whole = strings.HasPrefix(strings.ToLower(path.Base(main.Path)), "nginx.conf") || len(list) == 0 ||
		slices.ContainsFunc(list, func(d *directive) bool { return d.name() == "events" || d.name() == "http" })
	module := ""
	if !p.whole {
		module = moduleOf(list)
		p.open(main.Place(0), "this is a part of a configuration: the levels above it, and their settings, are not in it")
	}
	t := &tree{parser: p}
	t.main = p.scopeOf(inMain, module, nil, list, nil)
	doc.Syntax = t
	if p.whole && len(t.main.own["events"]) == 0 && len(doc.Gaps) == 0 && doc.Broken() == nil {
		p.refuse(main, 0, `no "events" section in configuration`, `add "events {}"`)
	}
	p.checkValues(t.main)
	t.servers = p.collect(t.main, nil)
	sites := t.sites()
	for _, s := range sites {
		doc.Listeners = append(doc.Listeners, p.listener(s))
	}
	p.certificates(sites)
	p.addClients(t)
	return doc
}

// moduleOf guesses what module a part is meant for.
func moduleOf(list []*directive) string {
	for _, d := range list {
		inside := func(names ...string) bool {
			return slices.ContainsFunc(d.children, func(c *directive) bool { return slices.Contains(names, c.name()) })
		}
		switch {
		case d.name() == "server" && inside("protocol", "starttls", "auth_http"):
			return "mail"
		case d.name() == "server" && inside("proxy_pass", "ssl_preread", "proxy_ssl"):
			return "stream"
		}
	}
	return "http"
}

// listener makes what is declared of a site.
func (p *parser) listener(s *site) *confdoc.Listener {
	l := &confdoc.Listener{Scope: s}
	var ports, binds []string
	for _, at := range s.listens {
		if !slices.Contains(ports, at.port) {
			ports = append(ports, at.port)
		}
		if !slices.Contains(binds, at.bind) {
			binds = append(binds, at.bind)
		}
	}
	name := shorten(ports)
	if s.quic {
		name += "/udp"
	}
	if s.server.module != "http" {
		name = s.server.module + " " + name
	}
	for _, n := range s.server.names {
		if n = strings.ReplaceAll(n, "*", "any"); n != "" && n != "_" {
			l.Names = append(l.Names, confdoc.RedactText(n))
		}
	}
	if len(l.Names) > 0 {
		name += " " + l.Names[0]
	}
	place := s.server.block.place()
	l.Declared = audit.Declared{
		Listener: name, Role: audit.RoleServer, Binds: binds, Names: l.Names, Default: s.standard == s.server, Place: &place,
		TLS: audit.Accepted, Plain: audit.Refused, Protocol: map[string]string{"http": "https"}[s.server.module],
	}
	version, known := p.r.Version("nginx")
	l.ProductVersion, l.Assumed = version, !known
	if s.server.module == "mail" {
		p.mail(l, s)
	}
	e := side{outer: s.standard.scope, inner: s.server.scope}
	because := "the default server of " + confdoc.RedactText(s.listens[0].bind) + " decides"
	decides := []string{"ssl_protocols", "ssl_ecdh_curve"}
	if !hasContext(s.server) {
		e.inner = e.outer // without a certificate there is no context to change to
	}
	e.settings(l, serverTLS, decides, because)
	switch {
	case !s.tls && l.TLS == audit.Accepted && !s.starttls():
		p.plain(l, s)
		return l
	case s.tls && legacySSL(s.standard.scope):
		p.legacy(l, s)
	}
	versions := p.versionsOf(s, l)
	p.declare(l, e, versions)
	if s.quic {
		quic(l)
	}
	if on, _ := s.server.on("ssl_reject_handshake"); on {
		d := s.server.last("ssl_reject_handshake")
		for i := range l.Versions {
			at := d.place()
			l.Versions[i] = audit.VersionFact{Version: l.Versions[i].Version, Answer: audit.Refused, Evidence: "ssl_reject_handshake on: every handshake for this name is refused", Place: &at, Suites: []audit.Suite{}}
		}
		l.Groups, l.Features = nil, nil
	}
	return l
}

// hasContext reports whether nginx makes TLS settings for a server of its own.
func hasContext(s *server) bool {
	on, _ := s.on("ssl_reject_handshake")
	return on || s.last("ssl_certificate") != nil || legacySSL(s.scope)
}

// shorten writes ports as one word.
func shorten(ports []string) string {
	if len(ports) > 4 {
		return ports[0] + ".." + ports[len(ports)-1]
	}
	return strings.Join(ports, ",")
}

// versionsOf returns the versions in force for a site: those of the default
// server, and from a certain version on its own.
func (p *parser) versionsOf(s *site, l *confdoc.Listener) protocols {
	standard := p.protocolsOf(s.standard.scope, "ssl_protocols")
	if s.standard == s.server || !hasContext(s.server) {
		return standard
	}
	own := p.protocolsOf(s.server.scope, "ssl_protocols")
	since, known := p.r.Since("nginx", ownProtocolsFrom)
	switch {
	case known && since:
		return own
	case known:
		return standard
	}
	for _, v := range audit.Versions {
		a, b := standard.facts[v], own.facts[v]
		if a.Answer == audit.Refused && b.Answer == audit.Accepted {
			b.Answer = audit.Undetermined
			b.Evidence += "; refused by the default server, which decides before nginx " + ownProtocolsFrom
			standard.facts[v] = b
		} else if a.Answer == audit.Accepted && b.Answer == audit.Refused {
			a.Evidence += fmt.Sprintf(" of the default server, which decides before nginx %s (assumed)", ownProtocolsFrom)
			standard.facts[v] = a
		}
	}
	return standard
}

// legacy notes that "ssl on" is a directive of older versions.
func (p *parser) legacy(l *confdoc.Listener, s *site) {
	d := s.standard.last("ssl")
	switch since, known := p.r.Since("nginx", "1.25.1"); {
	case known && since:
		p.refuse(d.file, d.start, `unknown directive "ssl": removed in nginx 1.25.1`, `write "listen ... ssl" instead`)
	case !known: // if nginx loads the file at all, this is what it means
		for i := range l.Settings {
			if l.Settings[i].Key == "ssl" {
				l.Settings[i].Note = "removed in nginx 1.25.1, which refuses the file; an older one is assumed"
			}
		}
	}
}

// plain declares a listener without TLS.
func (p *parser) plain(l *confdoc.Listener, s *site) {
	l.TLS, l.Plain = audit.Refused, audit.Accepted
	l.Protocol = ""
	refused, evidence := audit.Refused, "no TLS on this listener: listen has no ssl"
	if s.server.module == "stream" {
		l.TLS, l.Plain, refused = audit.Undetermined, audit.Undetermined, audit.Undetermined
		evidence = "the bytes of the connection are passed on as they are"
	}
	if s.server.module == "mail" {
		evidence = "no TLS on this listener: neither listen ... ssl nor starttls"
	}
	for _, v := range audit.Versions {
		l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: refused, Evidence: evidence, Suites: []audit.Suite{}})
	}
}

// quic leaves a listener of HTTP/3 what QUIC has: TLS 1.3.
func quic(l *confdoc.Listener) {
	l.Protocol = ""
	for i := range l.Versions {
		if fact := &l.Versions[i]; fact.Version < audit.TLSv13 {
			*fact = audit.VersionFact{Version: fact.Version, Answer: audit.Refused, Evidence: "HTTP/3 has TLS 1.3 only", Suites: []audit.Suite{}}
		}
	}
	l.Features = slices.DeleteFunc(l.Features, func(f audit.FeatureFact) bool { return f.Version < audit.TLSv13 })
	l.Groups = slices.DeleteFunc(l.Groups, func(g audit.GroupFact) bool { return g.Version < audit.TLSv13 })
}

// starttls reports whether a mail server upgrades connections.
func (s *site) starttls() bool {
	d := s.server.last("starttls")
	return s.server.module == "mail" && d != nil && (strings.EqualFold(d.value(), "on") || strings.EqualFold(d.value(), "only"))
}

// mail declares what the mail proxy speaks.
func (p *parser) mail(l *confdoc.Listener, s *site) {
	protocol := ""
	if d := s.server.last("protocol"); d != nil {
		protocol = strings.ToLower(d.value())
	}
	if protocol == "" {
		protocol = map[string]string{"25": "smtp", "465": "smtp", "587": "smtp"}[s.listens[0].port]
	}
	if protocol == "smtp" {
		l.Protocol = "smtp"
		if s.tls {
			l.Protocol = "smtps"
		}
	}
	if !s.tls && s.starttls() && strings.EqualFold(s.server.last("starttls").value(), "on") {
		l.Plain = audit.Accepted
	}
	if d := s.server.last("starttls"); d != nil {
		l.Settings = append(l.Settings, confdoc.NewSetting("starttls", d.value(), d.place()))
	}
}

// certificates notes addresses with TLS and no certificate, which nginx
// refuses.
func (p *parser) certificates(sites []*site) {
	if len(p.doc.Gaps) > 0 || !p.whole || len(p.doc.Faults) > 0 {
		return
	}
	rejects := func(s *server) bool { on, _ := s.on("ssl_reject_handshake"); return on }
	for _, s := range sites {
		standard := s.standard
		if !s.tls && !s.starttls() || standard.last("ssl_certificate") != nil {
			continue
		}
		if s.server == standard && !rejects(standard) || s.server != standard && s.server.last("ssl_certificate") == nil && !rejects(s.server) {
			d := s.server.block
			if len(s.listens) > 0 && s.listens[0].dir != nil {
				d = s.listens[0].dir
			}
			p.doc.Fail(confdoc.Incomplete, d.file.Place(d.start), `nginx does not load the file: no "ssl_certificate" is defined for the "listen ... ssl" directive`, "name the certificate, or include the file that does")
		}
	}
}
