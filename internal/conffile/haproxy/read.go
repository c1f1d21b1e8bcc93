package haproxy

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

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
	doc := &confdoc.Document{Format: format, Files: []*conftree.File{main}}
	p := &parser{r: r, doc: doc, ciphers: confdoc.NewCipherStrings(r, doc, "HAProxy"), main: main, env: &environment{values: map[string]string{}}, named: map[string]*section{}, lists: map[string][]*entry{}}
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
	case p.whole && len(p.doc.Listeners) == 0 && p.globalLines > 0:
		p.open(p.globals.head.place(), "no bind and no server of this file goes by the TLS defaults of its section global: they are for other files")
	case p.whole:
	case above != p.main.Path && p.r.Tree.Exists(above) == "file", beside != p.main.Path && p.r.Tree.Exists(beside) == "file", strings.HasSuffix(folder, "conf.d"), p.globalBeside(folder):
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

// globalBeside reports whether another file of the folder has a section global:
// HAProxy reads all of a folder it is started with as one.
func (p *parser) globalBeside(folder string) bool {
	others, err := p.r.Tree.Glob(path.Join(folder, "*.cfg"))
	if err != nil || len(others) > maxBeside {
		return true
	}
	return slices.ContainsFunc(others, func(other string) bool {
		if other == p.main.Path {
			return false
		}
		f, err := p.r.Tree.Read(other)
		return err == nil && globalHead.MatchString(f.Text)
	})
}

// maxBeside bounds the files that are looked into for a section global.
const maxBeside = 50

var globalHead = regexp.MustCompile(`(?m)^[ \t]*global[ \t]*(#.*)?\r?$`)

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
			l.Settings = append(l.Settings, p.noted(s, g, confdoc.NewSetting(g.word.text, confdoc.Clip(value), g.place())))
		default:
			l.Settings = append(l.Settings, p.noted(s, g, confdoc.NewSetting(g.line.name(), confdoc.Clip(g.value.text), g.place())))
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

// listed reports whether a word stands in a crt-list.
func listed(g *given) bool { return g.line.listed }
