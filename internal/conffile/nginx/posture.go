package nginx

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// defaultCiphers are those of servers; upstreams get OpenSSL's own.
const defaultCiphers = "HIGH:!aNULL:!MD5"

// side is one end of TLS: from which levels its settings come.
type side struct {
	prefix string // of directives
	// versions, suites13 and groups are decided on the outer level, the rest on
	// the inner one; for clients both are the same.
	outer, inner *scope
}

func (e side) get(s *scope, name string) *directive { return s.last(e.prefix + name) }

// written returns the only argument of a directive, nil if none is in force.
func written(d *directive) *confdoc.Written {
	if d == nil || len(d.words) != 2 {
		return nil
	}
	text, _, _ := strings.Cut(d.words[1].text, "\x00")
	return &confdoc.Written{Text: text, Place: d.file.Place(d.words[1].start)}
}

// declare fills the posture of one side.
func (p *parser) declare(l *confdoc.Listener, e side, versions protocols) {
	outer, inner := p.commandsOf(e.outer, e.prefix+"ssl_conf_command"), p.commandsOf(e.inner, e.prefix+"ssl_conf_command")
	facts := maps.Clone(versions.facts)
	outer.limit(facts)
	if e.prefix != "" {
		lowestRun(facts)
	}
	o := confdoc.OpenSSL{Enabled: facts, Default: defaultCiphers, SecurityLevel: -1, Ciphers: written(e.get(e.inner, "ssl_ciphers"))}
	if e.prefix != "" {
		o.Default = "DEFAULT"
	} else {
		order, _ := e.inner.on("ssl_prefer_server_ciphers")
		if inner.order != nil {
			order = *inner.order
		}
		o.ServerOrder = &order
	}
	if inner.ciphers != nil {
		o.Ciphers = inner.ciphers
	}
	o.Ciphersuites = outer.suites13
	switch scope := l.Scope.(type) {
	case *site:
		scope.strings = &o
	case *client:
		scope.strings = &o
	}
	noDHE := false
	if e.prefix == "" && e.get(e.inner, "ssl_dhparam") == nil {
		noDHE, _ = p.r.Since("nginx", dhNeedsFile)
	}
	posture := p.ciphers.Posture(o, noDHE)
	l.Posture, l.Configured = posture, versions.configured
	p.unusable(l, e, outer, facts)
	p.ciphers.NoteRefused(o)
	p.ciphers.MarkMissing(l)
	p.groups(l, e, outer)
	p.features(l, e, outer, inner)
	for _, d := range slices.Concat(outer.unread, inner.unread) {
		l.Gaps = append(l.Gaps, fmt.Sprintf("%s: what %s does is not known", d.place(), confdoc.RedactText(d.words[1].text)))
	}
}

// lowestRun leaves a client the versions OpenSSL offers: of versions with a gap
// between them only the lowest run.
func lowestRun(facts map[audit.Version]confdoc.Fact) {
	var seen, gap bool
	for _, v := range audit.Versions {
		fact := facts[v]
		switch {
		case fact.Answer != audit.Accepted:
			gap = gap || seen && fact.Answer == audit.Refused
		case gap:
			fact.Answer = audit.Refused
			fact.Evidence += "; OpenSSL as a client offers the lowest versions without a gap only"
			facts[v] = fact
		default:
			seen = true
		}
	}
}

// unusable makes all versions latent where OpenSSL gives up before it looks at
// the hello: it wants a suite for the newest version of the lowest run without
// a gap, in the string of the default server. (Seen with OpenSSL 3.0: "no
// ciphers enabled for max supported version", alert 40 for every hello.)
func (p *parser) unusable(l *confdoc.Listener, e side, outer commands, facts map[audit.Version]confdoc.Fact) {
	version, known := p.r.Version("openssl")
	if !known || e.prefix != "" || confdoc.CompareVersions(version, "1.1.0") < 0 {
		return
	}
	var top audit.Version
	var ended bool
	for _, v := range audit.Versions {
		switch on := facts[v].Answer == audit.Accepted; {
		case facts[v].Answer == audit.Undetermined:
			return
		case on && ended:
		case on:
			top = v
		case top != 0:
			ended = true
		}
	}
	if top == 0 {
		return
	}
	o := confdoc.OpenSSL{Enabled: facts, Default: defaultCiphers, SecurityLevel: -1, Ciphers: written(e.get(e.outer, "ssl_ciphers")), Ciphersuites: outer.suites13}
	if outer.ciphers != nil {
		o.Ciphers = outer.ciphers
	}
	posture := p.ciphers.Posture(o, false)
	if fact := posture.Version(top); len(fact.Suites) > 0 || fact.SuitesAnswer != audit.Accepted {
		return
	}
	for _, fact := range l.Spoken() {
		fact.Answer = audit.Latent
		fact.Evidence += fmt.Sprintf("; OpenSSL refuses every hello while the default server has no suite for %s, the last version before a gap", top)
	}
}

