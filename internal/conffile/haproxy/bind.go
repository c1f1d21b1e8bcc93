package haproxy

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/near"
)

// bind is a bind line, and for a listener of a crt-list line that line.
type bind struct {
	line *line
	// own are its words, settings those and the global defaults.
	own, settings settings
	globals       *globals
	ssl           bool
	// entry is the line of a crt-list, nil for the bind itself.
	entry *entry
	// certificates are its words crt and crt-list.
	certificates []*given
	// strings are the cipher strings in force.
	strings *confdoc.OpenSSL
}

// stringsOf returns the cipher strings of a listener with TLS.
func stringsOf(l *confdoc.Listener) *confdoc.OpenSSL {
	switch scope := l.Scope.(type) {
	case *bind:
		return scope.strings
	case *server:
		return scope.strings
	}
	return nil
}

// bindWords reads the words of a bind line behind its address.
func (p *parser) bindWords(l *line, args []word) (s settings, certificates []*given) {
	first := len(l.args()) - len(args)
	for i := first; i < len(l.args()); i++ {
		w := l.args()[i]
		count, known := bindWords[w.text]
		switch {
		case w.open != "":
			s.unknown = append(s.unknown, w.open)
			continue
		case !known:
			p.unknownWord(l, w)
			return s, certificates
		}
		values := p.take(&s, l, i, count)
		if g := s.words[w.text]; (w.text == "crt" || w.text == "crt-list") && g != nil && len(certificates) < maxWords {
			certificates = append(certificates, g)
		}
		i += values
	}
	return s, certificates
}

