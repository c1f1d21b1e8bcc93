package checks

import (
	"slices"

	"tlsaudit/audit"
)

type orderParams struct {
	// server says who should decide.
	server bool
	// tiered asks only that the server puts the suites to phase out last.
	tiered   bool
	phaseOut listing
}

var suiteServerOrder = &audit.Check{
	ID:       "suite.server_order",
	Declared: audit.AspectOrder,
	Title:    "The side that should choose the cipher suite does",
	Doc: "With old and new suites side by side the server should choose, so that a client cannot pick the weakest. Where all accepted suites are strong, the client knows best " +
		"which of them its hardware runs fastest.",
	Detect: "For every version with two suites or more, the same suites are offered in two orders; a server that answers alike decides itself. " +
		"ChaCha20 moved to the front only for clients that prefer it counts as server order. Unknown where that was not found out. " +
		"With `good_sufficient_before_phase_out`, versions that accept a suite to phase out beside others are judged: the server must decide, and put those suites last; " +
		"that takes the server's whole order, which `--order` or depth deep asks for.",
	Severity: audit.Low,
	Refs:     []string{"RFC 9325 section 4.2.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedPreference},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &orderParams{server: r.bool("value", true), tiered: r.bool("good_sufficient_before_phase_out", false), phaseOut: r.suites("phase_out")}
		r.word("na_if", "", "only good/sufficient offered")
		if r.has("value") && p.tiered {
			r.fail("parameter \"value\" does not go with good_sufficient_before_phase_out, which says who should decide")
		}
		if !p.tiered && (r.has("na_if") || r.has("phase_out")) {
			r.fail("parameters \"na_if\" and \"phase_out\" go with good_sufficient_before_phase_out: true")
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"value":                            "true: the server decides (default); false: the client decides",
		"good_sufficient_before_phase_out": "true: suites to phase out come last in the server's order (default false)",
		"phase_out":                        "the suites to phase out; without them that order is unknown",
		"na_if":                            "\"only good/sufficient offered\": what happens anyway where no suite to phase out is accepted",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*orderParams)
		if p.tiered {
			return p.judgeTiers(c)
		}
		return decidedBy(c.Observation, p.server)
	},
	Asks:  func(c *audit.Case, q *audit.Questions) { q.Order = q.Order || c.Params.(*orderParams).tiered },
	Turns: func(c *audit.Case) []audit.Turn { return turns(&c.Params.(*orderParams).phaseOut) },
	Want: func(params any) audit.Want {
		p := params.(*orderParams)
		return audit.Want{ServerOrder: &p.server}
	},
	Examples: []audit.Example{
		example("client decides, server should", audit.Fail, nil, prefers(audit.PreferenceClient)),
		example("server decides, client should", audit.Fail, map[string]any{"value": false}, prefers(audit.PreferenceServer)),
		example("server decides", audit.Pass, nil, prefers(audit.PreferenceServer)),
		example("not found out", audit.Unknown, nil, prefers(audit.PreferenceUndetermined)),
		example("one suite per version", audit.NotApplicable, nil,
			accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), accepts(audit.TLSv13, "TLS_AES_128_GCM_SHA256")),
		example("a suite to phase out before a good one", audit.Fail, tiersExample, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
		example("a suite to phase out last", audit.Pass, tiersExample, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("a suite to phase out last, and the client decides", audit.Fail, tiersExample,
			accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"), prefers(audit.PreferenceClient)),
		example("a suite to phase out, and the order was not asked for", audit.Unknown, tiersExample,
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), unordered(audit.TLSv12)),
		example("no suite to phase out", audit.NotApplicable, tiersExample),
		example("suites to phase out not given", audit.Unknown, map[string]any{"good_sufficient_before_phase_out": true}),
	},
}

var tiersExample = map[string]any{"good_sufficient_before_phase_out": true, "na_if": "only good/sufficient offered", "phase_out": []any{"TLS_RSA_WITH_AES_128_GCM_SHA256"}}

// decidedBy objects to versions where the other side decides the suite.
func decidedBy(o *audit.Observation, server bool) []audit.Outcome {
	wrong, who := audit.PreferenceClient, "client"
	if !server {
		wrong, who = audit.PreferenceServer, "server"
	}
	var out []audit.Outcome
	compared := false
	for _, f := range o.Versions {
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
}

// judgeTiers objects to versions where a suite to phase out comes before
// another one.
func (p *orderParams) judgeTiers(c *audit.Case) []audit.Outcome {
	if p.phaseOut.empty() {
		return []audit.Outcome{undecided("", "which suites are to be phased out was not given with the rule")}
	}
	var out []audit.Outcome
	compared := false
	for _, f := range c.Observation.Versions {
		old := func(s audit.Suite) bool { return p.phaseOut.has(s.ID, c.Now) }
		first := slices.IndexFunc(f.Suites, old)
		if f.Answer != audit.Accepted || first < 0 {
			continue
		}
		other := slices.ContainsFunc(f.Suites, func(s audit.Suite) bool { return !old(s) })
		if !other {
			continue
		}
		compared = true
		if f.SuitesUnordered && f.Preference == audit.PreferenceServer {
			out = append(out, undecided("", "the order of the %s suites was not asked for; --order or --depth deep finds it", f.Version))
			continue
		}
		later := slices.ContainsFunc(f.Suites[first:], func(s audit.Suite) bool { return !old(s) })
		switch {
		case f.Preference == audit.PreferenceClient:
			out = append(out, violated(f.PreferenceEvidence, "the client decides the %s suite, and can choose %s", f.Version, f.Suites[first].Name))
		case f.Preference == audit.PreferenceServer && later:
			out = append(out, violated(f.PreferenceEvidence, "at %s the server puts %s, to be phased out, before other suites", f.Version, f.Suites[first].Name))
		}
	}
	if !compared {
		out = append(out, moot("no suite to be phased out is accepted beside others"))
	}
	return out
}
