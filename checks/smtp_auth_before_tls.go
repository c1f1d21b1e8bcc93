package checks

import (
	"strings"

	"tlsaudit/audit"
)

var smtpAuthBeforeTLS = &audit.Check{
	ID:        "smtp.auth_before_tls",
	Title:     "AUTH is not announced before TLS protects the connection",
	Doc:       "A server that announces AUTH in plain text invites clients to send passwords for everybody on the path to read. Those that never ask for STARTTLS will.",
	Detect:    "A whole EHLO reply, given before STARTTLS, is searched for AUTH. Unknown if no complete reply came.",
	Severity:  audit.High,
	Refs:      []string{"RFC 8314 section 4", "RFC 4954 section 4"},
	Needs:     []audit.Need{audit.NeedStartTLS},
	Protocols: []string{"smtp"},
	Params:    noParams,
	Forbids:   always,
	Run: func(c *audit.Case) []audit.Outcome {
		s := c.Observation.StartTLS
		if s == nil || !s.Offered.Known() {
			return nil // the need says so
		}
		for _, line := range s.Capabilities {
			keyword, _, _ := strings.Cut(strings.ToUpper(line), " ")
			if keyword == "AUTH" || strings.HasPrefix(keyword, "AUTH=") {
				return []audit.Outcome{violated(line, "AUTH is announced in plain text")}
			}
		}
		if audit.Clipped(s.Capabilities) || len(s.Capabilities) == 0 {
			return []audit.Outcome{undecided("", "the reply to EHLO was not kept whole")}
		}
		return nil
	},
	Want: func(any) audit.Want {
		return audit.Want{Other: "Announce AUTH after STARTTLS only (Postfix: smtpd_tls_auth_only = yes), and switch it off on ports that take mail from other servers."}
	},
	Examples: []audit.Example{
		example("AUTH in plain text", audit.Fail, nil, mail, func(o *audit.Observation) { o.StartTLS.Capabilities = []string{"STARTTLS", "AUTH PLAIN LOGIN"} }),
		example("AUTH in the old spelling, and no STARTTLS", audit.Fail, nil, plainMail, func(o *audit.Observation) { o.StartTLS.Capabilities = []string{"AUTH=LOGIN"} }),
		at(audit.MustNot, example("no AUTH", audit.Pass, nil, mail)),
		example("capabilities not kept", audit.Unknown, nil, mail, func(o *audit.Observation) { o.StartTLS.Capabilities = nil }),
		example("unreachable", audit.Unknown, nil, mail, unreachable),
	},
}
