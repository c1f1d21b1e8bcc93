package postfix

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
)

// end is one server or client of a document: what its rules and edits need.
type end struct {
	*scope
	// program is smtpd, postscreen, smtp or lmtp.
	program  string
	security security
	// wrapped is set if TLS begins with the first byte.
	wrapped bool
	// versions is the parameter in force with its list; a client that falls back
	// has two.
	versions []versions
	ciphers  ciphers
	// broken says why there is no TLS though the level asks for it.
	broken   string
	brokenBy value
	// anonymous is set for a server that is told to do without a certificate: it
	// has anonymous ciphers only, and no TLS 1.3.
	anonymous bool
	// local is set if only programs of the same machine get there.
	local bool
	// row is the entry of a policy table, nil for a program's own settings.
	row *row
}

// versions is a parameter that lists protocols, or an attribute of a table.
type versions struct {
	value
	protocols
}

// protocolsOf reads a parameter.
func (s *scope) protocolsOf(name string) versions {
	v := s.value(name)
	return versions{v, readProtocols(v.text, s.since("3.6"))}
}

// answer is what a list says about a version, with the evidence.
func (e *end) answer(list versions, v audit.Version) confdoc.Fact {
	fact := confdoc.Fact{Answer: audit.Refused, Evidence: e.origin(list.value), Place: list.place()}
	switch {
	case list.open || list.err != nil:
		fact.Answer = audit.Undetermined
	case !list.allows(v):
	case v == audit.TLSv13 && e.anonymous:
		fact.Evidence = "no certificate, which TLS 1.3 does not do without"
		return fact
	case v == audit.SSLv2 && e.since("3.6"):
		fact.Evidence += "; the OpenSSL this version needs has no SSLv2"
		if _, guess := e.release(); guess {
			fact.Answer = audit.Undetermined
			if slices.Contains(list.included, v) {
				fact.Answer = audit.Accepted
			}
		}
	case v == audit.SSLv2 && !slices.Contains(list.included, v):
		fact.Answer = audit.Undetermined
		fact.Evidence += "; nothing excludes SSLv2, and whether OpenSSL has it is not known"
	case v == audit.TLSv13 && !e.since("3.4"):
		fact.Answer = audit.Undetermined
		fact.Evidence += "; TLS 1.3 depends on OpenSSL"
	default:
		fact.Answer = audit.Accepted
	}
	return e.library(fact, v)
}

// library takes away what a known OpenSSL does not have.
func (e *end) library(fact confdoc.Fact, v audit.Version) confdoc.Fact {
	name, ok := e.reader.Version("openssl")
	if !ok || fact.Answer != audit.Accepted && fact.Answer != audit.Undetermined {
		return fact
	}
	class, err := cipherstring.ParseOpenSSLVersion(name)
	if err != nil {
		return fact
	}
	old := class == cipherstring.OpenSSL102
	switch {
	case v == audit.SSLv2 && !old, v == audit.TLSv13 && old:
		fact.Answer, fact.Evidence = audit.Refused, fact.Evidence+"; OpenSSL "+name+" has no "+v.String()
	case v == audit.SSLv3 && !old && fact.Answer == audit.Accepted:
		fact.Answer, fact.Evidence = audit.Latent, fact.Evidence+"; OpenSSL "+name+" is usually built without SSLv3"
	case v == audit.TLSv13 && !old && len(e.versions) > 0 && e.versions[0].err == nil && !e.versions[0].open:
		fact.Answer = audit.Accepted
	}
	return fact
}

// enabled asks all lists in force; where one allows a version, it is allowed.
func (e *end) enabled() map[audit.Version]confdoc.Fact {
	all := map[audit.Version]confdoc.Fact{}
	for _, v := range audit.Versions {
		for i, list := range e.versions {
			fact := e.answer(list, v)
			if i == 0 || rank(fact.Answer) > rank(all[v].Answer) {
				all[v] = fact
			}
		}
	}
	return all
}

func rank(a audit.Answer) int {
	return slices.Index([]audit.Answer{audit.NotAsked, audit.Refused, audit.Undetermined, audit.Latent, audit.Accepted}, a)
}

// listener writes the end as a listener of the document.
func (e *end) listener(name string, role audit.Role) *confdoc.Listener {
	version, guess := e.release()
	l := &confdoc.Listener{Scope: e, Declared: audit.Declared{
		Listener: name, Role: role, Product: "postfix", ProductVersion: version, Assumed: guess,
	}}
	e.declare(l)
	e.settings(l)
	if e.service != nil && !e.service.assumed {
		place := e.service.place()
		l.Place = &place
	} else if e.row == nil {
		place := e.at(e.security.from[0])
		l.Place = &place
	}
	return l
}

