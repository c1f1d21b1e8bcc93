package httpd

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

// establishApache writes a posture into the directives of mod_ssl.
func establishApache(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	h, ok := l.Scope.(*host)
	if !ok || h.apache == nil {
		return nil, errors.New("the listener was not read from directives of mod_ssl")
	}
	if l.TLS == audit.Refused {
		return nil, errors.New("the virtual host speaks plain text: switch SSLEngine on first")
	}
	e := &establishing{h: h, want: want, prefix: h.apache.prefix}
	e.versions()
	e.suites()
	e.order()
	e.groups()
	return e.finish(l)
}

// establishing collects edits; fault is what one directive cannot say, none why
// a demand has no line at all.
type establishing struct {
	h      *host
	want   audit.Want
	prefix string // "ssl" or "sslproxy"
	edits  []conftree.Edit
	fault  string
	asked  bool
}

func (e *establishing) finish(*confdoc.Listener) ([]conftree.Edit, error) {
	switch {
	case e.fault != "":
		return nil, errors.New(e.fault)
	case len(e.edits) > 0:
		return e.edits, nil
	case e.asked:
		return nil, errors.New("the lines already say what is wanted")
	case e.want.MinDHBits > 0:
		return nil, errors.New("the size of the prime needs a file of parameters: SSLOpenSSLConfCmd DHParameters FILE")
	case e.want.Certificate != "":
		return nil, errors.New("no directive makes a certificate: SSLCertificateFile has to name another file")
	}
	return nil, errors.New("no directive of mod_ssl brings this about")
}

// set adds the edits of one value, or says that they cannot be made.
func (e *establishing) set(name, args string) {
	e.asked = true
	target := e.h
	if name == "sslprotocol" && e.h.apache.base {
		target = e.h.first
	}
	if d := target.value(name); d != nil && len(d.missing) == 0 && strings.EqualFold(strings.Join(d.words(), " "), args) {
		return
	}
	edits := target.set(name, args)
	if len(edits) == 0 {
		e.fault = fmt.Sprintf("%s comes out of a macro or a variable: change it by hand to %q", e.h.conf.spell(name), clip(args))
		return
	}
	e.edits = append(e.edits, edits...)
}

// remove deletes a line that beats the directives of mod_ssl.
func (e *establishing) remove(d *directive) {
	if !d.editable() {
		e.fault = "SSLOpenSSLConfCmd comes out of a macro or a variable: delete it by hand"
		return
	}
	e.edits = append(e.edits, d.remove())
}

func (e *establishing) versions() {
	list := slices.Sorted(slices.Values(e.want.Versions))
	if len(list) == 0 && e.want.MinVersion != 0 {
		list = from(e.want.MinVersion, true)
		if e.prefix == "ssl" || e.prefix == "sslproxy" {
			list = slices.DeleteFunc(list, func(v audit.Version) bool { return v == audit.TLSv13 && !has13(e.h.conf.reader) })
		}
	}
	if len(list) == 0 {
		return
	}
	if protocolArgs(list) == "-all" {
		e.fault = "SSLProtocol cannot switch on the versions wanted"
		return
	}
	e.set(e.prefix+"protocol", protocolArgs(list))
	if e.prefix != "ssl" {
		return
	}
	holder := e.h
	if e.h.apache.base {
		holder = e.h.first
	}
	conf := holder.commands()
	for _, d := range conf.lines {
		words := d.words()
		if len(words) != 2 || len(d.missing) > 0 {
			continue
		}
		one := confCmdsOf([]*directive{d})
		below := one.minLine != nil && (one.noMin || one.min < list[0]) || one.maxLine != nil && one.max != 0 && one.max < list[len(list)-1]
		above := one.minLine != nil && one.min > list[0] && len(e.want.Versions) > 0
		for v := range one.added {
			below = below || !slices.Contains(list, v)
		}
		for v := range one.removed {
			above = above || slices.Contains(list, v)
		}
		if below || above {
			e.remove(d)
		}
	}
}

func (e *establishing) suites() {
	upTo12, tls13 := opensslList(e.want.AllowSuites)
	st := e.h.apache
	switch {
	case len(e.want.AllowSuites) > 0:
	case e.want.Strong:
		upTo12 = strongCiphers
	case len(e.want.ForbidSuites) > 0:
		upTo12, tls13 = e.without()
	default:
		return
	}
	if e.want.MinDHBits > 0 {
		upTo12 = strings.Join(slices.DeleteFunc(strings.Split(upTo12, ":"), func(s string) bool { return strings.HasPrefix(s, "DHE-") }), ":")
	}
	if upTo12 != "" {
		if st.cipher != nil && st.cipher.name == "sslopensslconfcmd" {
			e.remove(st.cipher)
		}
		e.cipherLine("", upTo12)
	}
	if tls13 != "" && has13(e.h.conf.reader) {
		if d := e.h.commands().suites; d != nil && e.prefix == "ssl" {
			e.remove(d)
		}
		e.cipherLine("TLSv1.3", tls13)
	}
}

