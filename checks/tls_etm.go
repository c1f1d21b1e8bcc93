package checks

import "tlsaudit/audit"

var tlsETM = &audit.Check{
	ID:    "tls.etm",
	Title: "CBC suites are used with encrypt-then-MAC",
	Doc: "In the original order, MAC first, whatever a receiver gives away about the padding tells an attacker the plain text bit by bit (Lucky Thirteen, POODLE). " +
		"Encrypt-then-MAC rejects a forged record before it is decrypted.",
	Detect: "Every handshake of the enumeration offers the extension; it must be in the ServerHello of each accepted CBC suite. SSLv3 has no extensions. " +
		"Does not apply where no CBC suite is accepted.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 7366"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.onlyIf("CBC suites enabled")
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"if": "\"CBC suites enabled\": documents the condition, which always holds"},
	Run: func(c *audit.Case) []audit.Outcome {
		out, _ := eachOlder(c.Observation, func(f audit.VersionFact) []audit.Outcome {
			if !accepted(f, isCBC) {
				return []audit.Outcome{moot("no CBC suite is accepted at %s", f.Version)}
			}
			return demanded(c.Observation, audit.FeatureEncryptThenMAC, "encrypt-then-MAC", f.Version)
		})
		return append(out, moot("no CBC suite is accepted"))
	},
	Want: func(any) audit.Want {
		return audit.Want{Strong: true, Other: "Where CBC suites must stay, use a TLS library with encrypt-then-MAC (OpenSSL, GnuTLS; not Go, Java or Windows)."}
	},
	Examples: []audit.Example{
		example("CBC without it", audit.Fail, map[string]any{"if": "CBC suites enabled"}, featured, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
			feature(audit.FeatureEncryptThenMAC, audit.TLSv12, audit.Refused, "")),
		example("CBC with it", audit.Pass, nil, featured, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"), feature(audit.FeatureEncryptThenMAC, audit.TLSv12, audit.Accepted, "")),
		example("CBC in SSLv3", audit.Fail, nil, featured, accepts(audit.SSLv3, "TLS_RSA_WITH_AES_128_CBC_SHA")),
		example("not asked", audit.Unknown, nil, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")),
		example("enumeration broke off", audit.Unknown, nil, featured, cutShort(audit.TLSv12)),
		example("no CBC suite", audit.NotApplicable, nil, featured),
	},
}
