package checks

import "tlsaudit/audit"

var httpHTTP2 = &audit.Check{
	ID:    "http.http2",
	Title: "HTTP/2 is offered",
	Doc:   "HTTP/2 frames requests without ambiguity, where lengths and line ends of HTTP/1.1 have let requests be smuggled past a proxy. It is negotiated in the TLS handshake.",
	Detect: "A hello offers h2 and http/1.1 as application protocols (ALPN): the server has to choose h2. One that would take it and likes another better " +
		"speaks it with nobody.",

	Severity:  audit.Low,
	Refs:      []string{"RFC 9113 section 3.2", "RFC 7301"},
	Needs:     []audit.Need{audit.NeedTLS},
	Protocols: []string{"https"},
	Params:    noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		var out []audit.Outcome
		for _, f := range o.Features {
			switch {
			case f.Name == audit.FeatureALPN && f.Value == "h2":
				return []audit.Outcome{met(f.Evidence, "h2 is taken at %s", f.Version)}
			case f.Name != audit.FeatureALPN:
			case !f.Answer.Known():
				out = append(out, unclear(o, f, "the choice of an application protocol", audit.DepthStandard))
			case f.Value != "":
				out = append(out, violated(f.Evidence, "%s is chosen at %s although h2 is offered", f.Value, f.Version))
			default:
				out = append(out, violated(f.Evidence, "h2 is offered and not taken at %s", f.Version))
			}
		}
		if out == nil {
			return []audit.Outcome{unclear(o, audit.FeatureFact{Version: audit.TLSv12}, "the choice of an application protocol", audit.DepthStandard)}
		}
		return out
	},
	Want: otherWant("Switch HTTP/2 on: \"Protocols h2 http/1.1\" in Apache httpd, \"http2 on\" in nginx, \"alpn h2,http/1.1\" in HAProxy."),
	Examples: []audit.Example{
		example("HTTP/1.1", audit.Fail, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Accepted, "http/1.1")),
		example("no protocol is negotiated", audit.Fail, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Refused, "")),
		example("HTTP/2", audit.Pass, nil, featured, feature(audit.FeatureALPN, audit.TLSv12, audit.Accepted, "h2")),
		example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick)),
	},
}
