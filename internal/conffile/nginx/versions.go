package nginx

import (
	"fmt"
	"maps"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// protocolWords are the values of ssl_protocols, in lower case: nginx reads
// them in any.
var protocolWords = map[string]audit.Version{
	"sslv2": audit.SSLv2, "sslv3": audit.SSLv3, "tlsv1": audit.TLSv10, "tlsv1.1": audit.TLSv11, "tlsv1.2": audit.TLSv12, "tlsv1.3": audit.TLSv13,
}

// changes of the default of ssl_protocols, and of proxy_ssl_protocols.
const (
	tls13ByDefault   = "1.23.4"
	tls10NotDefault  = "1.27.3"
	ssl3NotDefault   = "1.9.1"
	ownProtocolsFrom = "1.29.2"
)

// changes is where the default of TLS 1.0 and 1.1 is documented. It is often
// mistaken for that of TLS 1.3, which came with 1.23.4.
const changes = " (nginx CHANGES: TLS 1.0 and 1.1 are off by default from " + tls10NotDefault + ")"

// protocols is what directives, or the default, say about versions.
type protocols struct {
	facts map[audit.Version]confdoc.Fact
	// configured are those named, nil for a default; directives where.
	configured []audit.Version
	directives []*directive
	level      *scope
	// assumed is set if it rests on a default of a version nobody named.
	assumed bool
}

// protocolsOf reads the protocol directive in force on a level: all of those
// that stand on the nearest level together.
func (p *parser) protocolsOf(s *scope, name string) protocols {
	list, level := s.lookup(name)
	key := levelKey{level, name}
	if len(list) == 0 {
		key.level = s.top()
	}
	known, ok := p.protocolsOn[key]
	if !ok {
		known = p.protocolsAt(s, level, name, list)
		p.protocolsOn[key] = known
	}
	known.facts = maps.Clone(known.facts) // for those who change them
	return known
}

func (p *parser) protocolsAt(s, level *scope, name string, list []*directive) protocols {
	if len(list) == 0 {
		if !p.whole && s.top().kind == inMain {
			return protocols{facts: map[audit.Version]confdoc.Fact{}}
		}
		return p.defaults(name).doubted(name, p.doc.Gaps)
	}
	out := protocols{facts: map[audit.Version]confdoc.Fact{}, directives: list, level: level}
	seen := map[audit.Version]confdoc.Fact{}
	var shown []string
	for _, d := range list {
		for _, w := range d.args() {
			v, ok := protocolWords[strings.ToLower(w.text)]
			if !ok {
				continue // told by checkValues
			}
			if seen[v].Answer == audit.NotAsked {
				seen[v] = confdoc.Fact{Answer: audit.Accepted, Place: d.file.Place(w.start)}
			}
		}
		shown = append(shown, d.value())
	}
	evidence := confdoc.Clip(confdoc.RedactText(name + " " + strings.Join(shown, " ")))
	if len(list) > 1 {
		evidence += fmt.Sprintf(" (%d directives on one level add up)", len(list))
	}
	for _, v := range audit.Versions {
		fact := seen[v]
		if fact.Answer == audit.Accepted {
			out.configured = append(out.configured, v)
		} else {
			fact = confdoc.Fact{Answer: audit.Refused, Place: list[len(list)-1].place()}
		}
		fact.Evidence = evidence
		out.facts[v] = fact
	}
	return out
}

// top is the outermost level.
func (s *scope) top() *scope {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// doubted are defaults beside what was not read: that may hold the directive.
func (x protocols) doubted(name string, gaps []confdoc.Gap) protocols {
	if len(gaps) == 0 {
		return x
	}
	for v, f := range x.facts {
		if v != audit.SSLv2 {
			x.facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: "no " + name + " was read; " + gaps[0].Message, Place: f.Place}
		}
	}
	return x
}

// defaults are the versions of nginx without a directive.
func (p *parser) defaults(name string) protocols {
	version, known := p.r.Version("nginx")
	at := func(first string) bool { return known && confdoc.CompareVersions(version, first) >= 0 }
	out := protocols{facts: map[audit.Version]confdoc.Fact{}, assumed: !known}
	set := func(v audit.Version, a audit.Answer, why string) {
		out.facts[v] = confdoc.Fact{Answer: a, Evidence: "no " + name + ": " + why}
	}
	set(audit.SSLv2, audit.Refused, "never on by default")
	switch {
	case !known:
		set(audit.SSLv3, audit.Undetermined, "on by default before nginx "+ssl3NotDefault+"; the version is not known")
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
			if name != "ssl_protocols" { // of a client: either may be, and that is all that can be said
				set(v, audit.Undetermined, "on by default before nginx "+tls10NotDefault+changes+"; the version is not known")
				continue
			}
			set(v, audit.Accepted, "assumed on, as before nginx "+tls10NotDefault+changes+"; the version is not known")
		}
		set(audit.TLSv12, audit.Accepted, "the default of every version")
		set(audit.TLSv13, audit.Undetermined, "on by default from nginx "+tls13ByDefault+" on; the version is not known")
		return out
	case at(tls10NotDefault):
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
			set(v, audit.Refused, "default of nginx "+version+changes)
		}
	default:
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
			set(v, audit.Accepted, "default of nginx "+version+changes)
		}
	}
	set(audit.SSLv3, answer(!at(ssl3NotDefault)), "default of nginx "+version)
	set(audit.TLSv12, audit.Accepted, "default of nginx "+version)
	set(audit.TLSv13, answer(at(tls13ByDefault)), "default of nginx "+version)
	return out
}

func answer(yes bool) audit.Answer {
	if yes {
		return audit.Accepted
	}
	return audit.Refused
}

// checkValues notes protocol words nginx does not know.
func (p *parser) checkValues(s *scope) {
	for _, name := range []string{"ssl_protocols", "proxy_ssl_protocols", "grpc_ssl_protocols", "uwsgi_ssl_protocols"} {
		for _, d := range s.own[name] {
			for _, w := range d.args() {
				if _, ok := protocolWords[strings.ToLower(w.text)]; !ok {
					p.refuse(d.file, w.start, fmt.Sprintf("invalid value %q of %s", confdoc.RedactText(w.text), name), "the values are SSLv2, SSLv3, TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3")
				}
			}
		}
	}
	for _, inner := range s.inner {
		p.checkValues(inner)
	}
}
