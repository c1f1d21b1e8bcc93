package httpd

import (
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// appended is what mod_ssl puts behind every cipher string.
const appended = ":!aNULL:!eNULL:!EXP"

// apacheState is what holds in a virtual host of mod_ssl.
type apacheState struct {
	engine   *directive
	protocol *directive
	// base is set if the versions are those of the first virtual host.
	base bool
	list protocolList
	conf *confCmds
	// cipher is the line the string up to TLS 1.2 comes from, text the string
	// itself, without what the server appends.
	cipher *directive
	text   string
	suites *directive // of TLS 1.3
	// prefix words of the proxy side: "sslproxy" instead of "ssl".
	prefix  string
	facts   map[audit.Version]confdoc.Fact
	server  *bool
	openssl confdoc.OpenSSL
	posture audit.Posture
}

// declareApache makes the listeners of mod_ssl.
func (p *parser) declareApache() {
	p.checkApache()
	any := false
	for _, h := range p.conf.list {
		engine := h.value("sslengine")
		switch {
		case engine != nil:
			any = true
			p.apacheListener(h, engine)
		case h.onTLSPort() || h.scope.last("sslcertificatefile") != nil || h.scope.last("sslprotocol") != nil:
			p.apacheListener(h, nil)
		}
	}
	if engine := p.conf.main.last("sslengine"); engine != nil && (len(p.conf.list) == 0 || p.uncovered()) || !any && p.conf.main.last("sslprotocol", "sslciphersuite", "sslopensslconfcmd") != nil {
		p.apacheListener(p.conf.server, engine)
	}
	for _, h := range append(slices.Clone(p.conf.list), p.conf.server) {
		p.apacheClient(h)
	}
	for _, s := range p.conf.proxies {
		if s.last("sslproxyprotocol", "sslproxyverify", "sslproxycheckpeername", "sslproxycheckpeercn", "sslproxyciphersuite") != nil {
			p.apacheProxy(s)
		}
	}
}

// uncovered reports whether Listen names an address no virtual host has.
func (p *parser) uncovered() bool { return p.conf.uncovered(func(string) bool { return true }) }

// value returns the directive in force in a host: its own, or that of what it
// stands in.
func (h *host) value(name string) *directive {
	for s := h.scope; s != nil; s = s.parent {
		if d := s.last(name); d != nil {
			return d
		}
	}
	return nil
}

// isOn reads a switch, whose default is given.
func (h *host) isOn(name string, otherwise bool) bool {
	if d := h.value(name); d != nil {
		first, _ := word(d.args)
		return strings.EqualFold(first, "on")
	}
	return otherwise
}

// apacheListener declares one server.
func (p *parser) apacheListener(h *host, engine *directive) {
	l := h.listener(p.doc)
	st := p.apacheState(h, "ssl")
	st.engine = engine
	h.apache = st
	l.Settings = h.settings(func(name string) bool {
		return name != "sslopensslconfcmd" && name != "sslcertificatefile" && name != "sslcertificatekeyfile"
	}, func(string) bool { return true })
	first := ""
	if engine != nil {
		first, _ = word(engine.args)
	}
	switch {
	case strings.EqualFold(first, "on"):
		l.TLS, l.Plain = audit.Accepted, audit.Refused
	case strings.EqualFold(first, "optional"):
		// RFC 2817; later 2.4 say "no longer supported" and speak plain text.
		l.TLS, l.Plain = audit.Undetermined, audit.Accepted
		l.Gaps = append(l.Gaps, "SSLEngine optional: whether TLS is spoken depends on the version of the server")
	case h.scope.kind == mainScope && engine == nil:
		l.Listener, l.TLS, l.Plain = "defaults of virtual hosts", audit.Undetermined, audit.Undetermined
		l.Binds, l.Names, l.Default = nil, nil, false
	case len(engineMissing(engine)) > 0:
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
	case h.engineOpen():
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
	default:
		l.TLS, l.Plain = audit.Refused, audit.Accepted
		l.Protocol = "https"
	}
	if l.TLS == audit.Refused {
		why := "SSLEngine is not on"
		for _, v := range audit.Versions {
			l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: why, Suites: []audit.Suite{}})
		}
	} else {
		st.posture = p.posture(st.openssl)
		if why := h.ends(); why != "" && h.first == h && libraryOf(p.r).since("1.1.1") {
			st.dead(why)
			st.posture = p.posture(st.openssl)
		}
		l.Posture = st.posture
		l.Features = p.features(h, st)
		l.Configured = configured(st.facts)
	}
	if p.policy(h) {
		l.Gaps = append(l.Gaps, policyGap)
	}
	p.doc.Listeners = append(p.doc.Listeners, l)
}

