package httpd

import (
	"errors"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// establishIHS writes a posture into the directives of mod_ibm_ssl: into the
// virtual host itself, and into the first one of its address, which decides.
func establishIHS(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	h, ok := l.Scope.(*host)
	if !ok || h.ihs == nil {
		return nil, errors.New("no directive of mod_ibm_ssl is documented for the client side")
	}
	if !h.ihs.on() {
		return nil, errors.New("the virtual host speaks plain text: put SSLEnable into it first")
	}
	hosts := []*host{h}
	if h.first != h && h.first.ihs != nil && h.first.ihs.on() {
		hosts = append(hosts, h.first)
	}
	var edits []conftree.Edit
	for _, one := range hosts {
		more, err := one.establishIHS(want)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	if len(edits) == 0 {
		switch {
		case want.MinVersion != 0 || len(want.Versions) > 0 || want.Strong || len(want.AllowSuites) > 0 || len(want.ForbidSuites) > 0:
			return nil, errors.New("the lines already say what is wanted")
		case want.ServerOrder != nil:
			return nil, errors.New("mod_ibm_ssl has no directive for the order of suites")
		case want.Certificate != "":
			return nil, errors.New("no directive makes a certificate: KeyFile and SSLServerCert have to name another one")
		}
		return nil, errors.New("no directive of mod_ibm_ssl brings this about")
	}
	return edits, nil
}

const byHand = "the lines come out of a macro or a variable: change them by hand"

func (h *host) establishIHS(want audit.Want) ([]conftree.Edit, error) {
	edits, err := h.disableIHS(want)
	if err != nil {
		return nil, err
	}
	more, err := h.specIHS(want)
	return append(edits, more...), err
}

// disableIHS makes SSLProtocolDisable name every version that is not wanted.
func (h *host) disableIHS(want audit.Want) (edits []conftree.Edit, err error) {
	var off []audit.Version
	for _, v := range audit.Versions {
		if len(want.Versions) > 0 && !slices.Contains(want.Versions, v) || len(want.Versions) == 0 && v < want.MinVersion {
			off = append(off, v)
		}
	}
	if len(off) == 0 {
		return nil, nil
	}
	if len(off) == len(audit.Versions) {
		return nil, errors.New("SSLProtocolDisable cannot leave the versions wanted")
	}
	// Enable lines must not name what is to be off.
	for _, d := range h.scope.all("sslprotocolenable") {
		left := slices.DeleteFunc(d.words(), func(w string) bool {
			v, ok := ihsTokens[strings.ToLower(w)]
			return ok && slices.Contains(off, v)
		})
		switch {
		case len(left) == len(d.words()):
		case !d.editable():
			return nil, errors.New(byHand)
		case len(left) == 0:
			edits = append(edits, d.remove())
		default:
			edits = append(edits, d.withArgs(strings.Join(left, " ")))
		}
	}
	lines := h.scope.all("sslprotocoldisable")
	tokens := make([]string, len(off))
	missing := false
	for i, v := range off {
		tokens[i] = ihsToken[v]
		missing = missing || h.ihs.disabled[v] == nil
	}
	wrong := len(want.Versions) > 0 && slices.ContainsFunc(want.Versions, func(v audit.Version) bool { return h.ihs.disabled[v] != nil })
	switch {
	case !missing && !wrong:
		return edits, nil
	case len(lines) == 0:
		return append(edits, h.disableNew(tokens)...), nil
	}
	// One line holds them all: the last one, with the others gone.
	keep := lines[len(lines)-1]
	if !keep.editable() {
		return nil, errors.New(byHand)
	}
	if len(want.Versions) == 0 {
		for _, v := range audit.Versions { // what is off above the lowest stays off
			if h.ihs.disabled[v] != nil && !slices.Contains(off, v) {
				tokens = append(tokens, ihsToken[v])
			}
		}
	}
	for _, d := range lines[:len(lines)-1] {
		if !d.editable() {
			return nil, errors.New(byHand)
		}
		edits = append(edits, d.remove())
	}
	return append(edits, keep.withArgs(strings.Join(tokens, " "))), nil
}

// disableNew puts the line into a scope that has none: a backslash that swallows
// one that is complete goes, otherwise a new one is written.
func (h *host) disableNew(tokens []string) []conftree.Edit {
	for _, x := range h.scope.hidden {
		if x.name != "sslprotocoldisable" || !x.swallowed {
			continue
		}
		have := map[string]bool{}
		for _, w := range words(x.args) {
			have[strings.ToLower(w)] = true
		}
		if !slices.ContainsFunc(tokens, func(t string) bool { return !have[strings.ToLower(t)] }) {
			for _, s := range x.line.segments {
				if rest := x.line.text[min(s.text, len(x.line.text)):]; s.text <= x.at && s.text+len(rest)-len(strings.TrimLeft(rest, blanks)) == x.at {
					if edits := x.line.unswallow(s.text); edits != nil {
						return edits
					}
				}
			}
		}
	}
	return h.insert("SSLProtocolDisable " + strings.Join(tokens, " "))
}

// specIHS makes SSLCipherSpec name the suites that are wanted.
func (h *host) specIHS(want audit.Want) ([]conftree.Edit, error) {
	list := want.AllowSuites
	switch {
	case len(list) > 0:
	case want.Strong || want.MinDHBits > 0:
		list = usualRSA
	case len(want.ForbidSuites) > 0:
		list = usualRSA
		if h.ihs.selection != nil && len(h.ihs.selection.Suites) > 0 && !slices.ContainsFunc(h.ihs.selection.Lists, func(l cipherstring.IHSList) bool { return l.Defaults }) {
			list = nil
			for _, s := range h.ihs.selection.Suites {
				list = append(list, s.Name)
			}
		}
		forbidden := func(s string) bool { return slices.Contains(want.ForbidSuites, s) }
		if list = slices.DeleteFunc(slices.Clone(list), forbidden); len(list) == 0 {
			list = slices.DeleteFunc(slices.Clone(usualRSA), forbidden)
		}
	default:
		return h.specTLS13(want), nil
	}
	var names []string
	for _, name := range list {
		s, ok := tlsreg.SuiteByName(name)
		if !ok || s.GSKit == "" || want.MinDHBits > 0 && s.KX == "DHE" {
			continue
		}
		if !contains(names, "+"+s.GSKit) {
			names = append(names, "+"+s.GSKit)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("none of the suites wanted has a name in IBM HTTP Server")
	}
	lines := []string{"SSLCipherSpec ALL NONE", "SSLCipherSpec ALL " + strings.Join(names, " ")}
	specs := h.ihs.specs
	if len(specs) == 0 {
		return h.insert(lines...), nil
	}
	var edits []conftree.Edit
	for i, d := range specs {
		switch {
		case !d.editable():
			return nil, errors.New(byHand)
		case i == 0:
			edits = append(edits, d.become(lines...))
		default:
			edits = append(edits, d.remove())
		}
	}
	return edits, nil
}

// specTLS13 names suites for TLS 1.3 if it is wanted and the lines leave it none.
func (h *host) specTLS13(want audit.Want) []conftree.Edit {
	st := h.ihs
	if !slices.Contains(want.Versions, audit.TLSv13) || st.selection == nil {
		return nil
	}
	last := st.specs[len(st.specs)-1]
	if l := st.list(audit.TLSv13); l.Defaults || len(l.Suites) > 0 || last.line.macro {
		return nil
	}
	return []conftree.Edit{last.line.after("", "SSLCipherSpec TLSv13 +TLS_AES_256_GCM_SHA384 +TLS_AES_128_GCM_SHA256")}
}

// usualRSA are the usual suites, which mod_ibm_ssl takes for certificates of
// both kinds.
var usualRSA = []string{
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
}
