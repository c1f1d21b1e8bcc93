package checks

import (
	"strings"

	"tlsaudit/audit"
)

var smtpStartTLSOffered = &audit.Check{
	ID:    "smtp.starttls.offered",
	Title: "The mail server offers STARTTLS",
	Doc:   "Mail to a server without STARTTLS travels in plain text, or not at all when the sender enforces TLS.",
	Detect: "A whole EHLO reply, multi-line and in pieces if need be, is searched for STARTTLS, and the command is given. A complete reply without it, or a permanent " +
		"refusal of the command, is a violation; a temporary refusal (4xx), a broken dialogue or silence is unknown.",
	Severity:  audit.High,
	Refs:      []string{"RFC 3207 section 4", "RFC 5321 section 4.1.1.1"},
	Needs:     []audit.Need{audit.NeedStartTLS},
	Protocols: []string{"smtp"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("cap", "", ratings...), r.done()
	},
	// not graded: what costs the mark is that TLS is reached through STARTTLS
	ParamsDoc: map[string]string{"cap": "grade to which a rating scheme caps every endpoint that is reached through STARTTLS, such as T; told in the message where it is offered"},
	Run: func(c *audit.Case) []audit.Outcome {
		s := c.Observation.StartTLS
		switch {
		case s == nil:
			return nil // the need says so
		case s.Offered == audit.Refused:
			return []audit.Outcome{violated("EHLO: "+strings.Join(s.Capabilities, " "), "STARTTLS is not offered")}
		case s.Offered != audit.Accepted:
			return nil
		case s.Accepted == audit.Accepted:
			if mark, _ := c.Params.(string); mark != "" {
				return []audit.Outcome{met(s.Reply, "STARTTLS is offered, which caps the grade at %s", mark)}
			}
			return []audit.Outcome{met(s.Reply, "STARTTLS is offered")}
		case s.Accepted == audit.Refused && !strings.HasPrefix(s.Reply, "4"):
			return []audit.Outcome{violated(s.Reply, "STARTTLS is offered and then refused")}
		case s.Accepted == audit.NotAsked:
			return []audit.Outcome{undecided("", "STARTTLS is offered, but the command was not given")}
		}
		return []audit.Outcome{undecided(s.Reply, "STARTTLS is offered, but was not accepted for now")}
	},
	Want: func(any) audit.Want { return audit.Want{StartTLS: true} },
	Examples: []audit.Example{
		example("EHLO without STARTTLS", audit.Fail, nil, plainMail),
		example("offered", audit.Pass, nil, mail),
		example("offered, then 454", audit.Unknown, nil, mail, func(o *audit.Observation) {
			o.StartTLS.Accepted, o.StartTLS.Reply = audit.Refused, "454 4.7.0 TLS not available due to local problem"
			o.Reach = audit.ReachNoTLS
		}),
		example("offered, then refused for good", audit.Fail, nil, mail, func(o *audit.Observation) {
			o.StartTLS.Accepted, o.StartTLS.Reply, o.Reach = audit.Refused, "502 5.5.1 command not implemented", audit.ReachNoTLS
		}),
		example("offered, and the command never given", audit.Unknown, nil, mail, func(o *audit.Observation) { o.StartTLS.Accepted = audit.NotAsked }),
		example("unreachable", audit.Unknown, nil, mail, unreachable),
	},
}
