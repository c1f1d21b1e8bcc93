package liberty

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// sslConfig is one element <ssl>; element is nil for the default one where no
// file has it.
type sslConfig struct {
	id      string
	element *element
	// gap says why it is not known what counts; empty if it is.
	gap                       string
	protocol, ciphers, level  value
	order, verify, skip       value
	read                      confdoc.JavaProtocol
	suites                    []tlsreg.Suite
	ignored                   []cipherstring.Word
	unknownSuites, noSuites   bool
	clientAuth, clientAllowed value
}

// config is the SSL configuration of an id.
func (s *server) config(id string, e *element, missing string) *sslConfig {
	key := id + "\x00" + missing
	if c := s.configs[key]; c != nil && c.element == e {
		return c
	}
	c := &sslConfig{id: id, element: e}
	s.configs[key] = c
	switch {
	case missing != "":
		c.gap = "the variable " + short(missing) + " has no value in the files read, so that the SSL configuration is not known"
	case e == nil && id != defaultSSL:
		c.gap = "ssl " + short(id) + " is not defined in the files read"
	case e != nil && e.unclear != "":
		c.gap = "ssl " + short(id) + ": " + e.unclear
	}
	for name, v := range map[string]*value{
		"sslProtocol": &c.protocol, "enabledCiphers": &c.ciphers, "securityLevel": &c.level, "enforceCipherOrder": &c.order,
		"verifyHostname": &c.verify, "skipHostnameVerificationForHosts": &c.skip, "clientAuthentication": &c.clientAuth, "clientAuthenticationSupported": &c.clientAllowed,
	} {
		*v = s.get(e, name)
	}
	if c.protocol.set && c.protocol.missing == "" {
		c.read = confdoc.ReadJavaProtocol("sslProtocol", confdoc.Written{Text: c.protocol.text, Place: c.protocol.place}, s.java)
	}
	if c.ciphers.set && c.ciphers.missing == "" && c.ciphers.text != "" {
		selected, err := cipherstring.JSSE(c.ciphers.text)
		c.suites, c.ignored, c.noSuites = selected.Suites, selected.Ignored, err != nil
	} else {
		c.unknownSuites = true
	}
	return c
}

// declare fills a listener with what its SSL configuration says.
func (c *sslConfig) declare(s *server, l *confdoc.Listener) {
	if c.gap != "" {
		l.Gaps = append(l.Gaps, c.gap)
	}
	for _, one := range []struct {
		name  string
		value value
	}{
		{"sslProtocol", c.protocol}, {"securityLevel", c.level}, {"enabledCiphers", c.ciphers}, {"enforceCipherOrder", c.order}, {"verifyHostname", c.verify},
		{"skipHostnameVerificationForHosts", c.skip}, {"clientAuthentication", c.clientAuth}, {"clientAuthenticationSupported", c.clientAllowed},
	} {
		s.setting(l, one.name, one.value)
	}
	switch {
	case len(c.read.Unknown) > 0:
		l.Gaps = append(l.Gaps, "sslProtocol has "+strings.Join(c.read.Unknown, ", ")+", which Java does not know there")
	case c.ciphers.set && strings.Contains(c.ciphers.text, ","):
		l.Gaps = append(l.Gaps, "enabledCiphers has commas, and Liberty documents blanks between names")
	}
	for _, w := range c.ignored {
		l.Gaps = append(l.Gaps, "enabledCiphers has "+short(w.Text)+": "+w.Reason)
	}
	l.Configured = c.read.Configured
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Suites: []audit.Suite{}, SuitesAnswer: audit.Undetermined}
		answer := c.version(s, v)
		fact.Answer, fact.Evidence = answer.Answer, answer.Evidence
		if answer.Place.File != "" {
			place := answer.Place
			fact.Place = &place
		}
		if (fact.Answer == audit.Accepted || fact.Answer == audit.Latent) && !c.unknownSuites && !c.noSuites {
			c.addSuites(&fact, l.Server())
		}
		l.Versions = append(l.Versions, fact)
	}
}

