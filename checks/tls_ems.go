package checks

import "tlsaudit/audit"

var tlsEMS = &audit.Check{
	ID:    "tls.ems",
	Title: "The extended master secret is negotiated",
	Doc: "Before this extension the session keys did not depend on the whole handshake, so an attacker in the middle could make two sessions share their keys (triple handshake). " +
		"Resumption, renegotiation and channel binding are unsafe without it.",
	Detect: "Every handshake of the enumeration offers the extension; it must be in all ServerHellos of each accepted version before TLS 1.3, which derives its keys that way always. " +
		"SSLv3 has no extensions and violates the rule. Unknown where suites were not enumerated.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 7627", "RFC 9325 section 3.5"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		out, spoken := eachOlder(c.Observation, func(f audit.VersionFact) []audit.Outcome {
			return demanded(c.Observation, audit.FeatureExtendedMasterSecret, "extended master secret", f.Version)
		})
		if !spoken {
			return only13(c.Observation, audit.Met, "always binds its keys to the handshake")
		}
		return out
	},
	Want: otherWant("Update the TLS library (OpenSSL 1.1.0, GnuTLS 3.3, NSS 3.21, Java 8u161, or newer): it negotiates the extended master secret by itself. In Java, leave jdk.tls.useExtendedMasterSecret on."),
	Examples: []audit.Example{
		example("not negotiated", audit.Fail, nil, featured, feature(audit.FeatureExtendedMasterSecret, audit.TLSv12, audit.Refused, "")),
		example("SSLv3 beside TLS 1.2", audit.Fail, nil, featured, accepts(audit.SSLv3, "TLS_RSA_WITH_AES_128_CBC_SHA")),
		example("negotiated", audit.Pass, nil, featured),
		example("TLS 1.3 alone", audit.Pass, nil, not12),
		example("not asked", audit.Unknown, nil, featureless),
		example("older version without a clear answer", audit.Unknown, nil, featured, answers(audit.TLSv11, audit.Undetermined, "reset")),
	},
}
