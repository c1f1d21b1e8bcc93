package checks

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// padded reports a CBC suite at a version that prescribes its padding.
func padded(v audit.Version, s *tlsreg.Suite) bool {
	return s.Mode == "CBC" && v >= audit.TLSv10 && v <= audit.TLSv12
}

var vulnPOODLETLS = graded(&audit.Check{
	ID:    "vuln.poodle_tls",
	Title: "The padding of CBC records is checked at TLS, too (TLS POODLE)",
	Doc: "SSLv3 leaves the padding of CBC suites open, TLS prescribes every byte of it. Load balancers that did not look at them could be read like SSLv3 (POODLE), " +
		"without any older version.",
	Detect: "Derived, from depth standard on: met where no CBC suite is accepted at TLS 1.0, 1.1 or 1.2. Probed, at depth deep, where one is: a handshake whose Finished has a right MAC and one wrong byte of padding, with the CBC suite the server " +
		"likes best, at the newest version. A server that goes on, twice, has the flaw; the handshake is not completed. AES and 3DES with RSA, DHE or ECDHE only.",
	Severity: audit.High,
	Refs:     []string{"CVE-2014-8730", "RFC 5246 section 6.2.3.2"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return probed(c.Observation, audit.FeaturePOODLETLS, "acceptance of wrong padding", func() string { return noneLike(c.Observation, "CBC at TLS", padded) })
	},
	WantFor: lacking(func(s *seenSuite) bool { return s.Reg.Mode == "CBC" }),
	Want:    strongSuites,
	Examples: []audit.Example{
		at(audit.MustNot, example("taken", audit.Fail, map[string]any{"cap": "F"}, deep, withCBC, feature(audit.FeaturePOODLETLS, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("refused", audit.Pass, nil, deep, withCBC, feature(audit.FeaturePOODLETLS, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("no CBC", audit.Pass, nil, standard)),
		at(audit.MustNot, example("not probed at depth standard", audit.Unknown, nil, standard, withCBC)),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, deep, withCBC, feature(audit.FeaturePOODLETLS, audit.TLSv12, audit.Undetermined, ""))),
	},
})

var vulnPaddingOracle = graded(&audit.Check{
	ID:    "vuln.padding_oracle",
	Title: "Wrong CBC records are all refused alike",
	Doc: "A server that answers wrong padding in another way than a wrong MAC decrypts records for whoever can make a client send them again and again (Vaudenay 2002; Zombie POODLE and " +
		"GOLDENDOODLE in 2019).",
	Detect: "Derived, from depth standard on: met where no CBC suite is accepted at TLS 1.0, 1.1 or 1.2. Probed, at depth deep, where one is: Finished with a wrong MAC, a wrong byte of padding, both, and a padding longer than the record, each on a " +
		"connection of its own, with the CBC suite the server likes best, at the newest version. Any difference in alert, end or silence that shows twice is the flaw. Differences in time (Lucky Thirteen) are not measured. " +
		"With `every_suite` all suites are probed at all versions, in three rounds: that leaves dozens of failed handshakes in the server's log, and takes --intrusive.",
	Severity:  audit.High,
	Refs:      []string{"CVE-2019-6485", "CVE-2019-1559", "CVE-2016-2107", "RFC 5246 section 6.2.3.2"},
	Needs:     []audit.Need{audit.NeedTLS},
	ParamsDoc: map[string]string{"every_suite": "true: every CBC suite at every version must have been probed, which takes --intrusive (default: one)"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.bool("every_suite", false), r.done()
	},
	Forbids: always,
	Run: func(c *audit.Case) []audit.Outcome {
		o, name := c.Observation, audit.FeaturePaddingOracle
		if every, _ := c.Params.(bool); every {
			shown := slices.ContainsFunc(o.Features, func(f audit.FeatureFact) bool { return f.Name == name && f.Answer == audit.Accepted })
			asked := slices.ContainsFunc(o.Features, func(f audit.FeatureFact) bool { return f.Name == audit.FeaturePaddingOracleAnywhere })
			if none := noneLike(o, "CBC at TLS", padded); !shown && !asked && none == "" && o.Depth == audit.DepthDeep {
				return []audit.Outcome{undecided("", "the padding of every suite is not probed unless that is allowed: --intrusive does")}
			}
			if !shown {
				name = audit.FeaturePaddingOracleAnywhere
			}
		}
		return probed(o, name, "an oracle in CBC records", func() string { return noneLike(o, "CBC at TLS", padded) })
	},
	WantFor: lacking(func(s *seenSuite) bool { return s.Reg.Mode == "CBC" }),
	Want:    strongSuites,
	Examples: []audit.Example{
		at(audit.MustNot, example("told apart", audit.Fail, nil, deep, withCBC, feature(audit.FeaturePaddingOracle, audit.TLSv12, audit.Accepted, "wrong padding shows"))),
		at(audit.MustNot, example("alike", audit.Pass, nil, deep, withCBC, feature(audit.FeaturePaddingOracle, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("no CBC", audit.Pass, map[string]any{"every_suite": true}, standard)),
		at(audit.MustNot, example("every suite alike", audit.Pass, map[string]any{"every_suite": true}, deep, withCBC, feature(audit.FeaturePaddingOracleAnywhere, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("one suite alike, where all are to be probed", audit.Unknown, map[string]any{"every_suite": true}, deep, withCBC, feature(audit.FeaturePaddingOracle, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("not probed at depth standard", audit.Unknown, nil, standard, withCBC)),
		at(audit.MustNot, example("inconsistent", audit.Unknown, nil, deep, withCBC, feature(audit.FeaturePaddingOracle, audit.TLSv12, audit.Undetermined, ""))),
	},
})

// withCBC makes an example accept a CBC suite.
func withCBC(o *audit.Observation) {
	accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")(o)
}
