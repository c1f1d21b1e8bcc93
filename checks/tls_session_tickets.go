package checks

import "tlsaudit/audit"

// ticketParams tells a rule about the handling of tickets, which nobody
// outside can see, from one about their existence.
type ticketParams struct{ handling bool }

var tlsSessionTickets = &audit.Check{
	ID:       "tls.session_tickets",
	Declared: audit.AspectFeatures,
	Title:    "Session tickets are issued, or not issued, as demanded, and handled with care",
	Doc: "A ticket holds the keys of the session under a key that only the server has. Who gets hold of that key reads every session resumed with it, recorded ones too: it must be strong, " +
		"change often, and live in memory only.",
	Detect: "Whether the ServerHellos of versions before TLS 1.3 announce a ticket. How tickets are protected and for how long does not show from outside, nor do the tickets of TLS 1.3, which come " +
		"after the handshake: a rule about these is met by an endpoint that has none, and unknown otherwise.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5077 section 5", "RFC 9325 section 3.4"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("encrypt", "", "AES-128-GCM or stronger")
		r.word("rotate_keys", "", "regularly, e.g. weekly")
		r.int("max_lifetime_days", 7, 1, 365)
		return ticketParams{handling: len(in) > 0}, r.done()
	},
	ParamsDoc: map[string]string{
		"encrypt":           "\"AES-128-GCM or stronger\": the cipher that protects tickets",
		"rotate_keys":       "\"regularly, e.g. weekly\": how often their key changes",
		"max_lifetime_days": "how long a ticket may be valid, in days (1 to 365)",
	},
	Forbids: func(params any) bool { return !params.(ticketParams).handling },
	Run: func(c *audit.Case) []audit.Outcome {
		o, handling := c.Observation, c.Params.(ticketParams).handling
		out, _ := eachOlder(o, func(f audit.VersionFact) []audit.Outcome {
			if f.Version < audit.TLSv10 {
				return nil // no extensions, no tickets
			}
			t := o.Feature(audit.FeatureSessionTicket, f.Version)
			switch {
			case !t.Answer.Known():
				return []audit.Outcome{unanswered(o, t, "whether tickets are issued at "+f.Version.String())}
			case t.Answer == audit.Accepted && handling:
				return []audit.Outcome{undecided(t.Evidence, "tickets are issued at %s; how they are protected does not show from outside", f.Version)}
			case (t.Answer == audit.Accepted) == c.Forbids && !handling:
				return []audit.Outcome{violated(t.Evidence, "%s at %s", map[bool]string{true: "tickets are issued", false: "no tickets are issued"}[c.Forbids], f.Version)}
			}
			return []audit.Outcome{met(t.Evidence, "tickets at %s: %s", f.Version, t.Answer)}
		})
		if f := o.Version(audit.TLSv13); f.Answer != audit.Refused && f.Answer != audit.Latent {
			out = append(out, undecided(f.Evidence, "tickets of TLS 1.3 come after the handshake and are not looked at"))
		}
		return out
	},
	Want: otherWant("Change the ticket key at least weekly and keep it off disks (restart, or rotate ssl_session_ticket_key / SSLSessionTicketKeyFile), or switch tickets off: \"SSLSessionTickets off\" in Apache httpd, \"ssl_session_tickets off\" in nginx, \"no-tls-tickets\" in HAProxy."),
	Examples: []audit.Example{
		at(audit.MustNot, example("issued", audit.Fail, nil, featured)),
		at(audit.Must, example("not issued", audit.Fail, nil, featured, feature(audit.FeatureSessionTicket, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("not issued", audit.Pass, nil, featured, answers(audit.TLSv13, audit.Refused, "alert 70"), feature(audit.FeatureSessionTicket, audit.TLSv12, audit.Refused, ""))),
		example("none to be handled", audit.Pass, map[string]any{"max_lifetime_days": 7}, featured, answers(audit.TLSv13, audit.Refused, "alert 70"), feature(audit.FeatureSessionTicket, audit.TLSv12, audit.Refused, "")),
		example("issued, handling unseen", audit.Unknown, map[string]any{"rotate_keys": "regularly, e.g. weekly"}, featured),
		at(audit.MustNot, example("TLS 1.3 may issue them", audit.Unknown, nil, featured, feature(audit.FeatureSessionTicket, audit.TLSv12, audit.Refused, ""))),
	},
}
