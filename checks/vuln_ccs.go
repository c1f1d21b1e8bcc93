package checks

import "tlsaudit/audit"

var vulnCCS = graded(&audit.Check{
	ID:    "vuln.ccs",
	Title: "ChangeCipherSpec is not taken before there are keys (CCS injection)",
	Doc: "OpenSSL before 0.9.8za, 1.0.0m and 1.0.1h took ChangeCipherSpec at any time and went on with keys made of nothing. An attacker on the path who sends it to both sides " +
		"reads and changes the whole session, if the client has the fault too.",
	Detect: "Probed, at depth deep: ChangeCipherSpec is sent behind the server's flight, where ClientKeyExchange is due. A sound server answers with an alert at once. One that says nothing, and cannot decrypt " +
		"the next record (bad_record_mac), twice, has the flaw. Derived: met where only TLS 1.3 is accepted.",
	Severity: audit.High,
	Refs:     []string{"CVE-2014-0224", "RFC 5246 section 7.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return probed(c.Observation, audit.FeatureCCSInjection, "CCS injection", func() string {
			return newOnly(c.Observation, "the libraries with the flaw do not speak")
		})
	},
	Want: otherWant("Update OpenSSL to 0.9.8za, 1.0.0m, 1.0.1h or newer."),
	Examples: []audit.Example{
		at(audit.MustNot, example("taken", audit.Fail, map[string]any{"cap": "F"}, deep, feature(audit.FeatureCCSInjection, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("refused", audit.Pass, nil, deep, feature(audit.FeatureCCSInjection, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("not probed at depth standard", audit.Unknown, nil, standard)),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, deep, feature(audit.FeatureCCSInjection, audit.TLSv12, audit.Undetermined, ""))),
	},
})
