package checks

import "tlsaudit/audit"

// The flaws of this file are derived from the suites that are accepted.

func isFREAK(s *seenSuite) bool { return s.Reg.Export && s.Reg.KX == "RSA" && !onlySSL2(s) }

func isRC4(s *seenSuite) bool { return s.Reg.Enc == "RC4" }

// isSWEET32 reports a block cipher with blocks of 64 bits.
func isSWEET32(s *seenSuite) bool {
	switch s.Reg.Enc {
	case "3DES", "DES", "DES40", "IDEA", "RC2":
		return true
	}
	return false
}

// onlySSL2 reports a suite accepted at SSLv2 alone, which is vuln.drown's.
func onlySSL2(s *seenSuite) bool { return len(s.Versions) == 1 && s.Versions[0] == audit.SSLv2 }

var vulnFREAK = &audit.Check{
	ID:       "vuln.freak",
	Declared: audit.AspectSuites,
	Title:    "No export suite with RSA is accepted (FREAK)",
	Doc: "Export suites encrypt the session key with an RSA key of 512 bits, which is factored in hours. An attacker on the path makes a client with the matching fault take such a key " +
		"although it never asked for one.",
	Detect:   "Derived from the suites: an RSA_EXPORT suite is accepted at any version from SSLv3 on. Unknown if the enumeration broke off and none was found.",
	Severity: audit.High,
	Refs:     []string{"CVE-2015-0204", "RFC 9325 section 4.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Forbids:  always,
	Run:      likeSuites(isFREAK, "RSA key exchange of export grade (FREAK)"),
	Want:     strongSuites,
	WantFor:  lacking(isFREAK),
	Examples: []audit.Example{
		at(audit.MustNot, example("RSA_EXPORT", audit.Fail, nil, accepts(audit.TLSv10, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"))),
		at(audit.MustNot, example("none", audit.Pass, nil)),
		at(audit.MustNot, example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12))),
	},
}

var vulnRC4 = &audit.Check{
	ID:       "vuln.rc4",
	Declared: audit.AspectSuites,
	Title:    "No suite with RC4 is accepted",
	Doc:      "The bytes of an RC4 stream are not equally likely. What is sent again and again, such as a cookie, can be read from enough sessions (Bar Mitzvah, NOMORE).",
	Detect:   "Derived from the suites: one with RC4 is accepted at any version. Unknown if the enumeration broke off and none was found.",
	Severity: audit.High,
	Refs:     []string{"CVE-2013-2566", "CVE-2015-2808", "RFC 7465"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Forbids:  always,
	Run:      likeSuites(isRC4, "RC4 encryption"),
	Want:     strongSuites,
	WantFor:  lacking(isRC4),
	Examples: []audit.Example{
		at(audit.MustNot, example("RC4", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_RC4_128_SHA"))),
		at(audit.MustNot, example("none", audit.Pass, nil)),
		at(audit.MustNot, example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12))),
	},
}

var vulnSWEET32 = &audit.Check{
	ID:       "vuln.sweet32",
	Declared: audit.AspectSuites,
	Title:    "No suite with blocks of 64 bits is accepted (SWEET32)",
	Doc:      "With blocks of 64 bits two are equal after some 32 GB under one key, and equal blocks tell about what is in them. Who can make a browser send that much reads a cookie in a day or two.",
	Detect:   "Derived from the suites: one with 3DES, DES, IDEA or RC2 is accepted at any version. How much a server sends under one key is not measured. Unknown if the enumeration broke off and none was found.",
	Severity: audit.Medium,
	Refs:     []string{"CVE-2016-2183", "CVE-2016-6329", "RFC 9325 section 4.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Forbids:  always,
	Run:      likeSuites(isSWEET32, "64-bit blocks (SWEET32)"),
	Want:     strongSuites,
	WantFor:  lacking(isSWEET32),
	Examples: []audit.Example{
		at(audit.MustNot, example("3DES", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"))),
		at(audit.MustNot, example("none", audit.Pass, nil)),
		at(audit.MustNot, example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12))),
	},
}