func engineMissing(d *directive) []string {
	if d == nil {
		return nil
	}
	return d.missing
}

const policyGap = "SSLPolicy sets values that are not in the files"

func (p *parser) policy(h *host) bool { return h.value("sslpolicy") != nil }

// apacheState evaluates what holds in a host, on the server's side or, with the
// prefix "sslproxy", on the client's.
func (p *parser) apacheState(h *host, prefix string) *apacheState {
	st := &apacheState{prefix: prefix, conf: confCmdsOf(nil)}
	st.protocol = h.value(prefix + "protocol")
	from := h
	if prefix == "ssl" {
		if h.first != h && (st.protocol == nil || p.baseDecides()) {
			from, st.base = h.first, true
			st.protocol = from.value("sslprotocol")
		}
		st.conf = from.commands()
	}
	st.facts = p.protocolFacts(st)
	from.unread(st, st.facts)
	if st.base {
		for v, d := range h.commands().removed {
			st.facts[v] = factOf(off, d.text(), d.place())
		}
	}
	if prefix == "ssl" && h.first != h && !st.base {
		// the connection begins with the options of the first virtual host, and
		// what they switch off stays off
		for v, d := range h.first.commands().removed {
			st.facts[v] = factOf(off, d.text()+", of the first virtual host of the address", d.place())
		}
	}
	if prefix == "ssl" && h.first != h && libraryOf(p.r).since("1.1.1") {
		if why := h.first.ends(); why != "" {
			st.dead(why)
		}
	}
	own := confCmdsOf(nil)
	if prefix == "ssl" {
		own = h.commands()
	}
	o := confdoc.OpenSSL{Enabled: st.facts, Default: "DEFAULT" + appended, SecurityLevel: -1}
	for _, d := range h.inherited(prefix + "ciphersuite") {
		list := d.words()
		if len(d.missing) > 0 {
			continue
		}
		switch {
		case len(list) == 1:
			st.cipher, st.text = d, list[0]
		case len(list) == 2 && list[0] == "SSL":
			st.cipher, st.text = d, list[1]
		case len(list) == 2:
			st.suites = d
			o.Ciphersuites = &confdoc.Written{Text: list[1], Place: d.argument()}
		}
	}
	if st.cipher != nil {
		o.Ciphers = &confdoc.Written{Text: st.text + appended, Place: st.cipher.argument()}
	}
	if own.ciphers != nil {
		// a string without a level leaves that of the string before it
		levels := st.text
		for _, d := range own.lines {
			if list := d.words(); len(list) == 2 && strings.EqualFold(list[0], "CipherString") {
				levels += ":" + list[1]
			}
		}
		if all := anyLevel.FindAllStringSubmatch(levels, -1); len(all) > 0 {
			o.SecurityLevel = int(all[len(all)-1][1][0] - '0')
		}
		st.cipher, st.text = own.ciphers, own.cipherText
		o.Ciphers = &confdoc.Written{Text: own.cipherText, Place: own.ciphers.argument()}
	}
	if own.suites != nil {
		o.Ciphersuites = &confdoc.Written{Text: own.suiteText, Place: own.suites.argument()}
	}
	if prefix == "ssl" {
		order := h.serverOrder() || h.first.serverOrder()
		st.server = &order
		o.ServerOrder = st.server
	}
	st.openssl = o
	return st
}

var anyLevel = regexp.MustCompile(`@SECLEVEL=([0-5])`)

// baseDecides reports whether the version is known to take the protocols of
// the first virtual host for all of an address.
func (p *parser) baseDecides() bool {
	v, known := p.r.Version("httpd")
	return known && confdoc.CompareVersions(v, "2.4.42") < 0 || libraryOf(p.r).before("1.1.1")
}

// commands returns the commands to OpenSSL that hold in a host.
func (h *host) commands() *confCmds {
	if h.cmds == nil {
		h.cmds = confCmdsOf(h.inherited("sslopensslconfcmd"))
	}
	return h.cmds
}

// inherited returns the directives of a name of the server, then those of the
// host: for those that add up, and those of which the last counts.
func (h *host) inherited(name string) (list []*directive) {
	for s := h.scope; s != nil; s = s.parent {
		list = append(s.all(name), list...)
	}
	return list
}