// dhNeedsFile is the first version without Diffie-Hellman parameters of its own.
const dhNeedsFile = "1.11.0"

// groups declares key-exchange groups where a list names them.
func (p *parser) groups(l *confdoc.Listener, e side, c commands) {
	list := c.groups
	if list == nil && e.prefix == "" {
		if list = written(e.get(e.outer, "ssl_ecdh_curve")); list != nil && list.Text == "auto" {
			list = nil
		}
	}
	for _, fact := range l.Spoken() {
		fact.GroupsAnswer = audit.Undetermined
		if list == nil {
			continue
		}
		complete := true
		for _, name := range strings.FieldsFunc(list.Text, func(r rune) bool { return r == ':' || r == '/' }) {
			name = strings.TrimLeft(name, "?*-")
			g, ok := tlsreg.GroupByName(name)
			if !ok {
				complete = false
				continue
			}
			if fact.Version == audit.TLSv13 && g.TLS13 || fact.Version < audit.TLSv13 && g.TLS12 {
				l.Groups = append(l.Groups, audit.GroupFact{ID: g.Code, Name: g.Name, Version: fact.Version, Answer: audit.Accepted, Bits: g.StrengthBits})
			}
		}
		if complete && !strings.ContainsAny(list.Text, "?*-/") {
			fact.GroupsAnswer = audit.Accepted
		}
	}
}

// tickets reports whether a level lets tickets be handed out.
func tickets(s *scope, c commands) (on bool, why string) {
	on, set := s.on("ssl_session_tickets")
	switch {
	case c.tickets != nil:
		return *c.tickets, "ssl_conf_command Options"
	case set:
		return on, "ssl_session_tickets " + s.last("ssl_session_tickets").value()
	}
	return true, "ssl_session_tickets on (the default)"
}

// features declares what nginx and its directives say about sessions. Tickets
// take the consent of the default server, which reads the hello, and of the
// server that was meant.
func (p *parser) features(l *confdoc.Listener, e side, outer, inner commands) {
	if e.prefix != "" {
		return
	}
	granted, why := tickets(e.outer, outer)
	if granted {
		granted, why = tickets(e.inner, inner)
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
		add(audit.FeatureInsecureRenegotiation, audit.Refused, "nginx ends connections whose client renegotiates")
		add(audit.FeatureSessionTicket, answer(granted), why)
		add(audit.FeatureCompression, audit.Refused, "nginx switches it off")
	}
}

// maxShown bounds how many of one directive are told.
const maxShown = 20

// settings lists the TLS directives in force for a side, and those of its own
// that are not.
func (e side) settings(l *confdoc.Listener, names map[string]takes, outerDecides []string, because string) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		full := e.prefix + name
		from := e.inner
		decided := e.outer != e.inner && slices.Contains(outerDecides, name)
		if decided {
			from = e.outer
		}
		list, _ := from.lookup(full)
		list = list[:min(len(list), maxShown)]
		for _, d := range list {
			l.Settings = append(l.Settings, confdoc.NewSetting(full, confdoc.Clip(d.value()), d.place()))
		}
		if !decided {
			continue
		}
		lost, _ := e.inner.lookup(full)
		lost = lost[:min(len(lost), maxShown)]
		for _, d := range lost {
			if !slices.Contains(list, d) {
				s := confdoc.NewSetting(full, confdoc.Clip(d.value()), d.place())
				s.Note = "not in force: " + because
				l.Settings = append(l.Settings, s)
			}
		}
	}
	slices.SortStableFunc(l.Settings, func(a, b audit.Setting) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Col, b.Place.Col))
	})
}
