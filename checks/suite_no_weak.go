package checks

import "tlsaudit/audit"

var suiteNoWeak = &audit.Check{
	ID:    "suite.no_weak",
	Title: "No weak cipher suite is accepted",
	Doc: "Suites without encryption or authentication, of export grade, or built on RC4, RC2, DES, IDEA, 3DES or MD5 can be read or forged with means that exist. " +
		"A suite that is merely accepted is one a peer, or an attacker, can choose.",
	Detect: "Every suite in the registry is offered until the server takes none. Weak are: NULL encryption, anonymous key exchange, export, RC4, RC2, DES, IDEA, 3DES, MD5 MAC, " +
		"and an effective strength below 128 bits. Unknown if the enumeration broke off at any version and nothing weak was found before.",
	Severity: audit.High,
	Refs:     []string{"RFC 7465", "RFC 9325 section 4.1", "CVE-2016-2183"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Run:      func(c *audit.Case) []audit.Outcome { return eachSuite(c, weakness) },
	Want:     strongSuites,
	WantFor:  func(c *audit.Case) audit.Want { return keepSuites(c, strongEnough) },
	Examples: []audit.Example{
		example("3DES accepted", audit.Fail, nil, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("AES only", audit.Pass, nil),
		example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12)),
		example("enumeration broke off after RC4", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_RC4_128_SHA"), cutShort(audit.TLSv12)),
	},
}