// declare fills in whether TLS is spoken, and how.
func (e *end) declare(l *confdoc.Listener) {
	all := func(a audit.Answer, why string) {
		for _, v := range audit.Versions {
			l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: a, Evidence: why})
		}
	}
	switch {
	case e.security.stops != "":
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		l.Gaps = append(l.Gaps, "the program stops at once: "+e.security.stops)
		all(audit.Undetermined, e.security.stops)
		return
	case e.security.level == "":
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		l.Gaps = append(l.Gaps, "the level of security is not told: "+e.why(e.security))
		all(audit.Undetermined, e.why(e.security))
		return
	}
	l.TLS, l.Plain = audit.Accepted, audit.Refused
	switch e.security.level {
	case "none":
		l.TLS, l.Plain = audit.Refused, audit.Accepted
		all(audit.Refused, "no TLS: "+e.why(e.security))
		return
	case "may", "dane":
		l.Plain = audit.Accepted
	}
	for _, list := range e.versions {
		if !list.open && list.err == nil {
			l.Configured = append(l.Configured, list.allowed()...)
		}
	}
	slices.Sort(l.Configured)
	l.Configured = slices.Compact(l.Configured)
	if e.security.open {
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		l.Gaps = append(l.Gaps, "the level of security is not told: "+e.why(e.security))
	}
	if e.broken != "" {
		l.TLS = audit.Refused
		all(audit.Refused, "no TLS: "+e.broken)
		return
	}
	posture, refused := e.posture(e.enabled(), e.ciphers)
	l.Posture = posture
	for i := range l.Versions {
		if v := &l.Versions[i]; e.anonymous {
			v.Suites = slices.DeleteFunc(v.Suites, func(s audit.Suite) bool { return !strings.Contains(s.Name, "_anon_") })
		}
	}
	for _, err := range refused {
		l.Gaps = append(l.Gaps, "the ciphers are not known: "+oneLine(err.Error()))
	}
	l.Features = e.features()
	e.baseline(l)
}

// baseline is a gap where a file outside of Postfix has a say.
func (e *end) baseline(l *confdoc.Listener) {
	for _, name := range []string{"tls_config_file", "tls_config_name"} {
		v := e.value(name)
		if v.given() && v.text != "" && v.text != "default" && v.text != "none" {
			l.Gaps = append(l.Gaps, "an OpenSSL configuration that was not read sets the baseline: "+v.String())
		}
	}
}

// features are what tls_ssl_options switches.
func (e *end) features() (list []audit.FeatureFact) {
	v := e.value("tls_ssl_options")
	if !v.given() {
		return nil
	}
	add := func(f audit.Feature, a audit.Answer) {
		list = append(list, audit.FeatureFact{Name: f, Version: audit.TLSv12, Answer: a, Evidence: v.String()})
	}
	for _, w := range words(strings.ToLower(v.text), listSeparators) {
		mask := uint64(0)
		if _, err := fmt.Sscanf(w, "0x%x", &mask); err != nil {
			mask = 0
		}
		switch {
		case w == "no_ticket" || mask&(1<<14) != 0:
			add(audit.FeatureSessionTicket, audit.Refused)
		case w == "no_compression" || mask&(1<<17) != 0:
			add(audit.FeatureCompression, audit.Refused)
		case mask&(1<<18) != 0:
			add(audit.FeatureInsecureRenegotiation, audit.Accepted)
		}
	}
	return list
}

// maxSettings bounds the settings that are told of one listener.
const maxSettings = 300

// settings lists what the files say about TLS for this end.
func (e *end) settings(l *confdoc.Listener) {
	if e.row != nil {
		l.Settings = e.row.settings()
		return
	}
	for _, d := range e.defined {
		if !e.concerns(d.name) || len(l.Settings) >= maxSettings {
			continue
		}
		var note string
		switch {
		case d.next != nil:
			note = fmt.Sprintf("not in force: defined again on line %d", d.next.place().Line)
		case e.service != nil && e.service.overrides[d.name] != nil:
			note = "not in force: the service has its own"
		default:
			note = e.idle(d.name)
		}
		l.Settings = append(l.Settings, d.setting(note))
	}
	if e.service == nil {
		return
	}
	for _, d := range e.service.options {
		if !e.concerns(d.name) || len(l.Settings) >= maxSettings {
			continue
		}
		note := "option of the service"
		if d.next != nil {
			note = "not in force: given a second time"
		}
		l.Settings = append(l.Settings, d.setting(note))
	}
}

// concerns reports whether a parameter is about TLS in this program.
func (e *end) concerns(name string) bool {
	if strings.HasPrefix(name, "tls_") || name == "compatibility_level" {
		return true
	}
	if e.program == "smtpd" || e.program == "postscreen" {
		return strings.HasPrefix(name, "smtpd_tls_") || strings.HasPrefix(name, "postscreen_") && strings.Contains(name, "tls") || strings.HasPrefix(name, "tlsproxy_tls_") ||
			slices.Contains([]string{"smtpd_use_tls", "smtpd_enforce_tls", "smtpd_sasl_auth_enable"}, name)
	}
	return strings.HasPrefix(name, e.program+"_tls_") || slices.Contains([]string{e.program + "_use_tls", e.program + "_enforce_tls", e.program + "_dns_support_level"}, name)
}

// idle says why a parameter has no effect at the level in force.
func (e *end) idle(name string) string {
	mandatory := strings.Contains(name, "_tls_mandatory_")
	plain := strings.HasSuffix(name, "_tls_protocols") || strings.HasSuffix(name, "_tls_ciphers")
	switch level := e.security.level; {
	case level == "":
	case level == "none" && strings.Contains(name, "_tls_") && !strings.HasSuffix(name, "_level"):
		return "not in force: no TLS is spoken"
	case level == "may" && mandatory, level != "may" && level != "dane" && plain:
		return "not in force: the level is " + level
	case e.security.old && strings.HasSuffix(name, "_tls_security_level"):
		return "empty: older parameters decide"
	case !e.security.old && (strings.HasSuffix(name, "_use_tls") || strings.HasSuffix(name, "_enforce_tls")):
		return "not in force: the security level decides"
	}
	return ""
}
