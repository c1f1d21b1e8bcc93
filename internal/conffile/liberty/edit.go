package liberty

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
	"tlsaudit/internal/tlsreg"
)

const blanks = " \t\r\n"

// set returns the edits that give attributes of an element values: where the
// attribute stands that counts, else in the part that comes last.
func (s *server) set(e *element, values map[string]string) (edits []conftree.Edit) {
	if e == nil {
		return nil
	}
	added := ""
	for _, name := range slices.Sorted(maps.Keys(values)) {
		a, ok := e.attr(name)
		switch {
		case !ok:
			added += fmt.Sprintf(` %s="%s"`, name, strictxml.Escape(values[name]))
		case a.Value != values[name]:
			edits = append(edits, a.part.file.Replace(a.ValueStart, a.ValueEnd, strictxml.Escape(values[name])))
		}
	}
	if added != "" {
		p := e.last()
		edits = append(edits, p.file.Replace(endOfAttrs(p), endOfAttrs(p), added))
	}
	return edits
}

// endOfAttrs is where another attribute of an element can be written.
func endOfAttrs(p part) int {
	at := p.at.Start + 1
	for at < p.at.StartEnd && !strings.ContainsRune(blanks+"/>", rune(p.file.Text[at])) {
		at++
	}
	for _, a := range p.at.Attrs {
		at = max(at, a.ValueEnd+1)
	}
	return at
}

// insert returns the edits that put an element behind all that is in another
// one.
func insert(f *conftree.File, parent *strictxml.Element, text string) []conftree.Edit {
	eol, margin := f.EOL(), margin(f, parent.Start)
	inner := margin + "    "
	for _, c := range parent.Children[max(0, len(parent.Children)-3):] {
		if m := marginOf(f, c.Start); m != nil {
			inner = *m
			break
		}
	}
	if parent.StartEnd == parent.End { // <server/>
		tag := strings.TrimRight(f.Text[parent.Start:parent.StartEnd-2], blanks)
		return []conftree.Edit{f.Replace(parent.Start+len(tag), parent.End, ">"+eol+inner+text+eol+margin+"</"+parent.Name+">")}
	}
	at := parent.StartEnd + len(strings.TrimRight(f.Text[parent.StartEnd:parent.EndStart], blanks))
	end := ""
	if !strings.ContainsAny(f.Text[at:parent.EndStart], "\r\n") {
		if !strings.ContainsAny(f.Text[parent.StartEnd:parent.EndStart], "\r\n") && len(parent.Children) > 0 {
			return []conftree.Edit{f.Replace(at, at, text)} // all on one line
		}
		end = eol + margin
	}
	return []conftree.Edit{f.Replace(at, at, eol+inner+text+end)}
}

// marginOf is the blank space a line begins with, nil if something else stands
// in front of the offset.
func marginOf(f *conftree.File, start int) *string {
	_, line := f.Line(f.LineAt(start))
	if lead := f.Text[line:start]; strings.Trim(lead, " \t") == "" {
		return &lead
	}
	return nil
}

func margin(f *conftree.File, start int) string {
	if m := marginOf(f, start); m != nil {
		return *m
	}
	return ""
}

// addFeature switches the TLS feature on.
func (s *server) addFeature() []conftree.Edit {
	for _, e := range s.all("featureManager") {
		p := e.last()
		return insert(p.file, p.at, "<feature>transportSecurity-1.0</feature>")
	}
	return nil
}

