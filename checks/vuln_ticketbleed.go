package checks

import "tlsaudit/audit"

var vulnTicketbleed = graded(&audit.Check{
	ID:    "vuln.ticketbleed",
	Title: "A session taken up by ticket gives no memory away (Ticketbleed)",
	Doc: "F5 BIG-IP answered a short session id beside a ticket with one of full length, the rest out of its memory: up to 31 bytes with every hello, among them ids of the sessions " +
		"of others.",
	Detect: "Derived, from depth standard on: met where no tickets are handed out, or only TLS 1.3 is accepted. Probed, at depth deep, where they are: one handshake takes a ticket, and a hello offers it with a session id of one byte, which " +
		"must come back as it is. A longer one, twice, is the flaw; what was added is dropped unread. Unknown where the server hands out no ticket to this client, or takes up no session.",
	Severity: audit.High,
	Refs:     []string{"CVE-2016-9244", "RFC 5077 section 3.4"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		return probed(o, audit.FeatureTicketbleed, "Ticketbleed", func() string {
			if why := neverDone(o, audit.FeatureSessionTicket, "no session tickets are handed out"); why != "" {
				return why
			}
			return newOnly(o, "takes up sessions in another way")
		})
	},
	Want: otherWant("Update BIG-IP to 11.6.1 HF2, 12.1.2 HF1, 11.5.4 HF3 or newer, or switch Session Ticket off in the client SSL profile."),
	Examples: []audit.Example{
		at(audit.MustNot, example("a longer id", audit.Fail, map[string]any{"cap": "F"}, deep, featured, feature(audit.FeatureTicketbleed, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("the same id", audit.Pass, nil, deep, featured, feature(audit.FeatureTicketbleed, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("no tickets", audit.Pass, nil, featured, feature(audit.FeatureSessionTicket, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("tickets, not probed at depth standard", audit.Unknown, nil, standard, featured)),
		at(audit.MustNot, example("no session taken up", audit.Unknown, nil, deep, featured, feature(audit.FeatureTicketbleed, audit.TLSv12, audit.Undetermined, ""))),
	},
})
