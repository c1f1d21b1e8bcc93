package sametime

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// rulesOfServers are asked of every format that holds parameters.
var rulesOfServers = []*confdoc.Rule{strictPort, lowestVersion, securityLevel, suiteList, storeType, underscores, secrets, backends}

var strictPort = &confdoc.Rule{
	ID: "ST-03", Check: "config.transport", Title: "the port answers TLS only", Of: confdoc.OfServer,
	Doc:    "The legacy encryption of Sametime is RC2 below a key agreement of 512 bits with a fixed initialisation vector. As long as the port answers it, every client that is not told otherwise uses it, and an attacker needs no more than that: TLS on the same port protects only those that ask for it. The documented example sets the same number for both ports and is not strict.",
	Detect: "VPMX_PORT and VPMX_TLS_PORT in Debug for the multiplexer, VPS_PORT and VPS_TLS_PORT in Connectivity for the community server. Neither set is the legacy protocol, which is the default. The legacy port at 0 counts as TLS only, which is inferred, and for the multiplexer only if VPMX_DISABLE_CONFIGURATION_UPDATE=1 keeps the central configuration from winning; an empty or missing legacy port beside a TLS port is undecided, and so is TLS only without a key store.",
	Level:  audit.Must, Severity: audit.High, Confidence: "inferred",
	Refs: []string{"HCL Sametime 12 documentation, Securing connections between the Sametime mux and the Connect and Embedded clients"},
	Text: "Move the clients first (ST-01, ST-02: connectionType tls-direct everywhere), with both protocols answered; then answer TLS only.\n" +
		"mux.env or sametimeIni: STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1, STI__Debug__VPMX_TLS_PORT=1533, STI__Debug__VPMX_PORT=0 (the last is inferred: confirm by a probe of port 1533)\n" +
		"sametime.ini: the same names without STI__Debug__ in the section [Debug]; community server: VPS_TLS_PORT=1516 and VPS_PORT=0 in [Connectivity]\n" +
		"The key store needs its password too: STI__Config__ST_TLS_KEY_STORE_PASSWORD, in a file with mode 600. Make one with: openssl pkcs12 -export -in server.crt -inkey server.key -name mux -out keystore.p12",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		s, ok := c.Listener.Scope.(*server)
		switch {
		case !ok || s.section == "":
			return confdoc.Moot("the file says nothing about a port")
		case s.mode == strictMode && s.secret == "" && !s.params.tls(s.prefix, "KEY_STORE_FILE").set():
			return []confdoc.Result{confdoc.Undecided(s.at, s.why+"; but no key store is named (KEY_STORE_FILE), so that it is not known whether anything is answered")}
		case s.mode == strictMode:
			return []confdoc.Result{{Kind: audit.Met, Message: s.why, Place: s.at}}
		case s.legacy:
			return []confdoc.Result{confdoc.Violated(s.at, s.why).Wants(audit.Want{TLSOnly: true})}
		}
		return []confdoc.Result{confdoc.Undecided(s.at, s.open)}
	},
}

