package checks

import "tlsaudit/audit"

var smtpStartTLSInjection = &audit.Check{
	ID:    "smtp.starttls.injection",
	Title: "Nothing in plain text follows the agreement to STARTTLS",
	Doc: "A reply that comes in plain text after \"220 ready\" and is taken for part of the protected dialogue lets an attacker on the path put words into the server's mouth. " +
		"It betrays a broken server, or somebody in between.",
	Detect:    "After the reply to STARTTLS the connection is read for bytes that are no TLS record before a hello is sent. Unknown if that was not looked for.",
	Severity:  audit.High,
	Refs:      []string{"RFC 3207 section 4.2", "CVE-2011-0411"},
	Needs:     []audit.Need{audit.NeedStartTLS},
	Protocols: []string{"smtp"},
	Params:    noParams,
	Forbids:   always,
	Run: func(c *audit.Case) []audit.Outcome {
		s := c.Observation.StartTLS
		switch {
		case s == nil:
			return nil
		case s.Injected != "" || s.Injection == audit.Accepted:
			return []audit.Outcome{violated(s.Injected, "plain-text bytes follow the reply to STARTTLS")}
		case s.Offered == audit.Refused:
			return []audit.Outcome{moot("STARTTLS is not offered")}
		case s.Injection.Known():
			return nil
		}
		return []audit.Outcome{undecided(s.Reason, "whether bytes follow the reply to STARTTLS is %s", s.Injection)}
	},
	Want: func(any) audit.Want {
		return audit.Want{Other: "Update the mail server, and take devices that rewrite SMTP (protocol fixup, transparent proxies) out of the path; " +
			"the server must drop what it received before the handshake."}
	},
	Examples: []audit.Example{
		example("injected line", audit.Fail, nil, mail, func(o *audit.Observation) {
			o.StartTLS.Injection, o.StartTLS.Injected = audit.Accepted, "250 2.1.0 Ok"
		}),
		example("nothing follows", audit.Pass, nil, mail),
		example("not looked for", audit.Unknown, nil, mail, func(o *audit.Observation) { o.StartTLS.Injection = audit.NotAsked }),
		example("no STARTTLS", audit.NotApplicable, nil, plainMail),
	},
}
