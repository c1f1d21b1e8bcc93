package checks

import "tlsaudit/audit"

var tlsALPN = &audit.Check{
	ID:    "tls.alpn",
	Title: "The application protocol is negotiated (ALPN)",
	Doc: "A server that says which protocol it speaks cannot be made to take the bytes of another for its own: without that, a session of one service can be diverted to another with the same " +
		"certificate (ALPACA).",
	Detect: "A hello offers h2 and http/1.1. A choice, or a refusal because none of them is known, is support; a ServerHello that ignores the offer is not. " +
		"Asked of web servers only: of other services it is not known what to offer.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 7301", "RFC 9325 section 3.8"},
	Needs:     []audit.Need{audit.NeedTLS},
	Protocols: []string{"https"},
	Params:    noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		var out []audit.Outcome
		for _, f := range c.Observation.Features {
			switch {
			case f.Name != audit.FeatureALPN:
			case f.Answer == audit.Accepted && f.Value != "":
				out = append(out, met(f.Evidence, "%s is chosen at %s", f.Value, f.Version))
			case f.Answer == audit.Accepted:
				out = append(out, met(f.Evidence, "ALPN at %s", f.Version))
			case f.Answer == audit.Refused:
				out = append(out, violated(f.Evidence, "the offer of application protocols is ignored at %s", f.Version))
			default:
				out = append(out, undecided(f.Evidence, "ALPN at %s is %s", f.Version, f.Answer))
			}
		}
		if out == nil {
			return []audit.Outcome{notAsked(c.Observation, "whether an application protocol is negotiated")}
		}
		return out
	},
	Want: otherWant("Name the protocols of the listener: \"Protocols h2 http/1.1\" in Apache httpd, \"http2 on\" in nginx, \"alpn h2,http/1.1\" in HAProxy."),
	Examples: []audit.Example{
		example("ignored", audit.Fail, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Refused, "")),
		example("h2", audit.Pass, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Accepted, "h2")),
		example("not asked", audit.Unknown, nil, featureless),
		example("no clear answer", audit.Unknown, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Undetermined, "")),
	},
}