// addSuites lists the suites of a version.
func (c *sslConfig) addSuites(fact *audit.VersionFact, server bool) {
	fact.Suites = confdoc.SuitesAt(c.suites, fact.Version)
	fact.SuitesOffered = len(fact.Suites)
	if len(c.ignored) == 0 {
		fact.SuitesAnswer = audit.Accepted
	}
	if len(fact.Suites) == 0 && len(c.ignored) == 0 {
		fact.Answer = audit.Latent
		fact.Evidence += "; enabledCiphers lists no suite for it"
	}
	if !server || len(fact.Suites) < 2 || c.order.missing != "" {
		return
	}
	fact.Preference = audit.PreferenceClient
	if strings.EqualFold(c.order.text, "true") {
		fact.Preference = audit.PreferenceServer
	}
}

// version says whether a version is on.
func (c *sslConfig) version(s *server, v audit.Version) confdoc.Fact {
	switch {
	case c.protocol.missing != "":
		return confdoc.Fact{Answer: audit.Undetermined, Evidence: "sslProtocol has the variable " + short(c.protocol.missing) + ", which has no value in the files read", Place: c.protocol.place}
	case c.gap != "":
		return confdoc.Fact{Answer: audit.Undetermined, Evidence: c.gap}
	case c.protocol.set && c.protocol.text != "":
		return c.read.Enabled[v]
	}
	return defaultOf(s.java, v)
}

// defaultOf is what Java enables by itself: all it has, without what its own
// list of disabled algorithms takes away.
func defaultOf(java string, v audit.Version) confdoc.Fact {
	out, known := confdoc.JavaLeavesOut(java, v)
	switch {
	case v == audit.SSLv2:
		return confdoc.Fact{Answer: audit.Refused, Evidence: "no Java speaks it"}
	case v == audit.TLSv12:
		return confdoc.Fact{Answer: audit.Accepted, Evidence: "sslProtocol is not set: all versions Java has"}
	case v == audit.TLSv13 && hasTLS13(java):
		return confdoc.Fact{Answer: audit.Accepted, Evidence: "sslProtocol is not set: all versions Java " + java + " has"}
	case !known || v == audit.TLSv13:
		return confdoc.Fact{Answer: audit.Undetermined, Evidence: "sslProtocol is not set: the default depends on the version of Java"}
	case out:
		return confdoc.Fact{Answer: audit.Refused, Evidence: "sslProtocol is not set, and Java " + java + " leaves it out by its own jdk.tls.disabledAlgorithms"}
	}
	return confdoc.Fact{Answer: audit.Accepted, Evidence: "sslProtocol is not set, and Java " + java + " has it on by default"}
}

// hasTLS13 reports whether a version of Java is known to have TLS 1.3 on.
func hasTLS13(java string) bool {
	return java != "" && !strings.HasPrefix(java, "1.") && !strings.ContainsAny(java, "u_") && confdoc.CompareVersions(java, "11") >= 0
}

func (s *server) setting(l *confdoc.Listener, name string, v value) {
	if !v.set {
		return
	}
	one := confdoc.NewSetting(name, v.text, v.place)
	switch {
	case v.missing != "":
		one.Note = "the variable " + short(v.missing) + " has no value in the files read"
	case name == "securityLevel" && l.Scope.(*scope).ssl.ciphers.set:
		one.Note = "not in force: enabledCiphers is set"
	}
	l.Settings = append(l.Settings, one)
}

// weak says why a suite must not be listed; empty if it may.
func weak(s tlsreg.Suite) string {
	switch {
	case s.Status == "scsv" || s.Min == audit.TLSv13:
		return ""
	case s.Enc == "NULL":
		return "no encryption"
	case s.Auth == "anon":
		return "no authentication"
	case s.Export:
		return "export grade"
	case s.StrengthBits < 128 || slices.Contains([]string{"RC4", "RC2", "DES", "3DES", "IDEA"}, s.Enc):
		return s.Enc
	case !s.PFS:
		return "no forward secrecy"
	}
	return ""
}

// weakSuites are the names of those listed that must not be.
func (c *sslConfig) weakSuites() (names []string) {
	for _, s := range c.suites {
		if why := weak(s); why != "" {
			names = append(names, fmt.Sprintf("%s (%s)", s.Name, why))
		}
	}
	return names
}
