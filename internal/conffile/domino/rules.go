package domino

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

var rules = []*confdoc.Rule{
	{
		ID: "DOM-01", Check: "config.protocol", Title: "protocol versions below the policy are switched off", Of: confdoc.OfServer,
		Doc:    "TLS 1.0 is on by default in Domino before 12.0, and stays on after an upgrade where SSL_ENABLE_TLS_10 brought it back.",
		Detect: "SSL_DISABLE_TLS_10, SSL_DISABLE_TLS_11 and SSL_ENABLE_TLS_10 of the section [Notes], names in any case, comments left out. Without a known release a version that is not switched off in words is unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "inferred",
		Text:  "SSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1",
		Judge: oldVersions,
	},
	{
		ID: "DOM-02", Check: "config.protocol", Title: "SSLv3 is switched off", Of: confdoc.OfServer,
		Doc:    "SSLv3 is broken (POODLE); Domino speaks it unless it is told not to.",
		Detect: "DISABLE_SSLV3 of the section [Notes]. Where it is not set the default of the release decides, which is not documented: unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "inferred",
		Text:  "DISABLE_SSLV3=1",
		Judge: sslv3,
	},
	{
		ID: "DOM-03", Check: "config.ciphers", Title: "SSLCipherSpec lists no weak suite", Of: confdoc.OfServer,
		Doc:    "The list of suites in notes.ini is in force up to 10.0; from 10.0.1 on the Server and Internet Site documents have it, and the line is ignored.",
		Detect: "Each group of four hexadecimal digits is the number of a suite. Weak are suites without encryption or authentication, export suites, RC4, DES, 3DES and the key exchange without forward secrecy. A warning where the release is not known, not applicable where the line is ignored.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "inferred",
		Text:  "SSLCipherSpec=C030C02F009F009E (up to 10.0); from 10.0.1 on: Server document > Ports > Internet Ports > TLS ciphers, or the Internet Site document",
		Judge: weakSuites,
	},
	{
		ID: "DOM-04", Check: "config.options", Title: "insecure renegotiation is not switched on", Of: confdoc.OfServer,
		Doc:    "Renegotiation that is not bound to the session lets an attacker put a request in front of another one's (CVE-2009-3555).",
		Detect: "SSL_ENABLE_INSECURE_RENEGOTIATE other than 0. The name is known from secondary sources only.",
		Level:  audit.Should, Severity: audit.Medium, Confidence: "inferred",
		Text:  "SSL_ENABLE_INSECURE_RENEGOTIATE=0",
		Judge: flagIsOff("ssl_enable_insecure_renegotiate", "insecure renegotiation is switched on"),
	},
	{
		ID: "DOM-05", Check: "config.options", Title: "the server chooses the suite", Of: confdoc.OfServer,
		Doc:    "With the order of the client an old client gets the weakest suite it puts first.",
		Detect: "SSL_USE_CLIENT_CIPHER_ORDER other than 0.",
		Level:  audit.Should, Severity: audit.Low, Confidence: "inferred",
		Text:  "SSL_USE_CLIENT_CIPHER_ORDER=0",
		Judge: flagIsOff("ssl_use_client_cipher_order", "the client's order of suites is used"),
	},
}

// oldVersions judges the versions from TLS 1.0 up to, but not including, the
// lowest one the policy allows.
func oldVersions(c *confdoc.Case) (results []confdoc.Result) {
	x := c.Listener.Scope.(*ini)
	want := audit.Want{MinVersion: c.Min}
	for _, v := range audit.Versions {
		if v < audit.TLSv10 || v >= c.Min {
			continue
		}
		a := x.answer(v)
		message := fmt.Sprintf("%s is on (%s); wanted is %s or later only", v, a.evidence, c.Min)
		switch {
		case a.answer == audit.Accepted && a.sure:
			results = append(results, confdoc.Violated(x.place(a), message).Wants(want))
		case a.answer != audit.Refused:
			results = append(results, confdoc.Undecided(x.place(a), fmt.Sprintf("%s: %s", v, a.evidence)))
		}
	}
	if a := x.answer(audit.TLSv12); a.answer == audit.Refused && x.answer(audit.TLSv13).answer == audit.Refused {
		results = append(results, confdoc.Violated(x.place(a), "neither TLS 1.2 nor TLS 1.3 is spoken: "+a.evidence))
	}
	return results
}

func sslv3(c *confdoc.Case) []confdoc.Result {
	x := c.Listener.Scope.(*ini)
	a := x.answer(audit.SSLv3)
	switch {
	case a.answer == audit.Accepted && a.sure:
		return []confdoc.Result{confdoc.Violated(x.place(a), "SSLv3 is on: "+a.evidence).With(x.put("DISABLE_SSLV3", "1")...)}
	case a.answer != audit.Refused:
		return []confdoc.Result{confdoc.Undecided(x.place(a), "SSLv3: "+a.evidence)}
	}
	return nil
}

func weakSuites(c *confdoc.Case) []confdoc.Result {
	x := c.Listener.Scope.(*ini)
	s := x.suites()
	switch {
	case s.entry == nil:
		return confdoc.Moot("the suites do not stand in notes.ini")
	case x.release.since(documents):
		return confdoc.Moot("SSLCipherSpec is ignored from 10.0.1 on: the suites stand in the Server and Internet Site documents")
	case s.fault != "":
		return []confdoc.Result{confdoc.Undecided(s.entry.place, s.fault)}
	}
	var names []string
	for _, suite := range s.list {
		if why := weak(suite); why != "" {
			names = append(names, fmt.Sprintf("%s (%s)", suite.Name, why))
		}
	}
	if len(names) == 0 {
		return nil
	}
	fix := x.put("SSLCipherSpec", strongSpec(s.list))
	message := "SSLCipherSpec lists weak suites: " + some(names)
	if !x.release.known() {
		return []confdoc.Result{confdoc.Advice(s.entry.place, message+"; in force up to 10.0, the release is not known").With(fix...)}
	}
	return []confdoc.Result{confdoc.Violated(s.entry.place, message).With(fix...)}
}

// some joins the first names of a list.
func some(names []string) string {
	const shown = 4
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// weak says why a suite must not be listed; empty if it may.
func weak(s tlsreg.Suite) string {
	switch {
	case s.Status == "scsv":
		return ""
	case s.Bits == 0 || s.Enc == "NULL":
		return "no encryption"
	case s.Auth == "anon":
		return "no authentication"
	case s.Export:
		return "export grade"
	case s.StrengthBits < 128 || s.Enc == "RC4" || s.Enc == "RC2" || s.Enc == "DES" || s.Enc == "3DES":
		return s.Enc
	case !s.PFS:
		return "no forward secrecy"
	}
	return ""
}

// flagIsOff judges a setting that should be 0.
func flagIsOff(name, message string) func(*confdoc.Case) []confdoc.Result {
	return func(c *confdoc.Case) []confdoc.Result {
		x := c.Listener.Scope.(*ini)
		e := x.first(name)
		switch on, s := x.flag(name); {
		case s == garbled:
			return []confdoc.Result{confdoc.Undecided(e.place, strings.ToUpper(name)+" is neither 0 nor 1, or stands more than once with different values")}
		case on:
			return []confdoc.Result{confdoc.Violated(e.place, message).With(x.put(name, "0")...)}
		}
		return nil
	}
}

// place is where an answer comes from, the file if no line says it.
func (x *ini) place(a answer) audit.Place {
	if a.entry != nil {
		return a.entry.place
	}
	return x.file.Place(0)
}
