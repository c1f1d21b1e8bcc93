package httpd

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// misplaced reports a word of the other dialect, which ends the server's start.
func (p *parser) misplaced(d *directive) {
	other := apacheDialect
	if p.dialect == apacheDialect {
		other = ihsDialect
	}
	message := fmt.Sprintf("%s is a directive of %s, which %s does not know", p.spell(d.name), other.module(), p.server)
	p.wrongWord(d, message, "check with apachectl -t: the server does not start with this line", p.translate(d))
}

func (d *dialect) module() string { return strings.TrimSuffix(d.modules[0], ".c") }

// wrongWord records a line that is wrong in this dialect (IHS-06) and keeps the
// server from starting (LOAD-01), with what to write instead.
func (p *parser) wrongWord(d *directive, message, hint string, edits []conftree.Edit) {
	if len(p.conf.wrong) >= 100 {
		return
	}
	p.conf.wrong = append(p.conf.wrong, misfit{d, message, edits})
	p.doc.Faults = append(p.doc.Faults, confdoc.Fault{Kind: confdoc.NotLoaded, Place: d.place(), Message: message, Hint: hint, Edits: edits})
}

// translate writes a line of the other dialect in this one, where it can.
func (p *parser) translate(d *directive) []conftree.Edit {
	if !d.editable() {
		return nil
	}
	one := func(lines ...string) []conftree.Edit { return []conftree.Edit{d.become(lines...)} }
	first, _ := word(d.args)
	switch d.name {
	case "sslprotocol":
		e := evaluate(d.words(), true)
		var off []string
		for i, v := range audit.Versions {
			if e.illegal != "" && v < audit.TLSv12 || e.illegal == "" && (v <= audit.SSLv3 || e.on[i] == 0) {
				off = append(off, ihsToken[v])
			}
		}
		return one("SSLProtocolDisable " + strings.Join(off, " "))
	case "sslengine":
		if strings.EqualFold(first, "on") {
			return one("SSLEnable")
		}
		return one("SSLDisable")
	case "sslciphersuite":
		return one(strongSpec...)
	case "sslhonorcipherorder", "sslcompression", "sslsessiontickets":
		return []conftree.Edit{d.remove()}
	case "sslenable":
		return one("SSLEngine on")
	case "ssldisable":
		return one("SSLEngine off")
	case "sslprotocoldisable":
		return one("SSLProtocol " + protocolArgs(p.without(d)))
	case "sslcipherspec":
		return one("SSLCipherSuite " + strongCiphers)
	case "sslclientauth":
		return one("SSLVerifyClient " + map[string]string{"required": "require", "2": "require", "optional": "optional", "1": "optional"}[strings.ToLower(first)] + noneIf(first))
	}
	return nil // certificates have to be converted
}

func noneIf(clientAuth string) string {
	switch strings.ToLower(clientAuth) {
	case "required", "2", "optional", "1":
		return ""
	}
	return "none"
}

// without returns the versions a list of SSLProtocolDisable leaves, not below
// TLS 1.2 unless it leaves nothing.
func (p *parser) without(d *directive) []audit.Version {
	left := []audit.Version{audit.TLSv12, audit.TLSv13}
	for _, w := range strings.FieldsFunc(d.args, func(r rune) bool { return strings.ContainsRune(",;"+blanks, r) }) {
		if v, ok := ihsTokens[strings.ToLower(w)]; ok && v == audit.TLSv12 {
			left = []audit.Version{audit.TLSv13}
		}
	}
	return left
}
