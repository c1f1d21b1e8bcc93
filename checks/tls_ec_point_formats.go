package checks

import "tlsaudit/audit"

var tlsECPointFormats = &audit.Check{
	ID:       "tls.ec_point_formats",
	Title:    "Uncompressed points of elliptic curves are agreed on",
	Doc:      "A server that takes a client's elliptic curves says in which form it expects their points. All there is today is the uncompressed form; a server that leaves it off, or does not answer, may fail with clients that insist.",
	Detect:   "Every handshake of the enumeration offers the extension; the ServerHello of each accepted suite over elliptic curves must have it and name the uncompressed form. Does not apply to TLS 1.3, or where no such suite is accepted.",
	Severity: audit.Low,
	Refs:     []string{"RFC 8422 sections 5.1.2 and 5.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.onlyIf("EC suites and TLS<=1.2")
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"if": "\"EC suites and TLS<=1.2\": documents the condition, which always holds"},
	Run: func(c *audit.Case) []audit.Outcome {
		out, _ := eachOlder(c.Observation, func(f audit.VersionFact) []audit.Outcome {
			if !accepted(f, isEC) || f.Version < audit.TLSv10 {
				return nil
			}
			if p := c.Observation.Feature(audit.FeaturePointFormats, f.Version); p.Answer == audit.Accepted && p.Value != "uncompressed" {
				return []audit.Outcome{violated(p.Evidence, "ec_point_formats %s at %s", p.Value, f.Version)}
			}
			return demanded(c.Observation, audit.FeaturePointFormats, "ec_point_formats", f.Version)
		})
		return append(out, moot("no suite over elliptic curves is accepted before TLS 1.3"))
	},
	Want: otherWant("Use a TLS library that answers the ec_point_formats extension with the uncompressed form; all that are maintained do."),
	Examples: []audit.Example{
		example("not answered", audit.Fail, map[string]any{"if": "EC suites and TLS<=1.2"}, featured, feature(audit.FeaturePointFormats, audit.TLSv12, audit.Refused, "")),
		example("without the uncompressed form", audit.Fail, nil, featured, feature(audit.FeaturePointFormats, audit.TLSv12, audit.Accepted, "without uncompressed")),
		example("answered", audit.Pass, nil, featured),
		example("not asked", audit.Unknown, nil, featureless),
		example("no such suite", audit.NotApplicable, nil, featured, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("TLS 1.3 alone", audit.NotApplicable, nil, not12),
	},
}
