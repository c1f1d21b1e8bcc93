package checks

import "tlsaudit/audit"

const oldWithout13 = "offers TLS<=1.1 and not TLS1.3"

var tlsFallbackSCSV = &audit.Check{
	ID:    "tls.fallback_scsv",
	Title: "A fallback to an older version is noticed",
	Doc: "Clients that try again with an older version when a handshake fails can be pushed down by anyone who makes it fail. With the fallback signal the server notices that it " +
		"could do better, and refuses.",
	Detect: "A hello for the second-best version carries TLS_FALLBACK_SCSV: alert 86 is support, a ServerHello is not. Does not apply to an endpoint with one version, which nobody can be pushed down from.",

	Severity: audit.Medium,
	Refs:     []string{"RFC 7507"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("if", "", oldWithout13) != "", r.done()
	},
	ParamsDoc: map[string]string{"if": "\"" + oldWithout13 + "\": demand it of such endpoints only (default: of all with several versions)"},
	Run: func(c *audit.Case) []audit.Outcome {
		o, n, old := c.Observation, 0, false
		for _, f := range o.Versions {
			if f.Answer == audit.Accepted && f.Version != audit.SSLv2 {
				n++
				old = old || f.Version <= audit.TLSv11
			}
		}
		switch {
		case n < 2:
			return []audit.Outcome{moot("there is no older version to fall back to")}
		case c.Params.(bool) && !old:
			return []audit.Outcome{moot("neither TLS 1.1 nor anything older is accepted")}
		case c.Params.(bool) && o.Version(audit.TLSv13).Answer == audit.Accepted:
			return []audit.Outcome{moot("TLS 1.3 is accepted, whose ServerHello shows a downgrade")}
		}
		for _, f := range o.Features {
			switch {
			case f.Name != audit.FeatureFallbackSCSV:
			case f.Answer == audit.Accepted:
				return []audit.Outcome{met(f.Evidence, "a fallback to %s is refused", f.Version)}
			case f.Answer == audit.Refused:
				return []audit.Outcome{violated(f.Evidence, "a fallback to %s goes unnoticed", f.Version)}
			default:
				return []audit.Outcome{undecided(f.Evidence, "whether a fallback to %s is noticed is %s", f.Version, f.Answer)}
			}
		}
		return []audit.Outcome{notAsked(o, "whether a fallback is noticed")}
	},
	Want: func(any) audit.Want {
		return audit.Want{MinVersion: audit.TLSv12, Other: "Update the TLS library (OpenSSL 1.0.1j or newer), or leave one version or TLS 1.3 only."}
	},
	Examples: []audit.Example{
		example("taken", audit.Fail, nil, featured, feature(audit.FeatureFallbackSCSV, audit.TLSv12, audit.Refused, "")),
		example("TLS 1.1 and 1.2, taken", audit.Fail, map[string]any{"if": oldWithout13}, answers(audit.TLSv13, audit.Refused, "alert 70"),
			accepts(audit.TLSv11, "TLS_RSA_WITH_AES_128_CBC_SHA"), feature(audit.FeatureFallbackSCSV, audit.TLSv11, audit.Refused, "")),
		example("refused", audit.Pass, nil, featured),
		example("not asked", audit.Unknown, nil, featureless),
		example("TLS 1.2 and 1.3", audit.NotApplicable, map[string]any{"if": oldWithout13}, featureless),
		example("one version", audit.NotApplicable, nil, not12),
	},
}
