package liberty

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

var rules = []*confdoc.Rule{
	{
		ID: "LIB-01", Check: "config.protocol", Title: "sslProtocol allows no version below the policy", Of: confdoc.OfListener,
		Doc:    "SSL, TLS and SSL_TLSv2 stand for several versions, old ones among them. That Java takes TLS 1.0 and 1.1 away today by a list of its own is luck: the next override of java.security brings them back.",
		Detect: "The sslProtocol that counts for the endpoint or client, after includes, merging and variables. Where it is not set the version of Java decides: unknown if nobody says which it is.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"Open Liberty, ssl element"},
		Text:  `<ssl id="..." sslProtocol="TLSv1.2"/>, or sslProtocol="TLSv1.3, TLSv1.2"`,
		Judge: oldVersions,
	},
	{
		ID: "LIB-02", Check: "config.ciphers", Title: "enabledCiphers lists no weak suite", Of: confdoc.OfListener,
		Doc:    "MEDIUM stands for suites of 40 bits and DES, LOW for suites without encryption; a list may have anything. Without a list the suites are Java's own.",
		Detect: "enabledCiphers, which beats securityLevel. Weak are suites without encryption or authentication, export suites, RC4, DES, 3DES and the key exchange without forward secrecy. Without a list: a finding for MEDIUM and LOW; what HIGH stands for is not judged.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"Open Liberty, ssl element"},
		Text:  `securityLevel="CUSTOM" enabledCiphers="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`,
		Judge: weakList,
	},
	{
		ID: "LIB-03", Check: "config.transport", Title: "no port without TLS is open to others", Of: confdoc.OfDocument,
		Doc:    "The default endpoint opens port 9080 without TLS beside 9443 unless httpPort is -1.",
		Detect: "httpPort of every endpoint in use whose host is not this machine itself; the default of the default endpoint counts.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"Open Liberty, httpEndpoint element"},
		Text:  `<httpEndpoint id="defaultHttpEndpoint" httpPort="-1" .../>`,
		Judge: clearPorts,
	},
	{
		ID: "LIB-04", Check: "config.secret", Title: "no key store password is in clear text", Of: confdoc.OfDocument,
		Doc:    "Whoever can read the file has the private key.",
		Detect: "password and keyPassword of keyStore and keyEntry that are neither encoded nor a variable. The value is not told.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"Open Liberty, keyStore element"},
		Text:  `securityUtility encode --encoding=aes, and its output as password="{aes}..."`,
		Judge: clearPasswords,
	},
	{
		ID: "LIB-05", Check: "config.certificate", Title: "clients compare the name in the certificate", Of: confdoc.OfClient,
		Doc:    "Without the comparison any certificate of a trusted authority opens the connection to any host.",
		Detect: "verifyHostname is not false; a warning for hosts in skipHostnameVerificationForHosts.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"Open Liberty, ssl element"},
		Text:  `verifyHostname="true"`,
		Judge: namesCompared,
	},
	{
		ID: "LIB-06", Check: "config.transport", Title: "the TLS feature is on where a TLS port is set", Of: confdoc.OfDocument,
		Doc:    "Without transportSecurity-1.0 (or ssl-1.0) the TLS port is not opened, and no message says so.",
		Detect: "httpsPort is set, a featureManager is there, and all features in it are known to bring no TLS. Others are unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"Open Liberty, transportSecurity feature"},
		Text:  `<featureManager><feature>transportSecurity-1.0</feature></featureManager>`,
		Judge: featureOn,
	},
	{
		ID: "LIB-07", Check: "config.transport", Title: "LDAP registries are asked over TLS", Of: confdoc.OfClient,
		Doc:    "The server sends the passwords of its users, and its own, to the directory.",
		Detect: "ldapRegistry has sslEnabled=true.",
		Level:  audit.Must, Severity: audit.High, Confidence: "inferred",
		Text:  `<ldapRegistry sslEnabled="true" port="636" .../>`,
		Judge: ldapSecure,
	},
}

// of returns the SSL configuration of a listener, nil for a broken document.
func of(c *confdoc.Case) (*server, *sslConfig) {
	s, ok := c.Listener.Scope.(*scope)
	if !ok || s.ssl == nil {
		return nil, nil
	}
	return s.server, s.ssl
}

func (s *server) at(c *sslConfig, v value) audit.Place {
	switch {
	case v.set:
		return v.place
	case c.element != nil:
		return s.place(c.element)
	}
	return s.main.Place(0)
}