var lowestVersion = &confdoc.Rule{
	ID: "ST-04", Check: "config.protocol", Title: "no protocol version below the policy's is allowed", Of: confdoc.OfListener,
	Doc:    "ST_TLS_MIN_PROTOCOL_VERSION holds for all services, and STMUX_, STSRV_, STLDAP_ and STSAML_ override it each for one. 0x303, TLS 1.2, is the default and the highest that can be set: a policy that demands TLS 1.3 cannot be met by Sametime itself.",
	Detect: "The bounds in force for the service. YAML turns an unquoted 0x301 into 769: the number is judged, and a form the documentation does not have is told.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Text: "mux.env or sametimeIni: STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x303 (in YAML in quotes: \"0x303\")\nsametime.ini: ST_TLS_MIN_PROTOCOL_VERSION=0x303 in [Config]",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		s, ok := c.Listener.Scope.(*server)
		if !ok {
			return confdoc.Moot("no parameters")
		}
		low, high := s.bound("MIN_PROTOCOL_VERSION"), s.bound("MAX_PROTOCOL_VERSION")
		want := audit.Want{MinVersion: c.Min}
		switch {
		case c.Min > audit.TLSv12:
			return []confdoc.Result{confdoc.Violated(s.at, fmt.Sprintf("%s is demanded, and TLS 1.2 is the highest version Sametime can be configured for", c.Min)).Wants(want)}
		case low.set() && low.known && low.version < c.Min:
			return []confdoc.Result{confdoc.Violated(low.entry.place(), fmt.Sprintf("%s%s allows %s, lower than %s", low.entry.shown(), low.turned(), low.version, c.Min)).Wants(want).Quoting(low.entry.setting())}
		case high.set() && high.known && high.version < c.Min:
			return []confdoc.Result{confdoc.Violated(high.entry.place(), fmt.Sprintf("%s allows nothing above %s, lower than %s", high.entry.shown(), high.version, c.Min)).Wants(want).Quoting(high.entry.setting())}
		case s.hasTLS() == audit.Refused:
			return confdoc.Moot("no TLS is answered")
		}
		for _, b := range []bound{low, high} {
			switch {
			case b.set() && b.doubt == "" && b.known && b.value != "" && !strings.HasPrefix(strings.ToLower(b.text), "0x"):
				return []confdoc.Result{confdoc.Advice(b.entry.place(), fmt.Sprintf("%s%s: the documented form is 0x303, and whether a decimal number is read is not known", b.entry.shown(), b.turned())).Wants(want)}
			case !b.known && b.doubt == "":
				return []confdoc.Result{confdoc.Undecided(b.entry.place(), fmt.Sprintf("%s is none of the documented values 0x300, 0x301, 0x302 and 0x303", b.entry.shown()))}
			case !b.known:
				return []confdoc.Result{confdoc.Undecided(s.at, b.doubt)}
			}
		}
		if low.version > high.version {
			return []confdoc.Result{confdoc.Undecided(low.entry.place(), "the lowest version is above the highest: what is answered then is not known")}
		}
		return nil
	},
}

// turned says what YAML made of a number.
func (b *bound) turned() string {
	if b.entry.number == "" {
		return ""
	}
	return " (YAML reads " + b.entry.number + ": it is not in quotes)"
}

var securityLevel = &confdoc.Rule{
	ID: "ST-07", Check: "config.options", Title: "TLS_SECURITY_LEVEL is set", Of: confdoc.OfListener,
	Doc:    "The level restricts algorithms and key sizes: 0 nothing, 1 and 2 NIST SP 800-131A in transition and strict, 3 and 4 Suite B. An earlier page of the documentation leaves the line out, and what is not set counts as 0.",
	Detect: "ST_TLS_SECURITY_LEVEL, or that of the service, absent or 0. For LDAP and SAML only a written 0 is objected to.",
	Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
	Text: "mux.env or sametimeIni: STI__Config__ST_TLS_SECURITY_LEVEL=2\nsametime.ini: ST_TLS_SECURITY_LEVEL=2 in [Config]",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		s, ok := c.Listener.Scope.(*server)
		if !ok {
			return confdoc.Moot("no parameters")
		}
		f := s.params.tls(s.prefix, "SECURITY_LEVEL")
		object := func(place audit.Place, message string) []confdoc.Result {
			r := confdoc.Violated(place, message)
			edits, err := s.params.set(s.own("SECURITY_LEVEL", "2"))
			if err == nil {
				r = r.With(edits...)
			}
			return []confdoc.Result{r}
		}
		switch {
		case f.doubt != "":
			return []confdoc.Result{confdoc.Undecided(s.at, f.doubt)}
		case (!f.set() || f.value == "") && s.service != ldap && s.service != saml:
			return object(s.at, "TLS_SECURITY_LEVEL is not set: level 0, no restriction")
		case !f.set():
			return confdoc.Moot("the level is not set for this service")
		case f.value == "0":
			return object(f.entry.place(), f.entry.shown()+": no restriction of algorithms and key sizes")
		case len(f.value) == 1 && strings.Contains("1234", f.value):
			return nil
		}
		return []confdoc.Result{confdoc.Undecided(f.entry.place(), f.entry.shown()+" is none of the documented levels 0 to 4")}
	},
}

