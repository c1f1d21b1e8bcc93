package checks

import "tlsaudit/audit"

var vulnHeartbleed = graded(&audit.Check{
	ID:    "vuln.heartbleed",
	Title: "Heartbeats give no memory away (Heartbleed)",
	Doc: "OpenSSL 1.0.1 to 1.0.1f answered a heartbeat with as many bytes as it claimed to have, out of the memory of the server: sessions, passwords, and the private key. " +
		"Nothing is left in any log.",
	Detect: "Derived, at any depth but quick: met where the heartbeat extension is not agreed to, or only TLS 1.3 is accepted. Probed, at depth deep, where it is: one heartbeat of three bytes that claims 64 more is sent " +
		"behind the server's flight, before there are keys. More bytes back than were sent are the flaw; they are counted and dropped unread. A server that discards it must answer what comes behind it.",
	Severity: audit.Critical,
	Refs:     []string{"CVE-2014-0160", "RFC 6520 section 4"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		return probed(o, audit.FeatureHeartbleed, "Heartbleed", func() string {
			if why := neverDone(o, audit.FeatureHeartbeat, "the heartbeat extension is not agreed to"); why != "" {
				return why
			}
			return newOnly(o, "the library with the flaw does not speak")
		})
	},
	Want: otherWant("Update OpenSSL to 1.0.1g or newer at once; then replace key and certificate, revoke the old one, and end all sessions: they may have been read."),
	Examples: []audit.Example{
		at(audit.MustNot, example("memory came back", audit.Fail, map[string]any{"cap": "F"}, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""), feature(audit.FeatureHeartbleed, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("discarded", audit.Pass, nil, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""), feature(audit.FeatureHeartbleed, audit.TLSv12, audit.Refused, ""))),
		at(audit.MustNot, example("no heartbeats", audit.Pass, nil, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("heartbeats, not probed at depth standard", audit.Unknown, nil, standard, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, deep, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""), feature(audit.FeatureHeartbleed, audit.TLSv12, audit.Undetermined, ""))),
	},
})
