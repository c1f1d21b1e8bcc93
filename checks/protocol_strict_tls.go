package checks

import "tlsaudit/audit"

var protocolStrictTLS = &audit.Check{
	ID:    "protocol.strict_tls",
	Title: "The port speaks TLS and nothing else",
	Doc: "Where a port takes plain or legacy-encrypted connections beside TLS, an attacker on the path only has to make the client choose them. " +
		"A Sametime community port whose mux has the same number in VPMX_PORT and VPMX_TLS_PORT takes both.",
	Detect: "Sametime: a Virtual Places handshake in clear is tried besides TLS; an acknowledgement, refusal or redirect in that dialect is a violation. " +
		"Other implicit-TLS ports: TLS answered at the first byte. SMTP with STARTTLS starts in plain text by design, so the check does not apply unless STARTTLS is missing; " +
		"smtp.starttls.offered judges it. Unknown if the legacy probe stayed without a clear answer.",
	Severity: audit.High,
	Refs:     []string{"RFC 9325 section 3.2", "HCL Sametime documentation: TLS for the multiplexer"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		if reason, proven := noTLS(o); proven {
			return []audit.Outcome{violated(o.Reason, "TLS is not offered: %s", reason)}
		}
		switch o.Target.Protocol {
		case "smtp":
			return []audit.Outcome{moot("the dialogue starts in plain text by design and upgrades with STARTTLS")}
		case "sametime":
			return legacyDialect(o)
		}
		return nil
	},
	Want: func(any) audit.Want { return audit.Want{TLSOnly: true} },
	Examples: []audit.Example{
		example("Sametime mux takes both", audit.Fail, nil, chat(audit.SametimeBoth, audit.Accepted, audit.Accepted)),
		example("legacy only", audit.Fail, nil, chat(audit.SametimeLegacyOnly, audit.Accepted, audit.Refused)),
		example("strict", audit.Pass, nil, chat(audit.SametimeTLSOnly, audit.Refused, audit.Accepted)),
		example("legacy probe unanswered", audit.Unknown, nil, chat(audit.SametimeUndetermined, audit.Undetermined, audit.Accepted)),
		example("mail with STARTTLS", audit.NotApplicable, nil, mail),
	},
}

// legacyDialect judges the Virtual Places probe.
func legacyDialect(o *audit.Observation) []audit.Outcome {
	if gap := o.Lacks(audit.NeedSametime); gap != "" {
		return []audit.Outcome{undecided("", "%s", gap)}
	}
	if s := o.Sametime; s.Legacy == audit.Accepted {
		return []audit.Outcome{violated(s.Answered, "legacy Virtual Places connections are accepted beside TLS")}
	}
	return []audit.Outcome{met(o.Sametime.Answered, "the legacy Virtual Places handshake is not answered")}
}

func noParams(in map[string]any) (any, error) { return nil, read(in).done() }