// cipherLine sets one of the two lists of SSLCipherSuite.
func (e *establishing) cipherLine(protocol, text string) {
	e.asked = true
	name := e.prefix + "ciphersuite"
	args := strings.TrimSpace(protocol + " " + text)
	line := e.h.apache.suites
	if protocol == "" {
		if line = e.h.apache.cipher; line != nil && line.name == "sslopensslconfcmd" {
			line = e.h.cipherLine(name)
		}
	}
	switch {
	case line == nil:
		edits := e.h.insert(e.h.conf.spell(name) + " " + args)
		if len(edits) == 0 {
			e.fault = "there is no line of the file that a cipher string can be put behind"
		}
		e.edits = append(e.edits, edits...)
	case !line.editable():
		e.fault = fmt.Sprintf("%s comes out of a macro or a variable: change it by hand", e.h.conf.spell(name))
	case strings.Join(line.words(), " ") != args:
		e.edits = append(e.edits, line.withArgs(args))
	}
}

// cipherLine returns the line of the string up to TLS 1.2.
func (h *host) cipherLine(name string) (found *directive) {
	for _, d := range h.inherited(name) {
		if list := d.words(); len(list) == 1 || len(list) == 2 && list[0] == "SSL" {
			found = d
		}
	}
	return found
}

// without takes suites out of what holds today: by name, at the end of the
// string; if nobody knows what holds, the usual suites without them.
func (e *establishing) without() (upTo12, tls13 string) {
	forbidden12, forbidden13 := opensslList(e.want.ForbidSuites)
	st := e.h.apache
	if forbidden12 != "" {
		text := "DEFAULT"
		if st.cipher != nil {
			text = st.text
		}
		out := ""
		for _, s := range strings.Split(forbidden12, ":") {
			if !slices.Contains(strings.Split(text, ":"), "!"+s) {
				out += ":!" + s
			}
		}
		upTo12 = text + out
		if len(upTo12) > 4000 || strings.ContainsAny(text, blanks+`"'`) || !readable(e.h, upTo12+appended) {
			upTo12, _ = opensslList(slices.DeleteFunc(slices.Clone(tlsreg.Usual), func(s string) bool { return slices.Contains(e.want.ForbidSuites, s) }))
		}
	}
	if forbidden13 != "" {
		var left []string
		for _, s := range []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"} {
			if !slices.Contains(e.want.ForbidSuites, s) {
				left = append(left, s)
			}
		}
		tls13 = strings.Join(left, ":")
	}
	return upTo12, tls13
}

// readable reports whether every OpenSSL that may be in use finds suites in a
// string.
func readable(h *host, text string) bool {
	for _, class := range classesOf(h.conf.reader) {
		if _, err := h.conf.reader.Memo.Ciphers(class, text); err != nil {
			return false
		}
	}
	return true
}

func (e *establishing) order() {
	if e.want.ServerOrder == nil {
		return
	}
	value := "off"
	if *e.want.ServerOrder {
		value = "on"
	}
	if e.prefix != "ssl" {
		e.fault = "a client has no order of the server's"
		return
	}
	if o := e.h.option("serverpreference"); o != nil && o.on != *e.want.ServerOrder {
		e.remove(o.line)
	}
	e.set("sslhonorcipherorder", value)
	if !*e.want.ServerOrder && e.h.first != e.h && e.h.first.serverOrder() {
		// the context of the first virtual host hands its options on
		e.edits = append(e.edits, e.h.first.set("sslhonorcipherorder", value)...)
	}
}

func (e *establishing) groups() {
	if len(e.want.Groups) == 0 || e.prefix != "ssl" {
		return
	}
	var list []string
	for _, name := range e.want.Groups {
		if g, ok := tlsreg.GroupByName(name); ok && len(g.OpenSSL) > 0 {
			name = g.OpenSSL[0]
		}
		list = append(list, name)
	}
	args := "Groups " + strings.Join(list, ":")
	e.asked = true
	if d := e.h.commands().groups; d != nil {
		if !d.editable() {
			e.fault = "SSLOpenSSLConfCmd Groups comes out of a macro or a variable: change it by hand"
			return
		}
		e.edits = append(e.edits, d.withArgs(args))
		return
	}
	e.edits = append(e.edits, e.h.insert("SSLOpenSSLConfCmd "+args)...)
}
