package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// span is the unbroken range of versions HAProxy makes of settings, by index;
// lowest is -1 if none is left.
type span struct {
	lowest, highest int
	// from and to say where the ends come from, nil for a default.
	from, to *given
	// why explains a default.
	why string
	// assumed is set if the lowest version depends on a version of HAProxy
	// nobody named.
	assumed bool
}

// tls12ByDefault is the version from which binds begin at TLS 1.2.
const tls12ByDefault = "2.2"

// spanOf computes what HAProxy does at start: the words no-… count only where
// neither end is given, and between the lowest and the highest version left
// there are no gaps. (ssl_sock_initial_ctx)
func (p *parser) spanOf(s settings, server bool) span {
	out := span{lowest: -1, from: s.min, to: s.max}
	first, last := 0, len(versionNames)-1
	if s.max != nil {
		last = s.max.version
	}
	switch {
	case s.min != nil:
		first = s.min.version
	case server:
		out.why = "no ssl-min-ver: every version the library offers to servers"
	default:
		const tls12 = 3
		since, known := p.r.Since("haproxy", tls12ByDefault)
		switch {
		case known && !since:
			first, out.why = 1, "no ssl-min-ver: default before HAProxy "+tls12ByDefault
		default:
			first, out.why = tls12, "no ssl-min-ver: default of HAProxy "+tls12ByDefault+" and later"
			out.assumed = !known
		}
		if first > last {
			first = last // "Setting the ssl-min-ver to ..."
			out.why = "no ssl-min-ver: HAProxy sets it to ssl-max-ver, which is lower than its default"
			out.from, out.assumed = s.max, false
		}
	}
	for i := first; i <= last; i++ {
		if s.min == nil && s.max == nil && s.off[i] != nil {
			continue
		}
		if out.lowest < 0 {
			out.lowest = i
		}
		out.highest = i
	}
	if out.lowest >= 0 {
		if s.min == nil && s.max == nil && out.lowest > first {
			out.from = s.off[out.lowest-1]
		}
		if s.min == nil && s.max == nil && out.highest < last {
			out.to = s.off[out.highest+1]
		}
	}
	return out
}

// facts says what a span means for every version.
func (p *parser) facts(o span, server bool) map[audit.Version]confdoc.Fact {
	facts := map[audit.Version]confdoc.Fact{audit.SSLv2: {Answer: audit.Refused, Evidence: "HAProxy has no SSLv2"}}
	for i, v := range versionsOf {
		fact := confdoc.Fact{Answer: audit.Refused}
		if i >= o.lowest && i <= o.highest && o.lowest >= 0 {
			fact.Answer = audit.Accepted
		}
		bound := o.from
		if i > o.highest {
			bound = o.to
		}
		switch {
		case bound != nil:
			fact.Evidence, fact.Place = bound.text(), bound.place()
		case i > o.highest:
			fact.Evidence = "no such version is left"
		default:
			fact.Evidence = o.why
		}
		if fact.Evidence == "" {
			fact.Evidence = "no ssl-max-ver"
		}
		if o.assumed && i < o.lowest && i > 0 {
			fact.Answer = audit.Undetermined
			fact.Evidence = "no ssl-min-ver: on by default before HAProxy " + tls12ByDefault + ", off from then on; the version is not known"
		}
		if server && o.from == nil && i <= 2 && fact.Answer == audit.Accepted {
			if _, known := p.r.Version("openssl"); !known || i == 0 {
				fact.Answer = audit.Undetermined
				fact.Evidence += ", which is not known"
			}
		}
		facts[v] = fact
	}
	return facts
}

// text writes a word as it stands in the file.
func (g *given) text() string {
	lead := ""
	if name := g.line.name(); strings.HasPrefix(name, "ssl-default-") {
		lead = name + " "
	}
	if g.word == nil {
		return lead + confdoc.Clip(confdoc.RedactText(g.value.text))
	}
	text := lead + g.word.text
	if g.value != nil {
		text += " " + confdoc.Clip(confdoc.RedactText(g.value.text))
	}
	return text
}

