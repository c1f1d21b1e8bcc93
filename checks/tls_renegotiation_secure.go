package checks

import "tlsaudit/audit"

var tlsRenegotiationSecure = graded(&audit.Check{
	ID:    "tls.renegotiation.secure",
	Title: "Renegotiation is bound to the session it renews",
	Doc: "Without the indication of RFC 5746 an attacker can begin a session, let the victim's handshake pass for a renegotiation of it, and so put words in front of what the " +
		"victim says. Clients of today refuse servers that lack it.",
	Detect: "Every hello of the enumeration asks for the indication (the signalling suite, in SSLv3 too); it must be in all ServerHellos of each accepted version before TLS 1.3, " +
		"which has no renegotiation.",
	Severity: audit.High,
	Refs:     []string{"RFC 5746", "RFC 9325 section 3.5", "CVE-2009-3555"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		out, spoken := eachOlder(c.Observation, func(f audit.VersionFact) []audit.Outcome {
			if f.Version == audit.SSLv2 {
				return []audit.Outcome{met("", "SSLv2 has no renegotiation")}
			}
			return demanded(c.Observation, audit.FeatureSecureRenegotiation, "secure renegotiation (renegotiation_info)", f.Version)
		})
		if !spoken {
			return only13(c.Observation, audit.Met, "has no renegotiation")
		}
		return out
	},
	Want: otherWant("Update the TLS library: every release since 2010 indicates secure renegotiation. In Java, leave sun.security.ssl.allowUnsafeRenegotiation off."),
	Examples: []audit.Example{
		example("no indication", audit.Fail, map[string]any{"warning": "A-"}, featured, feature(audit.FeatureSecureRenegotiation, audit.TLSv12, audit.Refused, "")),
		example("indicated", audit.Pass, nil, featured),
		example("TLS 1.3 alone", audit.Pass, nil, not12),
		example("not asked", audit.Unknown, nil, featureless),
	},
})
