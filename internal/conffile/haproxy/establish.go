package haproxy

import (
	"errors"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// strong13 are suites of TLS 1.3 for where none of those in force is left.
var strong13 = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}

// mender collects the edits of one listener.
type mender struct {
	p    *parser
	l    *confdoc.Listener
	want audit.Want
	// line is where words are added that stand nowhere, versions and rest the
	// settings in force.
	line           *line
	versions, rest settings
	span           span
	globals        *globals
	client         bool
	edits          []conftree.Edit
	// added are words for the end of the line.
	added []string
}

// establish writes the words that make a listener satisfy want.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	p, ok := d.Syntax.(*parser)
	if !ok {
		return nil, errors.New("the file was not read")
	}
	if l.TLS == audit.Refused {
		return nil, errors.New("the line has no ssl; it takes \"ssl\" and a certificate")
	}
	m := &mender{p: p, l: l, want: want}
	switch scope := l.Scope.(type) {
	case *bind:
		m.line, m.versions, m.rest, m.globals = scope.line, scope.settings, scope.settings, scope.globals
		m.span = p.spanOf(m.versions, false)
		if scope.entry != nil {
			m.span = p.entrySpan(scope)
		}
	case *server:
		m.line, m.versions, m.rest, m.globals, m.client = scope.line, scope.settings, scope.settings, scope.globals, true
		m.span = p.spanOf(m.versions, true)
	default:
		return nil, errors.New("nothing in the file belongs to this listener")
	}
	for _, step := range []func() error{m.range13, m.suites, m.order, m.groups} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if len(m.added) > 0 {
		at := m.line.words[len(m.line.words)-1].end
		m.edits = append(m.edits, m.line.file.Replace(at, at, " "+strings.Join(m.added, " ")))
	}
	if len(m.edits) == 0 {
		return nil, errors.New("no word of HAProxy brings this about, or those in force do already")
	}
	return m.edits, nil
}

// wanted returns the ends of the versions to allow, by index; highest is -1 if
// nothing is said about it.
func (m *mender) wanted() (lowest, highest int, ok bool) {
	lowest, highest = -1, -1
	for i, v := range versionsOf {
		if v < m.want.MinVersion || len(m.want.Versions) > 0 && !slices.Contains(m.want.Versions, v) {
			continue
		}
		if lowest < 0 {
			lowest = i
		}
		if len(m.want.Versions) > 0 {
			highest = i
		}
	}
	return lowest, highest, lowest >= 0 && (m.want.MinVersion > 0 || len(m.want.Versions) > 0)
}

// range13 writes the ends of the range of versions.
func (m *mender) range13() error {
	lowest, highest, ok := m.wanted()
	if !ok {
		return nil
	}
	if m.span.lowest < 0 {
		return errors.New("the line leaves no version at all; which one is meant takes a person")
	}
	below := m.span.lowest < lowest || highest >= 0 && m.span.lowest > lowest
	for i := range lowest {
		if a := m.l.Version(versionsOf[i]).Answer; a == audit.Undetermined {
			below = true
		}
	}
	var done *given
	if below {
		word := "ssl-min-ver " + versionNames[lowest]
		switch g := m.versions.min; {
		case g == nil:
			m.addMin(word)
		case g.value != nil:
			m.replace(g, versionNames[lowest])
		default:
			m.edits = append(m.edits, g.line.file.Replace(g.word.start, g.word.end, word))
			done = g
		}
	}
	top := highest
	if top < 0 {
		top = len(versionNames) - 1
	}
	tooLow := m.span.highest < lowest || highest >= 0 && m.span.highest < highest
	if highest >= 0 && m.span.highest > highest || tooLow {
		word := "ssl-max-ver " + versionNames[top]
		switch g := m.versions.max; {
		case g != nil && g == done && highest < 0:
		case g != nil && g == done, g == nil && (highest >= 0 && highest < len(versionNames)-1):
			m.added = append(m.added, word)
		case g == nil:
		case g.value != nil:
			m.replace(g, versionNames[top])
		case highest < 0: // the same change as for a listener it is the lowest of
			m.edits = append(m.edits, g.line.file.Replace(g.word.start, g.word.end, "ssl-min-ver "+versionNames[lowest]))
		default:
			m.edits = append(m.edits, g.line.file.Replace(g.word.start, g.word.end, word))
		}
	}
	return nil
}

