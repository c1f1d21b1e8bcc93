package checks

import "tlsaudit/audit"

var suitePFSAny = graded(&audit.Check{
	ID:       "suite.pfs_any",
	Declared: audit.AspectSuites,
	Title:    "At least one suite with forward secrecy is accepted",
	Doc:      "Without a single ephemeral key exchange, every recorded connection can be read by whoever obtains the server's key later.",
	Detect:   "One accepted suite with ephemeral key exchange is enough. Only a complete enumeration without one violates the rule; anything else is unknown.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9325 section 4.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		return someSuite(c, "forward secrecy", func(s *seenSuite) bool { return s.Reg.PFS })
	},
	Want: func(any) audit.Want { return audit.Want{Strong: true} },
	Examples: []audit.Example{
		example("RSA key transport only", audit.Fail, nil, answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("TLS 1.3", audit.Pass, nil),
		example("nothing with forward secrecy found, enumeration broke off", audit.Unknown, nil,
			answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), cutShort(audit.TLSv12)),
	},
})
