package checks

import "tlsaudit/audit"

var suiteAEADOnly = &audit.Check{
	ID:       "suite.aead_only",
	Declared: audit.AspectSuites,
	Title:    "Only suites with authenticated encryption are accepted",
	Doc:      "CBC suites compute the MAC before encryption, which has led to a row of padding-oracle attacks; authenticated encryption (GCM, CCM, ChaCha20-Poly1305) leaves no such gap.",
	Detect:   "Every accepted suite is looked up in the registry. Unknown if the enumeration broke off at any version.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9325 section 4.2", "RFC 5116"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return eachSuite(c, func(s *seenSuite) string {
			if s.Reg.AEAD {
				return ""
			}
			return "no authenticated encryption"
		})
	},
	Asks: func(_ *audit.Case, q *audit.Questions) {
		askSuites(q, nil, func(s *seenSuite) bool { return !s.Reg.AEAD })
	},
	Want: strongSuites,
	WantFor: func(c *audit.Case) audit.Want {
		return keepSuites(c, func(s *seenSuite) bool { return s.Reg.AEAD && strongEnough(s) })
	},
	Examples: []audit.Example{
		example("a CBC suite accepted", audit.Fail, nil, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")),
		example("GCM only", audit.Pass, nil),
		example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12)),
	},
}
