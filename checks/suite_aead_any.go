package checks

import "tlsaudit/audit"

var suiteAEADAny = graded(&audit.Check{
	ID:       "suite.aead_any",
	Declared: audit.AspectSuites,
	Title:    "At least one suite with authenticated encryption is accepted",
	Doc:      "A server without a single AEAD suite forces every peer onto CBC or stream ciphers and rules out TLS 1.3.",
	Detect:   "One accepted AEAD suite is enough. Only a complete enumeration without one violates the rule; anything else is unknown.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9325 section 4.2"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return someSuite(c, "authenticated encryption", func(s *seenSuite) bool { return s.Reg.AEAD })
	},
	Want: func(any) audit.Want { return audit.Want{Strong: true} },
	Examples: []audit.Example{
		example("CBC only", audit.Fail, nil, answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")),
		example("GCM among others", audit.Pass, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), cutShort(audit.TLSv12)),
		example("enumeration broke off before one was found", audit.Unknown, nil,
			answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_CBC_SHA"), cutShort(audit.TLSv12)),
	},
})

// someSuite is met by one accepted suite that has the property, and violated
// only by a complete enumeration without one.
func someSuite(c *audit.Case, property string, has func(*seenSuite) bool) []audit.Outcome {
	for _, s := range acceptedSuites(c) {
		if s.Listed && has(&s) {
			return []audit.Outcome{met(s.evidence(), "%s offers %s", s.where(), property)}
		}
	}
	if gap := c.Observation.Lacks(audit.NeedSuites); gap != "" {
		return []audit.Outcome{undecided("", "%s", gap)}
	}
	return []audit.Outcome{violated("", "no accepted suite offers %s", property)}
}
