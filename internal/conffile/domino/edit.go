package domino

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

// put returns the edits that give a setting a value: in every line it has, else
// in a new one, below a comment with its name or at the end of the section.
func (x *ini) put(name, value string) (edits []conftree.Edit) {
	lower := strings.ToLower(name)
	for _, e := range x.of(lower) {
		if e.value != value {
			edits = append(edits, x.file.Replace(e.start, e.end, value))
		}
	}
	if len(x.of(lower)) > 0 {
		return edits
	}
	line := x.last
	for _, e := range x.off {
		if e.name == lower && e.line < line {
			line = e.line
		}
	}
	if end := len(x.file.Text); line == x.file.Lines() && end > 0 { // the last line has no end, and gets none
		return []conftree.Edit{x.file.Replace(end, end, x.file.EOL()+name+"="+value)}
	}
	return []conftree.Edit{x.file.InsertAfter(line, name+"="+value)}
}

// establish writes switches for versions, the order, and suites where the
// release takes them from this file.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	x, ok := d.Syntax.(*ini)
	if !ok || d.Broken() != nil {
		return nil, errors.New("it is not known how Domino reads the file")
	}
	var edits []conftree.Edit
	if want.MinVersion != 0 || len(want.Versions) > 0 {
		more, err := x.versions(want)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	if want.ServerOrder != nil {
		value := "1"
		if *want.ServerOrder {
			value = "0"
		}
		edits = append(edits, x.put("SSL_USE_CLIENT_CIPHER_ORDER", value)...)
	}
	if want.Strong || len(want.AllowSuites)+len(want.ForbidSuites) > 0 {
		more, err := x.spec(want)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	if len(edits) == 0 {
		return nil, errors.New("no line of notes.ini says this; see the Server document")
	}
	return edits, nil
}

// versions switches off what is not wanted.
func (x *ini) versions(want audit.Want) (edits []conftree.Edit, err error) {
	lowest := want.MinVersion
	wanted := func(v audit.Version) bool {
		return v >= lowest && (len(want.Versions) == 0 || slices.Contains(want.Versions, v))
	}
	if !wanted(audit.TLSv12) {
		return nil, errors.New("no known line of notes.ini switches TLS 1.2 off")
	}
	for _, v := range []audit.Version{audit.SSLv3, audit.TLSv10, audit.TLSv11, audit.TLSv13} {
		a := x.answer(v)
		switch {
		case wanted(v) && v == audit.TLSv13, a.answer == audit.Refused && !wanted(v), a.answer != audit.Refused && wanted(v):
		case wanted(v):
			return nil, fmt.Errorf("switching %s on again is left to a person", v)
		case v == audit.TLSv13 && !x.release.known():
		default:
			edits = append(edits, x.put(switches[v], "1")...)
			if e := x.first("SSL_ENABLE_TLS_10"); v == audit.TLSv10 && e != nil {
				edits = append(edits, x.put("SSL_ENABLE_TLS_10", "0")...)
			}
		}
	}
	return edits, nil
}

// strong are suites with forward secrecy and AEAD for RSA and ECDSA keys.
var strong = []string{"C02C", "C030", "C02B", "C02F", "009F", "009E"}

// strongSpec is a list without its weak suites.
func strongSpec(list []tlsreg.Suite) string {
	var b strings.Builder
	for _, s := range list {
		if weak(s) == "" {
			fmt.Fprintf(&b, "%04X", uint32(s.Code))
		}
	}
	if b.Len() == 0 {
		return strings.Join(strong, "")
	}
	return b.String()
}

// spec writes SSLCipherSpec.
func (x *ini) spec(want audit.Want) ([]conftree.Edit, error) {
	if !x.release.before(documents) {
		return nil, errors.New("from 10.0.1 on the suites stand in the Server and Internet Site documents, not in notes.ini")
	}
	s := x.suites()
	if s.fault != "" {
		return nil, errors.New(s.fault)
	}
	list := s.list
	if len(list) == 0 || want.Strong {
		list = byNumber(strong)
	}
	if len(want.AllowSuites) > 0 {
		list = nil
		for _, name := range want.AllowSuites {
			if suite, ok := tlsreg.SuiteByName(name); ok && suite.Min != audit.TLSv13 {
				list = append(list, suite)
			}
		}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(s tlsreg.Suite) bool { return slices.Contains(want.ForbidSuites, s.Name) || weak(s) != "" })
	if len(list) == 0 {
		return nil, errors.New("no suite would be left")
	}
	return x.put("SSLCipherSpec", strongSpec(list)), nil
}

func byNumber(numbers []string) (list []tlsreg.Suite) {
	for _, n := range numbers {
		if code, err := tlsreg.ParseCode("0x" + n); err == nil {
			if s, ok := tlsreg.SuiteByCode(code); ok {
				list = append(list, s)
			}
		}
	}
	return list
}