// declare fills a posture from settings: versions decide the versions, groups
// the groups, the others the rest.
func (p *parser) declare(l *confdoc.Listener, versions, rest, groups settings, level *word, toServer bool) {
	if len(rest.unknown)+len(versions.unknown) > 0 {
		names := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(rest.unknown), versions.unknown...))))
		l.Gaps = append(l.Gaps, "the value of the environment variable "+strings.Join(names, ", ")+" is not known")
	}
	o := p.spanOf(versions, toServer)
	facts := p.facts(o, toServer)
	if len(versions.unknown) > 0 {
		for v, fact := range facts {
			if v != audit.SSLv2 {
				facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: "depends on the environment variable " + versions.unknown[0], Place: fact.Place}
			}
		}
	}
	for i, v := range versionsOf {
		if o.lowest >= 0 && i >= o.lowest && i <= o.highest && (o.from != nil || o.to != nil) {
			l.Configured = append(l.Configured, v)
		}
	}
	order := !rest.has("prefer-client-ciphers")
	ssl := confdoc.OpenSSL{Enabled: facts, Default: "DEFAULT", SecurityLevel: -1}
	if level != nil && len(level.text) == 1 && level.text[0] >= '0' && level.text[0] <= '5' {
		ssl.SecurityLevel = int(level.text[0] - '0')
	}
	if !toServer {
		ssl.ServerOrder = &order
	}
	ssl.Ciphers, ssl.Ciphersuites = rest.written("ciphers"), rest.written("ciphersuites")
	switch scope := l.Scope.(type) {
	case *bind:
		mine := *scope // listeners of a crt-list share the line
		mine.strings = &ssl
		l.Scope = &mine
	case *server:
		scope.strings = &ssl
	}
	l.Posture = p.ciphers.Posture(ssl, false)
	p.ciphers.NoteRefused(ssl)
	p.ciphers.MarkMissing(l)
	if b, ok := l.Scope.(*bind); ok {
		p.unusable(l, b)
	}
	p.groups(l, groups)
	if !toServer {
		features(l, rest)
	}
}

// unusable makes all versions latent where OpenSSL gives up before it looks at
// the hello: it wants a suite for the newest version of the bind, in the string
// of the bind. (Seen with OpenSSL 3.0: alert 40 for every hello.)
func (p *parser) unusable(l *confdoc.Listener, b *bind) {
	version, known := p.r.Version("openssl")
	base := b.own.over(b.globals.bind)
	o := p.spanOf(base, false)
	if !known || confdoc.CompareVersions(version, "1.1.0") < 0 || o.lowest < 0 || len(base.unknown) > 0 {
		return
	}
	ssl := confdoc.OpenSSL{Enabled: p.facts(o, false), Default: "DEFAULT", SecurityLevel: -1, Ciphers: base.written("ciphers"), Ciphersuites: base.written("ciphersuites")}
	posture := p.ciphers.Posture(ssl, false)
	top := versionsOf[o.highest]
	if fact := posture.Version(top); len(fact.Suites) > 0 || fact.SuitesAnswer != audit.Accepted {
		return
	}
	for _, fact := range l.Spoken() {
		fact.Answer = audit.Latent
		fact.Evidence += fmt.Sprintf("; OpenSSL refuses every hello while the bind has no suite for %s, its newest version", top)
	}
}

// written returns the value of a word for OpenSSL, nil if it is not given or
// not known.
func (s *settings) written(key string) *confdoc.Written {
	g := s.value(key)
	if g == nil || g.value == nil || g.value.open != "" {
		return nil
	}
	return &confdoc.Written{Text: g.value.text, Place: g.line.file.Place(g.value.start)}
}

// groups declares key-exchange groups where a list names them.
func (p *parser) groups(l *confdoc.Listener, s settings) {
	w := s.written("curves")
	if w == nil {
		w = s.written("ecdhe")
	}
	for _, fact := range l.Spoken() {
		fact.GroupsAnswer = audit.Undetermined
		if w == nil {
			continue
		}
		complete := !strings.ContainsAny(w.Text, "?*/-")
		for _, name := range strings.FieldsFunc(w.Text, func(r rune) bool { return r == ':' || r == '/' }) {
			g, ok := tlsreg.GroupByName(strings.TrimLeft(name, "?*-"))
			if !ok {
				g, ok = tlsreg.GroupByName(strings.TrimLeft(strings.ToLower(name), "?*-"))
			}
			if !ok {
				complete = false
				continue
			}
			if fact.Version == audit.TLSv13 && g.TLS13 || fact.Version < audit.TLSv13 && g.TLS12 {
				l.Groups = append(l.Groups, audit.GroupFact{ID: g.Code, Name: g.Name, Version: fact.Version, Answer: audit.Accepted, Bits: g.StrengthBits})
			}
		}
		if complete {
			fact.GroupsAnswer = audit.Accepted
		}
	}
}

// features declares what HAProxy and its words say about sessions.
func features(l *confdoc.Listener, s settings) {
	tickets, why := audit.Accepted, "tickets are on by default"
	if g := s.value("no-tls-tickets"); g != nil {
		tickets, why = audit.Refused, g.text()
	}
	facts := l.Spoken()
	slices.Reverse(facts)
	for _, fact := range facts {
		if fact.Version >= audit.TLSv13 {
			continue
		}
		add := func(name audit.Feature, a audit.Answer, why string) {
			l.Features = append(l.Features, audit.FeatureFact{Name: name, Version: fact.Version, Answer: a, Evidence: why})
		}
		add(audit.FeatureInsecureRenegotiation, audit.Refused, "HAProxy ends connections whose client renegotiates")
		add(audit.FeatureSessionTicket, tickets, why)
		add(audit.FeatureCompression, audit.Refused, "HAProxy switches it off")
	}
}

// noVersion is what is said about settings that leave no version.
func noVersion(where string) string {
	return fmt.Sprintf("all SSL/TLS versions are disabled for %s", where)
}
