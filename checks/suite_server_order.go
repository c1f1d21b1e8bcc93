package checks

import "tlsaudit/audit"

var suiteServerOrder = &audit.Check{
	ID:    "suite.server_order",
	Title: "The side that should choose the cipher suite does",
	Doc: "With old and new suites side by side the server should choose, so that a client cannot pick the weakest. Where all accepted suites are strong, the client knows best " +
		"which of them its hardware runs fastest.",
	Detect: "For every version with two suites or more, the same suites are offered in two orders; a server that answers alike decides itself. " +
		"ChaCha20 moved to the front only for clients that prefer it counts as server order. Unknown where that was not found out.",
	Severity: audit.Low,
	Refs:     []string{"RFC 9325 section 4.2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedPreference},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.bool("value", true), r.done()
	},
	ParamsDoc: map[string]string{"value": "true: the server decides (default); false: the client decides"},
	Run: func(c *audit.Case) []audit.Outcome {
		server := c.Params.(bool)
		wrong, who := audit.PreferenceClient, "client"
		if !server {
			wrong, who = audit.PreferenceServer, "server"
		}
		var out []audit.Outcome
		compared := false
		for _, f := range c.Observation.Versions {
			if f.Answer != audit.Accepted || len(f.Suites) < 2 {
				continue
			}
			compared = true
			if f.Preference == wrong {
				out = append(out, violated(f.PreferenceEvidence, "the %s decides the %s suite", who, f.Version))
			}
		}
		if !compared {
			out = append(out, moot("no version accepts more than one suite"))
		}
		return out
	},
	Want: func(params any) audit.Want {
		server := params.(bool)
		return audit.Want{ServerOrder: &server}
	},
	Examples: []audit.Example{
		example("client decides, server should", audit.Fail, nil, prefers(audit.PreferenceClient)),
		example("server decides, client should", audit.Fail, map[string]any{"value": false}, prefers(audit.PreferenceServer)),
		example("server decides", audit.Pass, nil, prefers(audit.PreferenceServer)),
		example("not found out", audit.Unknown, nil, prefers(audit.PreferenceUndetermined)),
		example("one suite per version", audit.NotApplicable, nil,
			accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), accepts(audit.TLSv13, "TLS_AES_128_GCM_SHA256")),
	},
}
