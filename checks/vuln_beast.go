package checks

import "tlsaudit/audit"

var vulnBEAST = graded(&audit.Check{
	ID:    "vuln.beast",
	Title: "Neither TLS 1.0 nor SSLv3 is accepted with CBC suites (BEAST)",
	Doc: "In versions before TLS 1.1 the last block of a record is the initialisation vector of the next, known to whoever listens. An attacker who can make a browser send requests " +
		"of his choice reads cookies block by block. Current browsers split records and are safe; other clients may not.",
	Detect:   "Violated when TLS 1.0 or SSLv3 is accepted with a CBC suite; whether clients split records is not seen. Where one of them is accepted, unknown until its suites are all known.",
	Severity: audit.Low,
	Refs:     []string{"CVE-2011-3389", "RFC 8996"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run:      func(c *audit.Case) []audit.Outcome { return chained(c, audit.SSLv3, audit.TLSv10) },
	Asks:     func(_ *audit.Case, q *audit.Questions) { askChained(q, audit.SSLv3, audit.TLSv10) },
	Want:     func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12} },
	Examples: []audit.Example{
		at(audit.ShouldNot, example("TLS 1.0 with CBC", audit.Warn, nil, accepts(audit.TLSv10, "TLS_RSA_WITH_AES_128_CBC_SHA"))),
		example("TLS 1.0 with CBC, where that is demanded", audit.Fail, nil, accepts(audit.TLSv10, "TLS_RSA_WITH_AES_128_CBC_SHA")),
		example("both refused", audit.Pass, nil),
		example("TLS 1.0 without a clear answer", audit.Unknown, nil, answers(audit.TLSv10, audit.Undetermined, "timeout")),
		example("TLS 1.0 with RC4, and more not enumerated", audit.Unknown, nil, accepts(audit.TLSv10, "TLS_RSA_WITH_RC4_128_SHA"), cutShort(audit.TLSv10)),
	},
})
