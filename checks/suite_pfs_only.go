package checks

import "tlsaudit/audit"

var suitePFSOnly = &audit.Check{
	ID:       "suite.pfs_only",
	Declared: audit.AspectSuites,
	Title:    "Only suites with forward secrecy are accepted",
	Doc:      "With RSA key transport or static Diffie-Hellman, whoever obtains the server's key later can read everything recorded before. Ephemeral key exchange prevents that.",
	Detect:   "Every accepted suite is looked up in the registry: (EC)DHE and all TLS 1.3 suites have forward secrecy. Unknown if the enumeration broke off at any version.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9325 section 4.1", "RFC 10015"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachSuite(c, func(s *seenSuite) string {
			if s.Reg.PFS {
				return ""
			}
			return "no forward secrecy"
		})
	},
	Asks: func(_ *audit.Case, q *audit.Questions) {
		askSuites(q, nil, func(s *seenSuite) bool { return !s.Reg.PFS })
	},
	Want: strongSuites,
	WantFor: func(c *audit.Case) audit.Want {
		return keepSuites(c, func(s *seenSuite) bool { return s.Reg.PFS && strongEnough(s) })
	},
	Examples: []audit.Example{
		example("RSA key transport accepted", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("ECDHE only", audit.Pass, nil),
		example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12)),
	},
}
