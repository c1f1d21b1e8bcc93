package haproxy

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// serverDefaults are the words of default-server a section inherits.
func (p *parser) serverDefaults(s *section, depth int) (out settings) {
	if s == nil || depth == confdoc.MaxDepth {
		return out
	}
	out = p.serverDefaults(s.defaults, depth+1)
	for i, l := range s.lines {
		if l.name() == "default-server" {
			out = p.serverWords(l, l.args(), s.globals[i]).over(out)
		}
	}
	return out
}

// serverWords reads the words about TLS among those of a server line.
func (p *parser) serverWords(l *line, args []word, _ *globals) (s settings) {
	for i := len(l.args()) - len(args); i < len(l.args()); i++ {
		w := l.args()[i]
		if w.open != "" {
			s.unknown = append(s.unknown, w.open)
			continue
		}
		if n, ok := serverValues[w.text]; ok {
			i += n
			continue
		}
		count, ok := serverWords[w.text]
		if !ok {
			continue
		}
		switch w.text {
		case "no-ssl":
			delete(s.words, "ssl")
		case "ssl":
			delete(s.words, "no-ssl")
		}
		i += p.take(&s, l, i, count)
	}
	return s
}

// serverOf declares a server line: HAProxy as the client of a server.
func (p *parser) serverOf(sec *section, l *line, g *globals, defaults settings) {
	args := l.args()
	skip := 2
	if l.name() == "server-template" {
		skip = 3
	}
	if len(args) < skip && sec.kind != "peers" {
		p.refuse(l.file, l.words[0].start, "'"+l.name()+"' expects a name and an address", "")
		return
	}
	if sec.kind == "peers" && (l.name() == "peer" || len(args) < 2) {
		return
	}
	defaults.off = [5]*given{} // no-… of default-server is not handed on; seen with 2.6.12
	own := p.serverWords(l, args[skip:], g)
	s := &server{line: l, section: sec, own: own, defaults: defaults, globals: g}
	s.settings = own.over(defaults)
	s.ssl = own.has("ssl") || defaults.has("ssl") && !own.has("no-ssl")
	if s.ssl {
		s.settings = s.settings.over(g.server)
	}
	place := l.place()
	one := &confdoc.Listener{Scope: s}
	version, known := p.r.Version("haproxy")
	name := sec.name
	if name == "" {
		name = sec.kind
	}
	one.Declared = audit.Declared{
		Listener: confdoc.RedactText(name + " server " + args[0].text), Role: audit.RoleClient, TLS: audit.Accepted, Plain: audit.Refused, Place: &place,
		ProductVersion: version, Assumed: !known,
	}
	if !s.ssl {
		one.TLS, one.Plain = audit.Refused, audit.Accepted
		for _, v := range audit.Versions {
			one.Versions = append(one.Versions, audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "the server is talked to in plain text: no ssl", Suites: []audit.Suite{}})
		}
		p.doc.Listeners = append(p.doc.Listeners, one)
		return
	}
	if p.mode(sec) == "http" {
		one.Protocol = "https"
	}
	if p.spanOf(s.settings, true).lowest < 0 && len(s.settings.unknown) == 0 {
		p.refuse(l.file, l.words[0].start, noVersion("server"), "")
	}
	p.declare(one, s.settings, s.settings, s.settings, g.level, true)
	p.tell(one, s.settings)
	if v := p.verify(s); v == "required" && !s.settings.has("ca-file") && len(p.doc.Gaps) == 0 && len(p.doc.Faults) < maxTold && len(s.settings.unknown) == 0 && s.settings.value("verify") == nil {
		p.doc.Fail(confdoc.Incomplete, l.place(), "HAProxy does not load the file: verify is enabled by default but no CA file specified", "name one with ca-file")
	}
	p.doc.Listeners = append(p.doc.Listeners, one)
}

// verify returns "required" or "none".
func (p *parser) verify(s *server) string {
	if g := s.settings.value("verify"); g != nil && g.value != nil {
		return strings.ToLower(g.value.text)
	}
	if p.unverified != nil {
		return "none"
	}
	return "required"
}
