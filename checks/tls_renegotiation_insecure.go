package checks

import "tlsaudit/audit"

var tlsRenegotiationInsecure = graded(&audit.Check{
	ID:       "tls.renegotiation.insecure",
	Declared: audit.AspectFeatures,
	Title:    "No renegotiation takes place that is not bound to the session",
	Doc: "A server that renegotiates with clients which do not follow RFC 5746 can be made to take an attacker's words and a victim's session for one conversation. " +
		"Such clients have hardly been seen for years.",
	Detect: "Met where every accepted version before TLS 1.3 answers with renegotiation_info: then whoever asks for the binding gets it, and a server without it is the known flaw. " +
		"Where it does not, a new handshake is tried within a session. A rule that names the `directive` asks about clients without RFC 5746: depth deep makes a session that says nothing of it " +
		"and tries to renew it, or a configuration declares it.",
	Severity: audit.High,
	Refs:     []string{"RFC 5746 section 3.6", "CVE-2009-3555"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("directive", "", "SSLInsecureRenegotiation off") != "", r.done()
	},
	ParamsDoc: map[string]string{"directive": "\"SSLInsecureRenegotiation off\": the setting a benchmark names, for clients that do not know RFC 5746"},
	Forbids:   always,
	Run: func(c *audit.Case) []audit.Outcome {
		o, setting := c.Observation, c.Params.(bool)
		out, spoken := eachOlder(o, func(f audit.VersionFact) []audit.Outcome {
			granted, bound := o.Feature(audit.FeatureInsecureRenegotiation, f.Version), o.Feature(audit.FeatureSecureRenegotiation, f.Version)
			switch {
			case f.Version == audit.SSLv2:
				return []audit.Outcome{met("", "SSLv2 has no renegotiation")}
			case granted.Answer == audit.Accepted || granted.Answer == audit.Latent:
				return []audit.Outcome{violated(granted.Evidence, "insecure renegotiation is granted at %s", f.Version)}
			case granted.Answer == audit.Refused:
				return []audit.Outcome{met(granted.Evidence, "insecure renegotiation is refused at %s", f.Version)}
			case !bound.Answer.Known():
				return []audit.Outcome{unanswered(o, bound, "renegotiation_info at "+f.Version.String())}
			case bound.Answer != audit.Accepted:
				return []audit.Outcome{undecided(bound.Evidence, "renegotiation at %s would not be bound to the session; whether it is granted is %s", f.Version, granted.Answer)}
			case setting:
				what := o.NotAskedAt("what clients without it may do", audit.DepthDeep)
				if what == "" {
					what = "what clients without it may do is " + granted.Answer.String()
				}
				return []audit.Outcome{undecided(bound.Evidence, "renegotiation_info is answered at %s; %s", f.Version, what)}
			}
			return []audit.Outcome{met(bound.Evidence, "renegotiation is bound to the session at %s", f.Version)}
		})
		if !spoken {
			return only13(o, audit.Met, "has no renegotiation")
		}
		return out
	},
	Want: otherWant("Leave SSLInsecureRenegotiation (Apache httpd), SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION (OpenSSL) and sun.security.ssl.allowUnsafeRenegotiation (Java) off, and update a library older than 2010."),
	Examples: []audit.Example{
		at(audit.MustNot, example("declared", audit.Fail, map[string]any{"directive": "SSLInsecureRenegotiation off"}, featured, feature(audit.FeatureInsecureRenegotiation, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("bound", audit.Pass, map[string]any{"cap": "F"}, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("not bound", audit.Unknown, nil, featured, feature(audit.FeatureSecureRenegotiation, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("a matter of the setting", audit.Unknown, map[string]any{"directive": "SSLInsecureRenegotiation off"}, featured)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
	},
})
