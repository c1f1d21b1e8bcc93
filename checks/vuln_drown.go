package checks

import "tlsaudit/audit"

var vulnDROWN = graded(&audit.Check{
	ID:    "vuln.drown",
	Title: "SSLv2 is not accepted (DROWN)",
	Doc:   "Whoever speaks SSLv2 with an RSA key serves as an oracle that decrypts recorded TLS connections made with the same key, of any version with RSA key exchange and at any port.",
	Detect: "Violated when SSLv2 is accepted here. A refusal does not clear the key: another service, a mail server on another port, may accept SSLv2 with the same key, and is not looked at unless it is a target too. " +
		"SSLv2 is never put to a Sametime port.",
	Severity: audit.Critical,
	Refs:     []string{"CVE-2016-0800", "RFC 6176"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		f := c.Observation.Version(audit.SSLv2)
		switch {
		case !c.Observation.Askable(audit.SSLv2):
			return []audit.Outcome{moot("SSLv2 is not part of the protocol on a Sametime port")}
		case f.Answer == audit.Accepted:
			return []audit.Outcome{violated(f.Evidence, "SSLv2 is accepted")}
		case f.Answer == audit.Latent:
			return []audit.Outcome{advice(f.Evidence, "SSLv2 is allowed by the configuration, though unusable today")}
		case f.Answer == audit.Refused:
			return []audit.Outcome{met(f.Evidence, "SSLv2 is refused here; other services with the same key were not looked at")}
		}
		return []audit.Outcome{undecided(f.Evidence, "SSLv2 is %s", f.Answer)}
	},
	Want: func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12} },
	Examples: []audit.Example{
		at(audit.MustNot, example("SSLv2 accepted", audit.Fail, nil, accepts(audit.SSLv2, "SSL_CK_RC4_128_WITH_MD5"))),
		at(audit.MustNot, example("SSLv2 refused", audit.Pass, nil)),
		example("SSLv2 without a clear answer", audit.Unknown, nil, answers(audit.SSLv2, audit.Undetermined, "reset")),
		example("Sametime", audit.NotApplicable, nil, chat(audit.SametimeTLSOnly, audit.Refused, audit.Accepted)),
	},
})
