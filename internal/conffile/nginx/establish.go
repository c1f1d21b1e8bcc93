package nginx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// strong13 are OpenSSL's defaults for TLS 1.3.
var strong13 = []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}

// wordOf is how ssl_protocols writes a version.
func wordOf(v audit.Version) string {
	switch v {
	case audit.SSLv2, audit.SSLv3:
		return v.String()
	case audit.TLSv10:
		return "TLSv1"
	}
	return v.String()
}

// establish writes the directives that make a listener satisfy want.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) (edits []conftree.Edit, err error) {
	t, ok := d.Syntax.(*tree)
	if !ok {
		return nil, errors.New("the file was not read")
	}
	m := mender{p: t.parser, l: l, want: want}
	switch scope := l.Scope.(type) {
	case *site:
		m.outer, m.inner = scope.standard.scope, scope.server.scope
		if !hasContext(scope.server) {
			m.inner = m.outer
		}
		if l.TLS == audit.Refused {
			return nil, errors.New("the listener speaks no TLS; it takes \"listen ... ssl\" and a certificate")
		}
	case *client:
		m.prefix, m.outer, m.inner = scope.prefix, scope.scope, scope.scope
	default:
		return nil, errors.New("nothing in the file belongs to this listener")
	}
	for _, step := range []func() error{m.versions, m.ciphers, m.order, m.groups} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if len(m.edits) == 0 {
		return nil, errors.New("no directive of nginx brings this about, or those in force do already")
	}
	return m.edits, nil
}

// mender collects the edits of one listener.
type mender struct {
	p            *parser
	l            *confdoc.Listener
	want         audit.Want
	prefix       string
	outer, inner *scope
	edits        []conftree.Edit
}

func (m *mender) add(edits ...conftree.Edit) { m.edits = append(m.edits, edits...) }

// wanted returns the versions to allow, nil if nothing is said about them.
func (m *mender) wanted() (list []audit.Version) {
	if m.want.MinVersion == 0 && len(m.want.Versions) == 0 {
		return nil
	}
	for _, v := range audit.Versions {
		if v < m.want.MinVersion || len(m.want.Versions) > 0 && !slices.Contains(m.want.Versions, v) {
			continue
		}
		if since, known := m.p.r.Since("nginx", "1.13.0"); v == audit.TLSv13 && known && !since {
			continue
		}
		list = append(list, v)
	}
	return list
}

// versions writes the protocol directives of the level that decides, and of the
// server itself.
func (m *mender) versions() error {
	list := m.wanted()
	if m.want.MinVersion == 0 && len(m.want.Versions) == 0 {
		return nil
	}
	if len(list) == 0 {
		return errors.New("this version of nginx has none of the wanted protocol versions")
	}
	fits := true
	for _, fact := range m.l.Versions {
		on := fact.Answer == audit.Accepted || fact.Answer == audit.Latent
		inside := slices.Contains(list, fact.Version)
		unsure := fact.Answer == audit.Undetermined
		if on && !inside || unsure && !inside || inside && !on && len(m.want.Versions) > 0 {
			fits = false
		}
	}
	if fits {
		return nil
	}
	var words, command []string
	for _, v := range list {
		words = append(words, wordOf(v))
	}
	command = append([]string{"-ALL"}, words...)
	scopes := []*scope{m.outer}
	if m.inner != m.outer {
		scopes = append(scopes, m.inner)
	}
	done := map[*directive]bool{}
	for i, s := range scopes {
		directives, _ := s.lookup(m.prefix + "ssl_protocols")
		if i > 0 && (len(directives) == 0 || done[directives[0]]) {
			continue
		}
		if len(directives) > maxEdits {
			return errors.New("there are too many ssl_protocols on one level to change them")
		}
		for _, d := range directives {
			done[d] = true
		}
		m.add(s.set(m.prefix+"ssl_protocols", strings.Join(words, " "))...)
	}
	commands, _ := m.outer.lookup(m.prefix + "ssl_conf_command")
	if len(commands) > maxCommands {
		return errors.New("there are too many ssl_conf_command on one level to change them")
	}
	for _, d := range commands {
		value := d.words[2]
		v, ok := commandVersion(value.text)
		switch strings.ToLower(d.words[1].text) {
		case "protocol":
			m.add(d.file.Replace(value.start, value.end, strings.Join(command, ",")))
		case "minprotocol":
			if ok && v > list[0] && len(m.want.Versions) > 0 || ok && v > list[len(list)-1] {
				m.add(d.file.Replace(value.start, value.end, wordOf(list[0])))
			}
		case "maxprotocol":
			if top := list[len(list)-1]; ok && v < top {
				m.add(d.file.Replace(value.start, value.end, wordOf(top)))
			}
		}
	}
	return nil
}