func oldVersions(c *confdoc.Case) (results []confdoc.Result) {
	s, ssl := of(c)
	if ssl == nil {
		return nil
	}
	place := s.at(ssl, ssl.protocol)
	var on []string
	var open string
	for _, v := range audit.Versions {
		fact := c.Listener.Version(v)
		switch {
		case v >= c.Min:
		case fact.Answer == audit.Accepted || fact.Answer == audit.Latent:
			on = append(on, v.String())
		case fact.Answer == audit.Undetermined:
			open = fact.Evidence
		}
	}
	switch {
	case len(on) > 0:
		message := fmt.Sprintf("sslProtocol allows %s; wanted is %s or later only", strings.Join(on, ", "), c.Min)
		if ssl.protocol.set {
			message = fmt.Sprintf("sslProtocol %s allows %s; wanted is %s or later only", short(ssl.protocol.text), strings.Join(on, ", "), c.Min)
		}
		return []confdoc.Result{confdoc.Violated(place, message).Wants(audit.Want{MinVersion: c.Min})}
	case len(ssl.read.Unknown) > 0 && ssl.read.List:
		message := fmt.Sprintf("sslProtocol is a list with %s; a list may have TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3 only", strings.Join(ssl.read.Unknown, ", "))
		return []confdoc.Result{confdoc.Violated(place, message).Wants(audit.Want{MinVersion: c.Min})}
	case open != "":
		return []confdoc.Result{confdoc.Undecided(place, open)}
	}
	return nil
}

func weakList(c *confdoc.Case) []confdoc.Result {
	s, ssl := of(c)
	if ssl == nil {
		return nil
	}
	place := s.at(ssl, ssl.ciphers)
	undecided := func(message string) []confdoc.Result {
		return []confdoc.Result{confdoc.Undecided(place, message)}
	}
	level := strings.ToUpper(ssl.level.text)
	switch names := ssl.weakSuites(); {
	case len(names) > 0:
		return []confdoc.Result{confdoc.Violated(place, "enabledCiphers lists weak suites: "+some(names)).Wants(audit.Want{Strong: true})}
	case ssl.gap != "":
		return undecided(ssl.gap)
	case ssl.ciphers.missing != "":
		return undecided("enabledCiphers has the variable " + short(ssl.ciphers.missing) + ", which has no value in the files read")
	case ssl.noSuites:
		return undecided("enabledCiphers names no suite Java knows")
	case len(ssl.ignored) > 0:
		return undecided("enabledCiphers has " + short(ssl.ignored[0].Text) + ": " + ssl.ignored[0].Reason)
	case !ssl.unknownSuites:
		return nil
	case level == "MEDIUM" || level == "LOW":
		what := map[string]string{"MEDIUM": "suites of 40 bits and DES", "LOW": "suites without encryption"}[level]
		return []confdoc.Result{confdoc.Violated(s.at(ssl, ssl.level), "securityLevel "+level+" stands for "+what).Wants(audit.Want{Strong: true})}
	case level == "CUSTOM":
		return undecided("securityLevel is CUSTOM and enabledCiphers is not set")
	case ssl.level.missing != "" || level != "" && level != "HIGH":
		return undecided("securityLevel " + short(ssl.level.text) + " is none Liberty documents")
	}
	return confdoc.Moot("enabledCiphers is not set; what HIGH stands for is a matter of Java")
}

// some joins the first names of a list.
func some(names []string) string {
	const shown = 4
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}

func clearPorts(c *confdoc.Case) (results []confdoc.Result) {
	s, ok := c.Doc.Syntax.(*server)
	if !ok {
		return nil
	}
	if s.fragment {
		return confdoc.Moot("the file has no endpoint")
	}
	for _, p := range s.endpoints() {
		n, off, known := port(p.plain)
		loop, hostKnown := p.loopback()
		switch {
		case off && known || loop && hostKnown:
		case !known:
			results = append(results, confdoc.Undecided(p.plain.place, fmt.Sprintf("httpEndpoint %s: httpPort is %s, whose value is not in the files read", short(p.name), short(p.plain.text))))
		case !hostKnown:
			results = append(results, confdoc.Undecided(p.host.place, fmt.Sprintf("httpEndpoint %s: host is %s, whose value is not in the files read", short(p.name), short(p.host.text))))
		default:
			message := fmt.Sprintf("httpEndpoint %s: port %d is open without TLS on host %s", short(p.name), n, short(p.host.text))
			if p.plainDefault {
				message += ", by default as httpPort is not set"
			}
			results = append(results, confdoc.Violated(p.plain.place, message).With(s.set(p.element, map[string]string{"httpPort": "-1"})...))
		}
	}
	return results
}

