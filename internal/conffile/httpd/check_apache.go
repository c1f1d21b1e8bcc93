package httpd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// checkApache reports values the server refuses.
func (p *parser) checkApache() {
	has := has13(p.r)
	scopes := append([]*scope{p.conf.main}, p.conf.hosts...)
	for _, s := range append(scopes, p.conf.proxies...) {
		for _, d := range s.lines {
			if len(d.missing) == 0 {
				p.checkValue(d, has)
			}
		}
	}
	for _, h := range append(slices.Clone(p.conf.list), p.conf.server) {
		if !h.isOn("sslengine", false) {
			continue
		}
		if d := h.value("sslprotocol"); d != nil && len(d.missing) == 0 {
			if e := evaluate(d.words(), has); e.illegal == "" && e.on.empty() {
				p.refuse(d.argument(), fmt.Sprintf("%s leaves no protocol: the server does not start with it", d.text()), "SSLProtocol "+protocolArgs([]audit.Version{audit.TLSv12, audit.TLSv13}))
			}
		}
	}
}

func (p *parser) checkValue(d *directive, has bool) {
	switch d.name {
	case "sslprotocol", "sslproxyprotocol":
		if e := evaluate(d.words(), has); e.illegal != "" {
			p.illegalProtocol(d, e)
		}
	case "sslengine":
		if first, _ := word(d.args); !anyFold(first, "on", "off", "optional") {
			p.refuse(d.argument(), fmt.Sprintf("SSLEngine must be on or off, not %s", quote(first)), "")
		}
	case "sslverifyclient", "sslproxyverify":
		if first, _ := word(d.args); !anyFold(first, "none", "off", "optional", "require", "on", "optional_no_ca") {
			p.refuse(d.argument(), fmt.Sprintf("%s cannot be %s", p.spell(d.name), quote(first)), "one of none, optional, require, optional_no_ca")
		}
	case "sslciphersuite", "sslproxyciphersuite":
		p.checkCiphers(d)
	case "sslopensslconfcmd":
		list := d.words()
		fault, doubtful := confCmdsOf(nil).apply(d)
		if fault != "" {
			p.refuse(d.argument(), fmt.Sprintf("SSLOpenSSLConfCmd %s: %s %s", clip(list[0]), quote(list[1]), fault), "")
		} else if doubtful {
			p.open(d.argument(), fmt.Sprintf("SSLOpenSSLConfCmd %s is not known here: OpenSSL may refuse it, or change what is negotiated", quote(list[0])))
		}
	}
}

func anyFold(s string, list ...string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(s, x) })
}

// illegalProtocol reports a word of SSLProtocol that ends the server's start.
func (p *parser) illegalProtocol(d *directive, e protocolList) {
	hint := e.why
	if strings.HasPrefix(e.illegal, "#") {
		hint = "a # comments a line only where it begins: move the remark to a line of its own"
	}
	edit, fixed := p.repairProtocol(d)
	message := fmt.Sprintf("%s: illegal protocol %s", p.spell(d.name), quote(e.illegal))
	f := confdoc.Fault{Kind: confdoc.NotLoaded, Place: d.argument(), Message: message, Hint: hint}
	if fixed {
		f.Edits = []conftree.Edit{edit}
	}
	if len(p.doc.Faults) < 100 {
		p.doc.Faults = append(p.doc.Faults, f)
	}
	if strings.Contains(e.illegal, ",") {
		p.conf.wrong = append(p.conf.wrong, misfit{d, message + ": commas do not separate", f.Edits})
	}
}

// repairProtocol writes the line as it was probably meant: words that are known
// stay, commas and remarks go.
func (p *parser) repairProtocol(d *directive) (conftree.Edit, bool) {
	if !d.editable() {
		return conftree.Edit{}, false
	}
	if edit, ok := d.apart(); ok {
		return edit, true
	}
	var kept []string
	text, _, _ := strings.Cut(d.args, "#")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return r == ',' || r == ':' || r == ';' || r == '"' || r == '\'' || strings.ContainsRune(blanks, r) || r == '\u00a0'
	}) {
		name := strings.ToLower(strings.TrimLeft(w, "+-"))
		if _, ok := protocolTokens[name]; ok || name == "all" {
			kept = append(kept, w)
		}
	}
	if e := evaluate(kept, has13(p.r)); len(kept) == 0 || e.illegal != "" || e.on.empty() || len(e.resets) > 0 {
		kept = strings.Fields(protocolArgs(from(audit.TLSv12, has13(p.r))))
	}
	return d.withArgs(strings.Join(kept, " ")), true
}

// checkCiphers reports a string no OpenSSL reads.
func (p *parser) checkCiphers(d *directive) {
	list := d.words()
	if len(list) == 2 && list[0] != "SSL" && list[0] != "TLSv1.3" {
		p.refuse(d.argument(), fmt.Sprintf("%s: protocol %s is not supported", p.spell(d.name), quote(list[0])), "the first of two arguments is SSL or TLSv1.3")
		return
	}
	if len(list) == 2 && list[0] == "TLSv1.3" {
		if d.scope.kind == dirScope {
			p.refuse(d.argument(), "suites of TLS 1.3 cannot be set inside of a section", "")
		}
		return
	}
	if len(list) == 0 {
		return
	}
	text := list[len(list)-1] + appended
	if p.evaluated += len(text); p.evaluated > maxEvaluated {
		return
	}
	var fault *cipherstring.Error
	for _, class := range classesOf(p.r) {
		_, err := p.r.Memo.Ciphers(class, text)
		if err == nil || !errors.As(err, &fault) || errors.Is(err, cipherstring.ErrSystem) || errors.Is(err, cipherstring.ErrTooLong) {
			return
		}
	}
	p.refuse(d.argument(), fmt.Sprintf("%s: %s", p.spell(d.name), fault.Cause), fault.Hint)
}

// classesOf are the versions of OpenSSL the library may be of.
func classesOf(r *confdoc.Reader) []cipherstring.OpenSSLVersion {
	if v, ok := r.Version("openssl"); ok {
		if class, err := cipherstring.ParseOpenSSLVersion(v); err == nil {
			return []cipherstring.OpenSSLVersion{class}
		}
	}
	return cipherstring.OpenSSLVersions
}