var suiteList = &confdoc.Rule{
	ID: "ST-12", Check: "config.ciphers", Title: "TLS_CIPHER_SUITES names no broken suite", Of: confdoc.OfListener,
	Doc:    "An empty list leaves the choice to the library. A list that is written is used as it is: suites without encryption or authentication, with export keys, DES, 3DES, RC2, RC4 or MD5 then stay open until somebody looks.",
	Detect: "Every name of the list in force. A name no registry has is undecided.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Text: "STI__Config__ST_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (sametime.ini: ST_TLS_CIPHER_SUITES in [Config])",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		s, ok := c.Listener.Scope.(*server)
		if !ok {
			return confdoc.Moot("no parameters")
		}
		f := s.params.tls(s.prefix, "CIPHER_SUITES")
		if !f.set() && f.doubt != "" {
			return []confdoc.Result{confdoc.Undecided(s.at, f.doubt)}
		}
		if !f.set() || f.value == "" {
			return confdoc.Moot("no list is written")
		}
		suites, unknown := suitesOf(f.value)
		var bad []string
		for _, suite := range suites {
			if broken(suite) {
				bad = append(bad, suite.Name)
			}
		}
		switch {
		case len(bad) > 0:
			return []confdoc.Result{confdoc.Violated(f.entry.place(), fmt.Sprintf("%s names %s", f.entry.key, fewOf(bad))).Wants(audit.Want{ForbidSuites: bad})}
		case f.doubt != "":
			return []confdoc.Result{confdoc.Undecided(f.entry.place(), f.doubt)}
		case len(unknown) > 0:
			return []confdoc.Result{confdoc.Undecided(f.entry.place(), fmt.Sprintf("%s names %s, which no registry has", f.entry.key, fewOf(unknown)))}
		}
		return nil
	},
}

var storeType = &confdoc.Rule{
	ID: "ST-15", Check: "config.certificate", Title: "key and trust stores are of a type the containers read", Of: confdoc.OfListener,
	Doc:    "Version 12 reads PKCS #12 only. With a store of another type TLS does not start, and the port answers what is left.",
	Detect: "TLS_KEY_STORE_TYPE and TLS_TRUST_STORE_TYPE other than p12 in what containers are given. sametime.ini, up to version 11, may name jks too.",
	Level:  audit.Should, Severity: audit.Medium, Confidence: "documented",
	Text: "keytool -importkeystore -srckeystore keystore.jks -destkeystore keystore.p12 -deststoretype pkcs12, then STI__Config__ST_TLS_KEY_STORE_TYPE=p12 and STI__Config__ST_TLS_KEY_STORE_FILE with the new name",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		s, ok := c.Listener.Scope.(*server)
		if !ok {
			return confdoc.Moot("no parameters")
		}
		types := 0
		for _, suffix := range []string{"KEY_STORE_TYPE", "TRUST_STORE_TYPE"} {
			f := s.params.tls(s.prefix, suffix)
			if !f.set() && f.doubt != "" {
				results = append(results, confdoc.Undecided(s.at, f.doubt))
			}
			if !f.set() {
				continue
			}
			types++
			switch {
			case f.doubt != "":
				results = append(results, confdoc.Undecided(f.entry.place(), f.doubt))
			case f.value == "p12", f.value == "jks" && f.entry.form == formINI:
			case f.value == "jks":
				results = append(results, confdoc.Violated(f.entry.place(), f.entry.shown()+": version 12 reads p12 only"))
			default:
				results = append(results, confdoc.Undecided(f.entry.place(), f.entry.shown()+" is none of the documented types p12 and jks"))
			}
		}
		if types == 0 && len(results) == 0 {
			return confdoc.Moot("no type is written")
		}
		return results
	},
}

func broken(s tlsreg.Suite) bool {
	switch {
	case s.Export, s.Auth == "anon", s.StrengthBits < 128, s.MAC == "MD5":
		return true
	}
	return strings.Contains(s.Name, "_NULL") || strings.Contains(s.Name, "_RC4_") || strings.Contains(s.Name, "_RC2_")
}

func fewOf(names []string) string {
	var shown []string
	for _, name := range names[:min(len(names), 3)] {
		shown = append(shown, clip(confdoc.RedactText(name)))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
