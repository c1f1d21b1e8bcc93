package checks

import "tlsaudit/audit"

var vulnPOODLE = graded(&audit.Check{
	ID:    "vuln.poodle",
	Title: "SSLv3 is not accepted with CBC suites (POODLE)",
	Doc: "SSLv3 does not check the padding of CBC suites. An attacker on the path who can make a browser send requests reads a byte of a cookie with every 256 of them, " +
		"and first makes both sides fall back to SSLv3 by dropping newer handshakes.",
	Detect:   "Violated when SSLv3 is accepted with a CBC suite; allowed by the configuration only, a warning. Where SSLv3 is accepted, unknown until its suites are all known. TLS implementations with the same fault are another matter (vuln.poodle_tls).",
	Severity: audit.High,
	Refs:     []string{"CVE-2014-3566", "RFC 7568"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run:      func(c *audit.Case) []audit.Outcome { return chained(c, audit.SSLv3) },
	Asks:     func(_ *audit.Case, q *audit.Questions) { askChained(q, audit.SSLv3) },
	Want:     func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12} },
	Examples: []audit.Example{
		at(audit.MustNot, example("SSLv3 with CBC", audit.Fail, nil, accepts(audit.SSLv3, "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"))),
		example("SSLv3 with CBC, and a grade", audit.Fail, map[string]any{"cap": "C"}, accepts(audit.SSLv3, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		at(audit.MustNot, example("SSLv3 refused", audit.Pass, nil)),
		example("SSLv3 with RC4 only", audit.Pass, nil, accepts(audit.SSLv3, "TLS_RSA_WITH_RC4_128_SHA")),
		example("SSLv3 with RC4, and more not enumerated", audit.Unknown, nil, accepts(audit.SSLv3, "TLS_RSA_WITH_RC4_128_SHA"), cutShort(audit.SSLv3)),
		example("SSLv3 allowed by the configuration", audit.Warn, nil, answers(audit.SSLv3, audit.Latent, "alert 80 internal_error")),
		example("SSLv3 not asked", audit.Unknown, nil, answers(audit.SSLv3, audit.NotAsked, "")),
	},
})

// askChained asks about the suites chained objects to.
func askChained(q *audit.Questions, versions ...audit.Version) {
	askSuites(q, versions, func(s *seenSuite) bool { return s.Reg.Mode == "CBC" })
}

// chained objects to versions accepted with a CBC suite.
func chained(c *audit.Case, versions ...audit.Version) []audit.Outcome {
	var out []audit.Outcome
	for _, v := range versions {
		f := c.Observation.Version(v)
		switch f.Answer {
		case audit.Refused:
			out = append(out, met(f.Evidence, "%s is refused", v))
			continue
		case audit.Latent:
			out = append(out, advice(f.Evidence, "%s is allowed by the configuration, though unusable today", v))
			continue
		case audit.Accepted:
		default:
			out = append(out, undecided(f.Evidence, "%s is %s", v, f.Answer))
			continue
		}
		block, unknown := "", ""
		for i := range f.Suites {
			s := &f.Suites[i]
			reg, listed := suiteRegistry()[s.ID]
			switch {
			case !listed:
				unknown = s.Name
			case reg.Mode == "CBC":
				block = s.Name
			}
		}
		switch {
		case block != "":
			out = append(out, violated(f.Evidence, "%s is accepted with %s", v, block))
		case unknown != "":
			out = append(out, undecided("", "%s is accepted with %s, which is in no registry", v, unknown))
		case c.LacksSuites(v) != "":
			out = append(out, undecided("", "%s is accepted, and its suites are not all known: %s", v, c.LacksSuites(v)))
		default:
			out = append(out, met(f.Evidence, "%s is accepted without CBC suites", v))
		}
	}
	return out
}