// strong are the suites that are written where none of a list is good.
var (
	strong   = []string{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}
	strong13 = []string{"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}
)

// establish changes the element <ssl> that counts for a listener; where no file
// has it, it is added to server.xml.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	sc, ok := l.Scope.(*scope)
	if !ok || sc.ssl == nil || d.Broken() != nil {
		return nil, errors.New("the file is not one Liberty loads")
	}
	s, ssl := sc.server, sc.ssl
	if ssl.gap != "" {
		return nil, errors.New(ssl.gap)
	}
	values := map[string]string{}
	if want.MinVersion != 0 || len(want.Versions) > 0 {
		words := ssl.protocols(want)
		if words == "" {
			return nil, errors.New("sslProtocol is set to TLS 1.2, TLS 1.3 or both")
		}
		values["sslProtocol"] = words
	}
	if want.Strong || len(want.AllowSuites)+len(want.ForbidSuites) > 0 {
		list := ssl.list(l, want, values["sslProtocol"])
		if len(list) == 0 {
			return nil, errors.New("no suite would be left")
		}
		values["enabledCiphers"] = strings.Join(list, " ")
		values["securityLevel"] = "CUSTOM"
	}
	if want.ServerOrder != nil && l.Server() {
		values["enforceCipherOrder"] = fmt.Sprint(*want.ServerOrder)
	}
	if len(values) == 0 {
		return nil, errors.New("no attribute of <ssl> says this")
	}
	edits := s.set(ssl.element, values)
	if ssl.element == nil {
		text := `<ssl id="` + defaultSSL + `" keyStoreRef="defaultKeyStore"`
		for _, name := range slices.Sorted(maps.Keys(values)) {
			text += fmt.Sprintf(` %s="%s"`, name, strictxml.Escape(values[name]))
		}
		x, err := strictxml.Parse(s.main)
		if err != nil {
			return nil, errors.New("the file is not one Liberty loads")
		}
		edits = insert(s.main, x.Root, text+"/>")
	}
	if len(edits) == 0 {
		return nil, errors.New("the attributes are as wanted already")
	}
	return edits, nil
}

// protocols writes the versions wanted; those allowed today are kept if any of
// them is.
func (c *sslConfig) protocols(want audit.Want) string {
	var wanted, kept []audit.Version
	for _, v := range []audit.Version{audit.TLSv13, audit.TLSv12} {
		if v < want.MinVersion || len(want.Versions) > 0 && !slices.Contains(want.Versions, v) {
			continue
		}
		wanted = append(wanted, v)
		if slices.Contains(c.read.Configured, v) {
			kept = append(kept, v)
		}
	}
	switch {
	case len(wanted) == 0:
		return ""
	case len(want.Versions) == 0 && len(kept) > 0:
		wanted = kept
	case len(want.Versions) == 0:
		wanted = wanted[len(wanted)-1:] // TLS 1.2, which every Java has, if it will do
	}
	var words []string
	for _, v := range wanted {
		words = append(words, v.String())
	}
	return strings.Join(words, ", ")
}

// list writes the suites wanted, in the spelling of the file where it has them.
func (c *sslConfig) list(l *confdoc.Listener, want audit.Want, protocols string) (list []string) {
	with13 := l.Version(audit.TLSv13).Answer != audit.Refused
	if protocols != "" {
		with13 = strings.Contains(protocols, "TLSv1.3")
	}
	good := func(s tlsreg.Suite) bool {
		return weak(s) == "" && !slices.Contains(want.ForbidSuites, s.Name) && (!want.Strong || s.AEAD) && (with13 || s.Min != audit.TLSv13)
	}
	add := func(words ...string) {
		for _, word := range words {
			if selected, err := cipherstring.JSSE(word); err == nil && good(selected.Suites[0]) && !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
	}
	if len(want.AllowSuites) > 0 {
		for _, name := range append(slices.Clone(want.TLS13Suites), want.AllowSuites...) {
			if s, ok := tlsreg.SuiteByName(name); ok && s.JSSE != "" {
				add(s.JSSE)
			}
		}
		return list
	}
	if !c.unknownSuites {
		add(strings.FieldsFunc(c.ciphers.text, func(r rune) bool { return r == ',' || r <= ' ' })...)
	}
	has := func(v audit.Version) bool {
		return slices.ContainsFunc(list, func(word string) bool {
			selected, err := cipherstring.JSSE(word)
			return err == nil && (selected.Suites[0].Min == audit.TLSv13) == (v == audit.TLSv13)
		})
	}
	if with13 && !has(audit.TLSv13) {
		add(strong13...)
	}
	if !has(audit.TLSv12) && l.Version(audit.TLSv12).Answer != audit.Refused {
		add(strong...)
	}
	return list
}
