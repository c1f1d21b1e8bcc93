package checks

import "tlsaudit/audit"

var ocspStatusRequestV2 = &audit.Check{
	ID:       "ocsp.status_request_v2",
	Title:    "The status of all certificates can be stapled (status_request_v2)",
	Doc:      "Version 2 of the extension lets a server staple the status of its intermediate certificates too. It never spread, and TLS 1.3 made it obsolete.",
	Detect:   "A hello at the newest version before TLS 1.3 offers the extension; it must be in the ServerHello. Does not apply where only TLS 1.3 is accepted.",
	Severity: audit.Low,
	Refs:     []string{"RFC 6961", "RFC 8446 section 4.4.2.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		asked := false
		out, spoken := eachOlder(c.Observation, func(f audit.VersionFact) []audit.Outcome {
			if f.Version < audit.TLSv10 || asked && c.Observation.Feature(audit.FeatureStatusRequestV2, f.Version).Answer == audit.NotAsked {
				return nil
			}
			asked = true
			return demanded(c.Observation, audit.FeatureStatusRequestV2, "status_request_v2", f.Version)
		})
		if !spoken {
			return only13(c.Observation, audit.Moot, "has no status_request_v2")
		}
		return append(out, moot("no version with extensions before TLS 1.3 is accepted"))
	},
	Want: otherWant("Use a TLS library with status_request_v2 (Java 8 or newer with jdk.tls.server.enableStatusRequestExtension=true), or leave TLS 1.3 only."),
	Examples: []audit.Example{
		example("not answered", audit.Fail, nil, featured),
		example("answered", audit.Pass, nil, featured, feature(audit.FeatureStatusRequestV2, audit.TLSv12, audit.Accepted, "")),
		example("not asked", audit.Unknown, nil, featureless),
		example("TLS 1.3 alone", audit.NotApplicable, nil, not12),
	},
}
