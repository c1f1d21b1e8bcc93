package checks

import "tlsaudit/audit"

var tlsRenegotiationClient = &audit.Check{
	ID:    "tls.renegotiation.client",
	Title: "Clients cannot begin a new handshake within a session",
	Doc: "A handshake costs a server many times what it costs a client. Who may begin one after another on a single connection keeps a server busy without the limits on connections taking effect. " +
		"Hardly any client needs it.",
	Detect: "After the full handshake at the newest version before TLS 1.3 the scanner sends a new ClientHello within the session and goes no further. A ServerHello is a grant; an alert, or the " +
		"end of the connection with the server answering others afterwards, a refusal; silence is unknown. One is tried, so that a limit on their number does not show: a rule that tolerates a " +
		"limited number gives a warning where one is granted.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5246 section 7.4.1.1", "CVE-2011-1473"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.tiers(map[string]string{"good": "none", "sufficient": "limited (<=10)", "phase_out": "unlimited"})
		return r.has("tiers"), r.done()
	},
	ParamsDoc: map[string]string{"tiers": "good: none, sufficient: limited (<=10), phase_out: unlimited; the last is what violates"},
	Forbids:   func(params any) bool { return !params.(bool) },
	Run: func(c *audit.Case) []audit.Outcome {
		o, limited := c.Observation, c.Params.(bool)
		newest := true
		out, spoken := eachOlder(o, func(v audit.VersionFact) []audit.Outcome {
			f, first := o.Feature(audit.FeatureClientRenegotiation, v.Version), newest
			newest = false
			switch {
			case v.Version == audit.SSLv2:
				return []audit.Outcome{met("", "SSLv2 has no renegotiation")}
			case f.Answer == audit.Accepted && limited:
				return []audit.Outcome{advice(f.Evidence, "renegotiation is granted to clients at %s; whether a limited number of times only was not tried", v.Version)}
			case f.Answer == audit.Accepted:
				return []audit.Outcome{violated(f.Evidence, "renegotiation is granted to clients at %s", v.Version)}
			case f.Answer == audit.Refused:
				return []audit.Outcome{met(f.Evidence, "renegotiation is refused to clients at %s", v.Version)}
			case f.Answer == audit.NotAsked && !first:
				return nil // asked at the newest of them
			}
			return []audit.Outcome{unclear(o, f, "renegotiation by the client", audit.DepthStandard)}
		})
		if !spoken {
			return only13(o, audit.Met, "has no renegotiation")
		}
		return out
	},
	Want: otherWant("Update OpenSSL to 3.0, which refuses it, or set SSL_OP_NO_RENEGOTIATION (\"Options = NoRenegotiation\" in an OpenSSL configuration, \"tls_ssl_options = NO_RENEGOTIATION\" in Postfix); " +
		"in Java set -Djdk.tls.rejectClientInitiatedRenegotiation=true; in GnuTLS add %SAFE_RENEGOTIATION and do not call gnutls_rehandshake for clients."),
	Examples: []audit.Example{
		at(audit.MustNot, example("granted", audit.Fail, nil, sessions, feature(audit.FeatureClientRenegotiation, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("refused", audit.Pass, nil, sessions)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("no answer", audit.Unknown, nil, sessions, feature(audit.FeatureClientRenegotiation, audit.TLSv12, audit.Undetermined, ""))),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick))),
		example("granted, perhaps a few times only", audit.Warn, limitedExample, sessions, feature(audit.FeatureClientRenegotiation, audit.TLSv12, audit.Accepted, "")),
		example("never granted", audit.Pass, limitedExample, sessions),
	},
}

var limitedExample = map[string]any{"tiers": map[string]any{"good": "none", "sufficient": "limited (<=10)", "phase_out": "unlimited"}}
