package haproxy

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
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

// server is a server line that talks TLS, or does not.
type server struct {
	line     *line
	section  *section
	settings settings
	// own are the words of the line, defaults those of default-server.
	own, defaults settings
	globals       *globals
	ssl           bool
	strings       *confdoc.OpenSSL
}

func read(format *confdoc.Format, r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	if r.Memo == nil {
		own := *r
		own.Memo = &confdoc.Memo{}
		r = &own
	}
	doc := &confdoc.Document{Format: format, Files: []*conftree.File{main}}
	p := &parser{r: r, doc: doc, main: main, env: &environment{values: map[string]string{}}, named: map[string]*section{}, lists: map[string][]*entry{}}
	p.text()
	doc.Syntax = p
	if doc.Broken() != nil && len(p.sections) == 0 {
		return doc
	}
	for _, s := range p.sections {
		if s.kind == "userlist" || s.kind == "resolvers" || s.kind == "program" {
			continue
		}
		if p.sectionOf(s); len(doc.Listeners) > maxListeners {
			p.open(s.head.place(), fmt.Sprintf("more than %d listeners: the others are not told", maxListeners))
			doc.Listeners = doc.Listeners[:maxListeners]
			break
		}
	}
	p.neighbours()
	return doc
}

// neighbours notes that other files may belong to the same configuration.
func (p *parser) neighbours() {
	folder := path.Dir(p.main.Path)
	above := path.Join(path.Dir(folder), "haproxy.cfg")
	beside := path.Join(folder, "haproxy.cfg")
	switch {
	case p.whole:
	case above != p.main.Path && p.r.Tree.Exists(above) == "file", beside != p.main.Path && p.r.Tree.Exists(beside) == "file", strings.HasSuffix(folder, "conf.d"):
		p.open(p.main.Place(0), "this is a part of a configuration: the section global stands in another file")
	case len(p.doc.Listeners) == 0 && p.doc.Broken() == nil:
		p.open(p.main.Place(0), "there is no listener in the file, and no section global: it is a part of a configuration")
	}
	if p.r.Tree.Exists(path.Join(folder, "conf.d")) == "dir" {
		s := confdoc.NewSetting("conf.d", "", p.main.Place(0))
		s.Note = "a folder conf.d stands beside the file; HAProxy may be started with both, its files are read one by one"
		p.doc.Settings = append(p.doc.Settings, s)
	}
}

// sectionOf declares the listeners and servers of a section.
func (p *parser) sectionOf(s *section) {
	defaults := p.serverDefaults(s.defaults, 0)
	var binds settings // default-bind of peers
	for i, l := range s.lines {
		if len(p.doc.Listeners) > maxListeners {
			return
		}
		switch l.name() {
		case "default-bind":
			own, _ := p.bindWords(l, l.args())
			binds = own.over(binds)
		case "bind":
			p.bindOf(s, l, s.globals[i], binds)
		case "default-server":
			defaults = p.serverWords(l, l.args(), s.globals[i]).over(defaults)
		case "server", "server-template", "peer":
			p.serverOf(s, l, s.globals[i], defaults)
		}
	}
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
		if strings.EqualFold(known, w.text) || apart(known, w.text) == 1 {
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

// newListener makes a listener of a bind.
func (p *parser) newListener(s *section, b *bind, binds, ports []string, name string) *confdoc.Listener {
	place := b.line.place()
	label := confdoc.RedactText(s.name)
	if label == "" {
		label = s.kind
	}
	label += " " + strings.Join(ports, ",")
	if name != "" {
		label += " " + strings.ReplaceAll(confdoc.RedactText(name), "*", "any")
	}
	l := &confdoc.Listener{Scope: b}
	version, known := p.r.Version("haproxy")
	l.Declared = audit.Declared{
		Listener: label, Role: audit.RoleServer, Binds: binds, TLS: audit.Accepted, Plain: audit.Refused, Place: &place,
		ProductVersion: version, Assumed: !known,
	}
	if p.mode(s) == "http" && b.ssl {
		l.Protocol = "https"
	}
	return l
}

// mode returns "http", "tcp" or "" for the mode of a section.
func (p *parser) mode(s *section) string {
	for depth := 0; s != nil && depth < confdoc.MaxDepth; depth++ {
		if s.mode != "" {
			return s.mode
		}
		s = s.defaults
	}
	return "tcp"
}

// plain declares a listener without TLS.
func (p *parser) plain(l *confdoc.Listener) {
	l.TLS, l.Plain, l.Protocol = audit.Refused, audit.Accepted, ""
	for _, v := range audit.Versions {
		l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "no TLS on this listener: bind has no ssl", Suites: []audit.Suite{}})
	}
}

// onlyTLS13 leaves a listener of HTTP/3 what QUIC has.
func onlyTLS13(l *confdoc.Listener) {
	l.Protocol = ""
	for i := range l.Versions {
		if fact := &l.Versions[i]; fact.Version < audit.TLSv13 {
			*fact = audit.VersionFact{Version: fact.Version, Answer: audit.Refused, Evidence: "HTTP/3 has TLS 1.3 only", Suites: []audit.Suite{}}
		}
	}
	l.Features, l.Configured = nil, []audit.Version{audit.TLSv13}
	l.Groups = slices.DeleteFunc(l.Groups, func(g audit.GroupFact) bool { return g.Version < audit.TLSv13 })
}

// secretWords are words whose value is never told.
var secretWords = map[string]bool{"ca-sign-pass": true, "tls-ticket-keys": true}

// tell lists the settings of a listener in the order of their places.
func (p *parser) tell(l *confdoc.Listener, s settings) {
	for _, g := range s.all {
		switch {
		case g.word != nil && g.value == nil:
			l.Settings = append(l.Settings, p.noted(s, g, confdoc.NewSetting(g.word.text, "", g.place())))
		case g.word != nil:
			value := g.value.text
			if secretWords[g.word.text] {
				value = confdoc.Redacted
			}
			l.Settings = append(l.Settings, p.noted(s, g, confdoc.NewSetting(g.word.text, clip(value), g.place())))
		default:
			l.Settings = append(l.Settings, p.noted(s, g, confdoc.NewSetting(g.line.name(), clip(g.value.text), g.place())))
		}
	}
}

// noted adds why a setting is not in force.
func (p *parser) noted(s settings, g *given, out audit.Setting) audit.Setting {
	switch {
	case g.word == nil:
		if s.all[len(s.all)-1] != g && s.words[strings.TrimPrefix(strings.TrimPrefix(g.line.name(), "ssl-default-bind-"), "ssl-default-server-")] != g {
			out.Note = "not in force: the line has its own"
		}
	case g.version >= 0 && strings.HasPrefix(g.word.text, "no-"):
		if s.min != nil || s.max != nil {
			out.Note = "not in force beside ssl-min-ver, ssl-max-ver or force-"
		}
	case g.version >= 0:
		if s.min != g && s.max != g {
			out.Note = "not in force: a later or nearer word beats it"
		}
	case listed(g) && (g.word.text == "curves" || g.word.text == "ecdhe"):
		out.Note = "not in force in a crt-list: the groups are those of the bind"
	case s.words[g.word.text] != g:
		out.Note = "not in force: a later or nearer word beats it"
	}
	return out
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

// listed reports whether a word stands in a crt-list.
func listed(g *given) bool { return g.line.listed }
