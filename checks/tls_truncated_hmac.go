package checks

import "tlsaudit/audit"

var tlsTruncatedHMAC = &audit.Check{
	ID:       "tls.truncated_hmac",
	Title:    "Truncated HMAC is not negotiated",
	Doc:      "The extension cuts the MAC of each record to 80 bits, within which forgeries with variable-length plain text succeed. TLS 1.3 has no place for it.",
	Detect:   "A hello at the newest version before TLS 1.3 offers the extension, with CBC suites where any are accepted; it must not be in the ServerHello.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6066 section 7", "RFC 9325 section 4.6"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return prohibited(c.Observation, audit.FeatureTruncatedHMAC, "truncated HMAC")
	},
	Want: otherWant("Build or configure the TLS library without truncated HMAC (MBEDTLS_SSL_TRUNCATED_HMAC, wolfSSL HAVE_TRUNCATED_HMAC); OpenSSL never had it."),
	Examples: []audit.Example{
		at(audit.MustNot, example("negotiated", audit.Fail, nil, featured, feature(audit.FeatureTruncatedHMAC, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("not negotiated", audit.Pass, nil, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
	},
}
