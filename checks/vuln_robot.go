package checks

import (
	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var vulnROBOT = graded(&audit.Check{
	ID:    "vuln.robot",
	Title: "RSA key transport does not tell right padding from wrong (ROBOT)",
	Doc: "A server that answers a premaster secret with wrong padding in another way than one with right padding decrypts, question by question, whatever was encrypted with its key, " +
		"and signs with it (Bleichenbacher 1998). A strong oracle takes thousands of questions, a weak one millions.",
	Detect: "Derived, from depth standard on: met where no suite with RSA key transport is accepted. Probed, at depth deep, where one is: a right block and four wrong ones are sent, each on a connection of its own, with a Finished that fails " +
		"anyway behind it and without. Any difference in alert, end or silence that shows twice is the flaw; one that changes leaves it unknown. The same suite must complete with a right key exchange. " +
		"Differences in time are not measured. Five connections for each form and one more.",
	Severity: audit.High,
	Refs:     []string{"CVE-2017-13099", "CVE-2017-17382", "CVE-2017-6168", "RFC 5246 section 7.4.7.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		return probed(o, audit.FeatureROBOT, "an oracle in RSA key transport", func() string {
			return noneLike(o, "RSA key transport", func(v audit.Version, s *tlsreg.Suite) bool {
				return v == audit.SSLv2 || s.KX == "RSA" || s.KX == "RSA_PSK"
			})
		})
	},
	WantFor: lacking(func(s *seenSuite) bool { return s.Reg.KX == "RSA" }),
	Want:    strongSuites,
	Examples: []audit.Example{
		at(audit.MustNot, example("weak oracle", audit.Fail, map[string]any{"cap": "F"}, deep, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), feature(audit.FeatureROBOT, audit.TLSv12, audit.Accepted, "weak"))),
		at(audit.MustNot, example("no oracle", audit.Pass, nil, deep, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), feature(audit.FeatureROBOT, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("no RSA key transport", audit.Pass, nil, standard)),
		at(audit.MustNot, example("not probed at depth standard", audit.Unknown, nil, standard, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"))),
		at(audit.MustNot, example("no suite with RSA key transport found, not all asked", audit.Unknown, nil, deep, cutShort(audit.TLSv12))),
		at(audit.MustNot, example("inconsistent", audit.Unknown, nil, deep, accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), feature(audit.FeatureROBOT, audit.TLSv12, audit.Undetermined, ""))),
	},
})
