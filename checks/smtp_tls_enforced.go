package checks

import "tlsaudit/audit"

var smtpTLSEnforced = &audit.Check{
	ID:    "smtp.tls_enforced",
	Title: "No mail is taken before TLS protects the connection",
	Doc: "A server that takes mail in plain text leaves it to the client, and to whoever sits on the path, whether there is TLS. For submission and between partners who agreed on TLS it should " +
		"insist. A server that takes mail from everybody must not (RFC 3207 section 4): there MTA-STS and DANE let the sender insist.",
	Detect: "At depth standard, a connection of its own gives MAIL FROM:<> without STARTTLS, names no recipient, and takes the beginning back with RSET. 530 that speaks of TLS is enforcement, 250 is none; " +
		"any other reply is unknown.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 3207 section 4", "RFC 8314 section 3.3"},
	Needs:     []audit.Need{audit.NeedStartTLS},
	Protocols: []string{"smtp"},
	Params:    noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		s := c.Observation.StartTLS
		switch {
		case s == nil:
			return nil // the need says so
		case s.Offered == audit.Refused:
			return []audit.Outcome{violated("", "STARTTLS is not offered, so that all mail is taken in plain text")}
		case s.Enforced == audit.Accepted:
			return []audit.Outcome{met(s.EnforcedReply, "MAIL is refused before STARTTLS")}
		case s.Enforced == audit.Refused:
			return []audit.Outcome{violated(s.EnforcedReply, "MAIL is accepted in plain text")}
		case s.Enforced == audit.Undetermined:
			return []audit.Outcome{undecided(s.EnforcedReply, "whether MAIL is accepted in plain text was not decided")}
		}
		if gap := c.Observation.NotAskedAt("whether mail is taken in plain text", audit.DepthStandard); gap != "" {
			return []audit.Outcome{undecided("", "%s", gap)}
		}
		return []audit.Outcome{undecided("", "whether mail is taken in plain text was not asked")}
	},
	Want: otherWant("Demand TLS of clients (Postfix: smtpd_tls_security_level = encrypt for the submission service; Exim: acl_smtp_mail with a condition on tls_in_cipher), but not on a port that takes mail from everybody."),
	Examples: []audit.Example{
		example("250 in plain text", audit.Fail, nil, mail, enforced(audit.Refused, "250 2.1.0 Ok")),
		example("no STARTTLS", audit.Fail, nil, plainMail),
		example("530", audit.Pass, nil, mail, enforced(audit.Accepted, "530 5.7.0 Must issue a STARTTLS command first")),
		example("refused for another reason", audit.Unknown, nil, mail, enforced(audit.Undetermined, "550 5.7.1 who are you")),
		example("at depth quick", audit.Unknown, nil, mail, func(o *audit.Observation) { o.Depth = audit.DepthQuick }),
		example("unreachable", audit.Unknown, nil, mail, unreachable),
	},
}

func enforced(a audit.Answer, reply string) change {
	return func(o *audit.Observation) { o.StartTLS.Enforced, o.StartTLS.EnforcedReply = a, reply }
}