// choose returns the suites to write, and whether they are others than those in
// force.
func (m *mender) choose(tls13 bool, otherwise []string) (names []string, changed bool) {
	return m.p.ciphers.Choose(m.l, stringsOf(m.l), m.want, tls13, otherwise)
}

// ciphers writes the lists of suites.
func (m *mender) ciphers() error {
	if !confdoc.AboutSuites(m.want) {
		return nil
	}
	inner := commandsAt(m.inner, m.prefix+"ssl_conf_command")
	names, changed := m.choose(false, confdoc.StrongSuites)
	switch {
	case !changed:
	case len(names) == 0:
		return errors.New("none of the suites that are wanted is one of OpenSSL's up to TLS 1.2")
	case inner.ciphers != nil:
		m.command(inner, "cipherstring", strings.Join(names, ":"))
	default:
		m.add(m.inner.set(m.prefix+"ssl_ciphers", strings.Join(names, ":"))...)
	}
	names, changed = m.choose(true, strong13)
	switch {
	case !changed:
	case len(names) == 0:
		return errors.New("none of the suites that are wanted is one of TLS 1.3")
	default:
		return m.suites13(strings.Join(names, ":"))
	}
	return nil
}

// command replaces the value of every command of a name.
func (m *mender) command(c commands, key, value string) {
	for _, d := range c.list {
		if strings.EqualFold(d.words[1].text, key) {
			m.add(d.file.Replace(d.words[2].start, d.words[2].end, value))
		}
	}
}

// suites13 writes the suites of TLS 1.3, which only a command can.
func (m *mender) suites13(value string) error {
	if since, known := m.p.r.Since("nginx", "1.19.4"); known && !since {
		return errors.New("nginx before 1.19.4 has no directive for the suites of TLS 1.3")
	}
	c := commandsAt(m.outer, m.prefix+"ssl_conf_command")
	line := fmt.Sprintf("%sssl_conf_command Ciphersuites %s;", m.prefix, value)
	switch {
	case c.suites13 != nil:
		m.command(c, "ciphersuites", value)
	case len(c.list) > 0:
		m.add(after(c.list[len(c.list)-1], line))
	case m.outer.home() != nil:
		m.add(insert(m.outer.home(), line))
	}
	return nil
}

// order writes who chooses among the suites.
func (m *mender) order() error {
	if m.want.ServerOrder == nil || m.prefix != "" {
		return nil
	}
	value := "off"
	if *m.want.ServerOrder {
		value = "on"
	}
	m.add(m.inner.set("ssl_prefer_server_ciphers", value)...)
	return nil
}

// groups writes the key-exchange groups, those of them that can be known to
// exist in the library.
func (m *mender) groups() error {
	if len(m.want.Groups) == 0 {
		return nil
	}
	if m.prefix != "" {
		return errors.New("nginx has no directive for the groups offered to upstreams")
	}
	later, known := m.p.r.Since("openssl", "3.5.0")
	var names []string
	for _, name := range m.want.Groups {
		g, ok := tlsreg.GroupByName(name)
		if !ok || g.PostQuantum && !(known && later) {
			continue
		}
		names = append(names, openSSLGroup(g))
	}
	if len(names) == 0 {
		return errors.New("the wanted groups take OpenSSL 3.5, and nobody vouches for it being there")
	}
	value := strings.Join(names, ":")
	if c := commandsAt(m.outer, "ssl_conf_command"); c.groups != nil {
		m.command(c, "groups", value)
		m.command(c, "curves", value)
		return nil
	}
	m.add(m.outer.set("ssl_ecdh_curve", value)...)
	return nil
}

func openSSLGroup(g tlsreg.Group) string {
	if len(g.OpenSSL) > 0 {
		return g.OpenSSL[0]
	}
	return g.Name
}