// addMin writes the lowest version where none is given: into the section
// global if there is one above, for all binds, otherwise into the line.
func (m *mender) addMin(word string) {
	switch g := m.globals; {
	case m.client, m.span.from != nil, m.p.closed:
		// beside ssl-min-ver no-tlsv12 and no-tlsv13 do nothing: other binds may
		// live by them
		m.added = append(m.added, word)
	case g.options != nil:
		at := g.options.words[len(g.options.words)-1].end
		m.edits = append(m.edits, g.options.file.Replace(at, at, " "+word))
	case g.head != nil:
		m.edits = append(m.edits, m.under(g.head, "ssl-default-bind-options "+word))
	default:
		m.added = append(m.added, word)
	}
}

// under returns the edit that puts a line below the head of a section.
func (m *mender) under(head *line, text string) conftree.Edit {
	f := head.file
	at := head.end + 1
	indent := "    "
	rest := f.Text[min(at, len(f.Text)):]
	if blank := rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))]; blank != "" {
		indent = blank
	}
	eol := "\n"
	if head.end > 0 && f.Text[head.end-1] == '\r' {
		eol = "\r\n"
	}
	return f.Replace(at, at, indent+text+eol)
}

func (m *mender) replace(g *given, value string) {
	m.edits = append(m.edits, g.line.file.Replace(g.value.start, g.value.end, value))
}

// put gives a word a value: where it stands, or at the end of the line.
func (m *mender) put(key, value string) {
	if g := m.rest.value(key); g != nil && g.value != nil {
		m.replace(g, value)
		return
	}
	m.added = append(m.added, key+" "+value)
}

// suites writes the lists of suites.
func (m *mender) suites() error {
	if !confdoc.AboutSuites(m.want) {
		return nil
	}
	for _, one := range []struct {
		key       string
		tls13     bool
		otherwise []string
	}{{"ciphers", false, confdoc.StrongSuites}, {"ciphersuites", true, strong13}} {
		names, changed := m.p.ciphers.Choose(m.l, stringsOf(m.l), m.want, one.tls13, one.otherwise)
		switch {
		case !changed:
		case len(names) == 0:
			return errors.New("none of the suites that are wanted can be written as " + one.key)
		default:
			m.put(one.key, strings.Join(names, ":"))
		}
	}
	return nil
}

// order writes who chooses among the suites.
func (m *mender) order() error {
	if m.want.ServerOrder == nil || m.client {
		return nil
	}
	g := m.rest.value("prefer-client-ciphers")
	switch {
	case *m.want.ServerOrder && g != nil:
		start := g.word.start
		for start > 0 && (g.line.file.Text[start-1] == ' ' || g.line.file.Text[start-1] == '\t') {
			start--
		}
		m.edits = append(m.edits, g.line.file.Replace(start, g.word.end, ""))
		if strings.HasPrefix(g.line.name(), "ssl-default-") && len(g.line.words) == 2 {
			m.edits[len(m.edits)-1] = g.line.file.Replace(g.line.start, min(g.line.end+1, len(g.line.file.Text)), "")
		}
	case !*m.want.ServerOrder && g == nil:
		m.added = append(m.added, "prefer-client-ciphers")
	}
	return nil
}

// groups writes the key-exchange groups, those of them that can be known to
// exist in the library.
func (m *mender) groups() error {
	if len(m.want.Groups) == 0 {
		return nil
	}
	later, known := m.p.r.Since("openssl", "3.5.0")
	var names []string
	for _, name := range m.want.Groups {
		g, ok := tlsreg.GroupByName(name)
		if !ok || g.PostQuantum && !(known && later) {
			continue
		}
		if len(g.OpenSSL) > 0 {
			names = append(names, g.OpenSSL[0])
		} else {
			names = append(names, g.Name)
		}
	}
	if len(names) == 0 {
		return errors.New("the wanted groups take OpenSSL 3.5, and nobody vouches for it being there")
	}
	m.put("curves", strings.Join(names, ":"))
	return nil
}
