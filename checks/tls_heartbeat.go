package checks

import "tlsaudit/audit"

var tlsHeartbeat = &audit.Check{
	ID:       "tls.heartbeat",
	Title:    "The heartbeat extension is not negotiated",
	Doc:      "Heartbeat is of no use over TCP, and its most widespread implementation let anyone read the memory of the server (Heartbleed).",
	Detect:   "A hello at the newest version before TLS 1.3 offers the extension, or in TLS 1.3 where that is all there is; it must not be in the answer. No heartbeat is sent.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6520", "CVE-2014-0160"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		out := prohibited(o, audit.FeatureHeartbeat, "heartbeat")
		// It is the one extension of these that TLS 1.3 kept.
		f := o.Feature(audit.FeatureHeartbeat, audit.TLSv13)
		switch {
		case f.Answer == audit.Accepted:
			return append(out, violated(f.Evidence, "heartbeat at %s", f.Version))
		case noneOlder(o):
			if f.Answer == audit.Refused {
				return []audit.Outcome{met(f.Evidence, "no heartbeat at %s", f.Version)}
			}
			return []audit.Outcome{unanswered(c.Observation, f, "heartbeat at "+f.Version.String())}
		}
		return out
	},
	Want: otherWant("Use a TLS library without heartbeat (OpenSSL 1.1.1 or newer), or one built with OPENSSL_NO_HEARTBEATS."),
	Examples: []audit.Example{
		at(audit.ShouldNot, example("negotiated", audit.Warn, nil, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("negotiated", audit.Fail, nil, featured, feature(audit.FeatureHeartbeat, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("not negotiated", audit.Pass, nil, featured)),
		at(audit.MustNot, example("not negotiated in TLS 1.3", audit.Pass, nil, not12, feature(audit.FeatureHeartbeat, audit.TLSv13, audit.Refused, ""))),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
		at(audit.MustNot, example("not asked in TLS 1.3", audit.Unknown, nil, not12)),
	},
}

// noneOlder reports whether no version before TLS 1.3 is accepted, or may be.
func noneOlder(o *audit.Observation) bool {
	_, spoken := eachOlder(o, func(audit.VersionFact) []audit.Outcome { return nil })
	return !spoken
}
