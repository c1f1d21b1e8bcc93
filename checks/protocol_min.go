package checks

import "tlsaudit/audit"

var protocolMin = &audit.Check{
	ID:       "protocol.min",
	Declared: audit.AspectVersions,
	Title:    "No protocol version below the minimum is accepted",
	Doc:      "Versions before TLS 1.2 rest on MD5 and SHA-1 and know no authenticated encryption; SSL has been broken outright.",
	Detect:   "Every version below the minimum is asked for in a handshake of its own; a latent one is a warning. Unknown if one of them has no clear answer, or if no version is accepted at all.",
	Severity: audit.High,
	Refs:     []string{"RFC 8996", "RFC 9325 section 3.1.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		versions := r.versions("min")
		r.require("min")
		if err := r.done(); err != nil {
			return nil, err
		}
		if len(versions) != 1 {
			r.fail("parameter \"min\": one version is wanted, not %d", len(versions))
			return nil, r.done()
		}
		return versions[0], nil
	},
	ParamsDoc: map[string]string{"min": "the lowest protocol version that may be offered, such as TLSv1.2"},
	Run: func(c *audit.Case) []audit.Outcome {
		low := c.Params.(audit.Version)
		return onlyVersions(c.Observation, func(v audit.Version) bool { return v >= low })
	},
	Want: func(params any) audit.Want {
		low := params.(audit.Version)
		w := wantVersions(func(v audit.Version) bool { return v >= low })
		return w
	},
	Examples: []audit.Example{
		example("TLS 1.1 below the minimum", audit.Fail, map[string]any{"min": "TLSv1.2"}, accepts(audit.TLSv11, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")),
		example("TLS 1.2 and 1.3", audit.Pass, map[string]any{"min": "TLSv1.2"}),
		example("TLS 1.0 latent", audit.Warn, map[string]any{"min": "TLSv1.2"}, answers(audit.TLSv10, audit.Latent, "alert 80 internal_error")),
		example("SSLv3 not asked", audit.Unknown, map[string]any{"min": "TLSv1.2"}, answers(audit.SSLv3, audit.NotAsked, "")),
		example("Sametime, where SSLv2 is never asked", audit.Pass, map[string]any{"min": "TLSv1.2"}, chat(audit.SametimeTLSOnly, audit.Refused, audit.Accepted)),
	},
}
