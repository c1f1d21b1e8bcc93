package domino

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// known are the names that say something about TLS, in lower case.
var known = map[string]bool{
	"disable_sslv3": true, "ssl_disable_tls_10": true, "ssl_disable_tls_11": true, "ssl_disable_tls_12": true, "ssl_disable_tls_13": true,
	"ssl_enable_tls_10": true, "sslcipherspec": true, "ssl_use_client_cipher_order": true, "ssl_enable_insecure_renegotiate": true,
}

// switches name, for the versions that can be switched off, the setting that
// does it.
var switches = map[audit.Version]string{
	audit.SSLv3: "DISABLE_SSLV3", audit.TLSv10: "SSL_DISABLE_TLS_10", audit.TLSv11: "SSL_DISABLE_TLS_11", audit.TLSv13: "SSL_DISABLE_TLS_13",
}

func read(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{main}}
	damage(d, main)
	x := parse(main)
	version, _ := r.Version("domino")
	x.release = release(strings.TrimSpace(version))
	d.Syntax = x
	for _, e := range x.entries {
		if len(d.Settings) < maxTold && !known[e.name] {
			d.Settings = append(d.Settings, confdoc.NewSetting(e.name, e.value, e.place))
		}
	}
	if d.Broken() == nil {
		x.open(d)
	}
	d.Listeners = []*confdoc.Listener{x.listener()}
	return d
}

// maxTold bounds the settings, and the gaps, that are told.
const maxTold = 500

// open says what is not known of the file as a whole.
func (x *ini) open(d *confdoc.Document) {
	if !x.section {
		d.Open(x.file.Place(0), "there is no section [Notes]: whether Domino reads the settings is not known")
	}
	if text := x.file.Text; !strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\r") {
		d.Open(x.file.Place(len(text)), "the last line has no end: the file may be cut off")
	}
	for _, e := range x.lost[:min(len(x.lost), maxTold)] {
		d.Open(e.place, strings.ToUpper(e.name)+" stands outside of the section [Notes]: whether Domino reads it is not known")
	}
}

// listener is the one TLS stack all tasks of the server share.
func (x *ini) listener() *confdoc.Listener {
	l := &confdoc.Listener{Scope: x}
	l.Listener, l.Role, l.Product = "all TLS tasks", audit.RoleServer, "domino"
	l.ProductVersion, l.Assumed = string(x.release), !x.release.known()
	// Whether a port speaks TLS, and whether it speaks anything else, stands in
	// the Server document; what follows is what it does when it speaks TLS.
	l.TLS, l.Plain = audit.Accepted, audit.Undetermined
	place := x.file.Place(0)
	l.Place = &place
	for _, e := range x.entries {
		if known[e.name] && len(l.Settings) < maxTold {
			l.Settings = append(l.Settings, x.setting(e))
		}
	}
	suites := x.suites()
	for _, v := range audit.Versions {
		a := x.answer(v)
		fact := audit.VersionFact{Version: v, Answer: a.answer, Evidence: a.evidence, Suites: []audit.Suite{}, SuitesAnswer: audit.Undetermined}
		if a.entry != nil {
			at := a.entry.place
			fact.Place = &at
		}
		if a.answer == audit.Accepted {
			l.Configured = append(l.Configured, v)
			if v <= audit.TLSv12 && suites.inForce {
				fact.Suites, fact.SuitesAnswer = confdoc.SuitesAt(suites.list, v), suites.answer()
				fact.SuitesOffered = len(fact.Suites)
				fact.Preference = x.preference(len(fact.Suites))
			}
		}
		l.Versions = append(l.Versions, fact)
	}
	return l
}

// setting is a setting with what becomes of it.
func (x *ini) setting(e entry) audit.Setting {
	s := confdoc.NewSetting(strings.ToUpper(e.name), e.value, e.place)
	switch {
	case e.name == "sslcipherspec" && x.release.since(documents):
		s.Note = "not in force: from 10.0.1 on the suites stand in the Server and Internet Site documents"
	case e.name == "sslcipherspec" && !x.release.known():
		s.Note = "in force up to 10.0 only"
	case len(x.of(e.name)) > 1:
		s.Note = "stands more than once"
	}
	return s
}

func (x *ini) preference(suites int) audit.Preference {
	value, state := x.flag("ssl_use_client_cipher_order")
	switch {
	case suites < 2 || state != set:
		return ""
	case value:
		return audit.PreferenceClient
	}
	return audit.PreferenceServer
}

// documents is the first release that takes the suites from documents.
const documents = "10.0.1"

// suites is what SSLCipherSpec lists.
type suites struct {
	entry   *entry
	list    []tlsreg.Suite
	inForce bool
	// fault says why the list cannot be read; empty if it can.
	fault string
}

func (s suites) answer() audit.Answer {
	if s.fault != "" {
		return audit.Undetermined
	}
	return audit.Accepted
}

// suites reads SSLCipherSpec: numbers of suites, four hexadecimal digits each,
// without anything between them.
func (x *ini) suites() suites {
	all := x.of("sslcipherspec")
	if len(all) == 0 || all[0].value == "" {
		return suites{}
	}
	s := suites{entry: &all[0], inForce: x.release.before(documents)}
	for _, other := range all[1:] {
		if other.value != all[0].value {
			s.fault = "SSLCipherSpec stands more than once, with different values"
		}
	}
	text := all[0].value
	if len(text) > maxSpec {
		s.fault, text = "SSLCipherSpec is longer than any list of suites", ""
	}
	if len(text)%4 != 0 {
		s.fault = "SSLCipherSpec is not made of groups of four hexadecimal digits"
	}
	for ; len(text) >= 4; text = text[4:] {
		code, err := tlsreg.ParseCode("0x" + text[:4])
		suite, ok := tlsreg.SuiteByCode(code)
		if err != nil || !ok {
			s.fault = fmt.Sprintf("SSLCipherSpec has the group %q, which is no cipher suite", text[:4])
			continue
		}
		s.list = append(s.list, suite)
	}
	return s
}

// maxSpec is the longest SSLCipherSpec that is read.
const maxSpec = 4 << 10