// unknownWord notes a word of a bind line that is not known: certainly wrong if
// it is near one that is, or could be none.
func (p *parser) unknownWord(l *line, w word) {
	shown := confdoc.RedactText(w.text)
	odd := strings.IndexFunc(w.text, func(r rune) bool { return r >= 0x7f || r < ' ' }) >= 0
	for _, known := range sortedWords(bindWords) {
		if near.Slip(w.text, known) {
			p.refuse(l.file, w.start, fmt.Sprintf("unknown keyword %q of bind", shown), "did you mean "+known+"?")
			return
		}
	}
	if odd || w.text == `\` || strings.ContainsAny(w.text, ":,;={}") {
		p.refuse(l.file, w.start, fmt.Sprintf("unknown keyword %q of bind", shown), "write the line anew, with plain blanks")
		return
	}
	p.open(l.file.Place(w.start), fmt.Sprintf("the word %q of bind is not known: the rest of the line is not read", shown))
}

func sortedWords(m map[string]int) []string {
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// bindOf declares what a bind line opens.
func (p *parser) bindOf(s *section, l *line, g *globals, defaults settings) {
	args := l.args()
	if len(args) == 0 && s.kind != "peers" {
		p.refuse(l.file, l.words[0].start, "'bind' expects an address as its argument", "")
		return
	}
	at := ""
	if len(args) > 0 && bindWordsLike(args[0].text) {
		args = append([]word{{}}, args...) // peers: the address is that of the peer
	}
	if len(args) > 0 {
		at = args[0].text
		args = args[1:]
	}
	own, certificates := p.bindWords(l, args)
	own = own.over(defaults)
	b := &bind{line: l, own: own, globals: g, ssl: own.has("ssl"), certificates: certificates}
	b.settings = own.over(g.bind)
	binds, ports, quic := addresses(at)
	b.ssl = b.ssl || quic
	one := p.newListener(s, b, binds, ports, "")
	one.Default = true
	if len(args) > 0 && l.args()[0].open != "" {
		one.Gaps = append(one.Gaps, "the address depends on the environment variable "+l.args()[0].open)
	}
	if !b.ssl {
		p.plain(one)
		p.doc.Listeners = append(p.doc.Listeners, one)
		return
	}
	p.certificatesOf(s, b, one, binds, ports)
	if quic {
		onlyTLS13(one)
	}
}

func bindWordsLike(s string) bool { _, ok := bindWords[s]; return ok }

// certificatesOf declares a bind with TLS and the lines of its crt-lists that
// differ from it.
func (p *parser) certificatesOf(s *section, b *bind, one *confdoc.Listener, binds, ports []string) {
	var special []*entry
	plain := false // a certificate without words of its own
	rest := b.settings
	var standard *entry
	var gaps []string
	for i, g := range b.certificates {
		if g.word.text == "crt" {
			plain = true
			continue
		}
		entries, gap := p.list(g.value)
		if gap != "" {
			gaps = append(gaps, gap)
		}
		for n, e := range entries {
			if !e.weighs() {
				plain = true
				continue
			}
			special = append(special, e)
			if i == 0 && n == 0 {
				standard = e
			}
		}
	}
	if len(b.certificates) == 0 && !b.own.has("default-crt") && !b.own.has("generate-certificates") && s.kind != "peers" && len(p.doc.Gaps) == 0 && len(p.doc.Faults) < maxTold && len(b.own.unknown) == 0 {
		p.doc.Fail(confdoc.Incomplete, b.line.file.Place(b.line.words[0].start), "HAProxy does not load the file: no SSL certificate specified for bind (use 'crt')", "name the certificate with crt")
	}
	if p.spanOf(b.settings, false).lowest < 0 && len(b.settings.unknown) == 0 {
		p.refuse(b.line.file, b.line.words[0].start, noVersion("bind"), "")
	}
	if standard != nil {
		rest = standard.settings.over(b.settings)
	}
	p.declare(one, b.settings, rest, b.settings, b.globals.level, false)
	one.Gaps = append(one.Gaps, gaps...)
	p.tell(one, b.settings)
	p.doc.Listeners = append(p.doc.Listeners, one)
	if standard != nil && plain {
		other := p.newListener(s, b, binds, ports, "other names")
		p.declare(other, b.settings, b.settings, b.settings, b.globals.level, false)
		p.tell(other, b.settings)
		p.doc.Listeners = append(p.doc.Listeners, other)
	}
	for _, e := range special {
		if len(p.doc.Listeners) > maxListeners {
			return
		}
		mine := *b
		mine.entry = e
		mine.settings = e.settings.over(b.settings)
		name := path.Base(e.line.words[0].text)
		if len(e.names) > 0 {
			name = e.names[0]
		}
		l := p.newListener(s, &mine, binds, ports, name)
		for _, n := range e.names {
			if !strings.HasPrefix(n, "!") {
				l.Names = append(l.Names, strings.ReplaceAll(confdoc.RedactText(n), "*", "any"))
			}
		}
		versions := mine.settings
		if p.entrySpan(&mine).lowest < 0 && len(versions.unknown) == 0 {
			p.refuse(e.line.file, e.line.words[0].start, noVersion("a line of the crt-list"), "")
		}
		p.declareEntry(l, &mine)
		l.Gaps = append(l.Gaps, gaps...)
		p.tell(l, mine.settings)
		place := e.line.place()
		l.Place = &place
		p.doc.Listeners = append(p.doc.Listeners, l)
	}
}

// entrySettings are the version words of a crt-list line: its own ends, and
// those the bind came to where it has none.
func (p *parser) entrySettings(b *bind) settings {
	s := b.settings
	base := p.spanOf(b.own.over(b.globals.bind), false)
	s.off = [5]*given{}
	if e := &b.entry.settings; e.min == nil && base.lowest >= 0 {
		s.min = end(base.from, b.line, base.lowest)
	}
	if e := &b.entry.settings; e.max == nil && base.lowest >= 0 {
		s.max = end(base.to, b.line, base.highest)
	}
	return s
}

// end makes a bound of a span a given one.
func end(g *given, l *line, version int) *given {
	if g != nil {
		same := *g
		same.version = version
		return &same
	}
	return &given{line: l, word: &word{text: "the versions of the bind", start: l.words[0].start, end: l.words[0].end}, version: version}
}

func (p *parser) entrySpan(b *bind) span { return p.spanOf(p.entrySettings(b), false) }

func (p *parser) declareEntry(l *confdoc.Listener, b *bind) {
	p.declare(l, p.entrySettings(b), b.settings, b.own.over(b.globals.bind), b.globals.level, false)
	if base := p.spanOf(b.own.over(b.globals.bind), false); base.assumed && b.entry.settings.min == nil {
		for i := range l.Versions {
			if fact := &l.Versions[i]; fact.Answer == audit.Refused && fact.Version >= audit.TLSv10 && fact.Version < audit.TLSv12 {
				fact.Answer = audit.Undetermined
				fact.Evidence = "no ssl-min-ver: on by default before HAProxy " + tls12ByDefault + ", off from then on; the version is not known"
			}
		}
	}
}

// addresses takes the first argument of bind apart.
func addresses(text string) (binds, ports []string, quic bool) {
	for _, one := range strings.Split(text, ",") {
		for _, prefix := range []string{"ipv4@", "ipv6@", "tcp4@", "tcp6@", "tcp@", "stream+ipv4@", "stream+ipv6@", "udp4@", "udp6@"} {
			one = strings.TrimPrefix(one, prefix)
		}
		for _, prefix := range []string{"quic4@", "quic6@", "quic@"} {
			if rest, ok := strings.CutPrefix(one, prefix); ok {
				one, quic = rest, true
			}
		}
		at := strings.LastIndexByte(one, ':')
		switch {
		case one == "":
			continue
		case at < 0 || strings.ContainsAny(one, "/@"):
			binds, ports = append(binds, confdoc.RedactText(one)), append(ports, confdoc.RedactText(one))
			continue
		}
		host, port := one[:at], one[at+1:]
		if host == "*" || host == "0.0.0.0" || host == "[::]" || host == "::" {
			host = ""
		}
		if quic {
			ports = append(ports, port+"/udp")
		} else {
			ports = append(ports, port)
		}
		binds = append(binds, host+":"+port)
	}
	if len(ports) > 4 {
		ports = []string{ports[0] + ".." + ports[len(ports)-1]}
	}
	return slices.Compact(binds), slices.Compact(ports), quic
}