func clearPasswords(c *confdoc.Case) (results []confdoc.Result) {
	s, ok := c.Doc.Syntax.(*server)
	if !ok {
		return nil
	}
	stores := s.keyStores()
	if len(stores) == 0 {
		return confdoc.Moot("no key store is defined")
	}
	for _, k := range stores {
		for _, name := range []string{"password", "keyPassword"} {
			v := s.get(k, name)
			if !v.set || v.attr.Value == "" {
				continue
			}
			raw := v.attr.Value
			if own, ok := strings.CutPrefix(raw, "${"); ok && strings.HasSuffix(own, "}") {
				raw = s.vars.declared[strings.TrimSuffix(own, "}")]
			}
			if raw != "" && kindOf(raw) == "clear text" {
				results = append(results, confdoc.Violated(v.place, fmt.Sprintf("%s %s: %s is in clear text", k.name, short(k.id), name)))
			}
		}
	}
	return results
}

func namesCompared(c *confdoc.Case) []confdoc.Result {
	s, ssl := of(c)
	if ssl == nil {
		return nil
	}
	switch {
	case strings.EqualFold(ssl.verify.text, "false"):
		return []confdoc.Result{confdoc.Violated(ssl.verify.place, "verifyHostname is false").With(s.set(ssl.element, map[string]string{"verifyHostname": "true"})...)}
	case ssl.gap != "":
		return []confdoc.Result{confdoc.Undecided(s.at(ssl, ssl.verify), ssl.gap)}
	case ssl.verify.missing != "" || ssl.verify.set && !strings.EqualFold(ssl.verify.text, "true"):
		return []confdoc.Result{confdoc.Undecided(ssl.verify.place, "verifyHostname is neither true nor false in the files read")}
	case ssl.skip.set && ssl.skip.text != "":
		r := confdoc.Advice(ssl.skip.place, "the name is not compared for "+short(ssl.skip.text))
		if confdoc.JavaTrim(ssl.skip.text) == "*" {
			r = confdoc.Violated(ssl.skip.place, "the name is not compared for any host")
		}
		return []confdoc.Result{r.With(s.set(ssl.element, map[string]string{"skipHostnameVerificationForHosts": ""})...)}
	}
	return nil
}

func featureOn(c *confdoc.Case) []confdoc.Result {
	s, ok := c.Doc.Syntax.(*server)
	if !ok {
		return nil
	}
	for _, p := range s.endpoints() {
		if n, off, _ := port(p.secure); p.secureDefault || off || n == 0 {
			continue
		}
		switch s.tls.answer {
		case audit.Refused:
			return []confdoc.Result{confdoc.Violated(s.tls.place, fmt.Sprintf("httpEndpoint %s sets httpsPort, but %s", short(p.name), s.tls.why)).With(s.addFeature()...)}
		case audit.Undetermined:
			return []confdoc.Result{confdoc.Undecided(p.secure.place, s.tls.why)}
		}
		return nil
	}
	return confdoc.Moot("no endpoint sets a TLS port")
}

func ldapSecure(c *confdoc.Case) []confdoc.Result {
	sc, ok := c.Listener.Scope.(*scope)
	if !ok || sc.ldap == nil {
		return confdoc.Moot("not a registry")
	}
	s := sc.server
	on, port := s.get(sc.ldap, "sslEnabled"), s.get(sc.ldap, "port")
	switch {
	case strings.EqualFold(on.text, "true"):
		return nil
	case on.missing != "":
		return []confdoc.Result{confdoc.Undecided(on.place, "sslEnabled has the variable "+short(on.missing)+", which has no value in the files read")}
	}
	r := confdoc.Violated(s.place(sc.ldap), "ldapRegistry "+short(sc.ldap.id)+" is asked without TLS: sslEnabled is not true")
	switch port.text {
	case "389":
		r = r.With(s.set(sc.ldap, map[string]string{"sslEnabled": "true", "port": "636"})...)
	case "636":
		r = r.With(s.set(sc.ldap, map[string]string{"sslEnabled": "true"})...)
	}
	return []confdoc.Result{r}
}
