package checks

import (
	"strconv"
	"time"

	"tlsaudit/audit"
)

var tlsSessionLifetime = &audit.Check{
	ID:    "tls.session_lifetime",
	Title: "Sessions are resumed for a limited time only",
	Doc: "Who takes a session up again skips the certificates, and up to TLS 1.2 the key exchange: for as long as sessions are good, a key stolen from the server's memory opens them, and a " +
		"revoked certificate is not noticed.",
	Detect: "The lifetime that comes with the tickets of TLS 1.3, where it binds, and of the newest version before, where it is a hint, is taken for the server's word on its sessions. A server " +
		"that gives no ticket and resumes no session is in order. How long a server remembers sessions by their number does not show: where that is all there is, or the hint is 0, the answer is unknown.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 8446 section 4.6.1", "RFC 5077 section 3.3", "RFC 5246 appendix F.1.4"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		hours := r.int("max_hours", 24, 1, 168)
		return time.Duration(hours) * time.Hour, r.done()
	},
	ParamsDoc: map[string]string{"max_hours": "the longest lifetime, in hours (1 to 168, default 24)"},
	Run: func(c *audit.Case) []audit.Outcome {
		o, most := c.Observation, c.Params.(time.Duration)
		first := true
		out, spoken := eachOlder(o, func(v audit.VersionFact) []audit.Outcome {
			asked := first
			first = false
			if !asked || v.Version < audit.TLSv10 {
				return nil
			}
			return lifetime(o, v.Version, most)
		})
		if _, ok := lacks13(o, audit.Met, ""); ok {
			out = append(out, lifetime(o, audit.TLSv13, most)...)
		} else if !o.Version(audit.TLSv13).Answer.Known() || !spoken {
			out = append(out, undecided("", "TLSv1.3 is %s", o.Version(audit.TLSv13).Answer))
		}
		return out
	},
	Want: func(params any) audit.Want {
		most, _ := params.(time.Duration)
		return audit.Want{Other: "Set the lifetime of sessions and tickets to " + strconv.Itoa(int(most.Hours())) + " hours at most: \"ssl_session_timeout\" in nginx, \"SSLSessionCacheTimeout\" in Apache httpd, " +
			"\"tune.ssl.lifetime\" in HAProxy, SSL_CTX_set_timeout in OpenSSL, SSLSessionContext.setSessionTimeout in Java."}
	},
	Examples: []audit.Example{
		example("a week at TLS 1.3", audit.Fail, map[string]any{"max_hours": 48}, sessions, feature(audit.FeatureTicketLifetime, audit.TLSv13, audit.Accepted, "604800")),
		example("two hours", audit.Pass, map[string]any{"max_hours": 48}, sessions),
		example("nothing is resumed", audit.Pass, nil, sessions, notResumed),
		example("no hint", audit.Unknown, nil, sessions, feature(audit.FeatureTicketLifetime, audit.TLSv12, audit.Accepted, "0")),
		example("remembered, nobody knows for how long", audit.Unknown, nil, sessions, notResumed, feature(audit.FeatureSessionIDResumption, audit.TLSv12, audit.Accepted, "")),
		example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick)),
	},
}

// lifetime judges what is known about the sessions of one version.
func lifetime(o *audit.Observation, v audit.Version, most time.Duration) []audit.Outcome {
	said := o.Feature(audit.FeatureTicketLifetime, v)
	seconds, err := strconv.ParseUint(said.Value, 10, 32)
	took := time.Duration(seconds) * time.Second
	ticket, number := o.Feature(audit.FeatureTicketResumption, v), o.Feature(audit.FeatureSessionIDResumption, v)
	switch {
	case said.Answer == audit.Accepted && err == nil && took > most:
		return []audit.Outcome{violated(said.Evidence, "tickets of %s are good for %s, more than %s", v, hours(took), hours(most))}
	case said.Answer == audit.Accepted && err == nil && (seconds > 0 || v == audit.TLSv13):
		return []audit.Outcome{met(said.Evidence, "tickets of %s are good for %s", v, hours(took))}
	case said.Answer == audit.Accepted:
		return []audit.Outcome{undecided(said.Evidence, "tickets of %s come without a word on how long they are good", v)}
	case ticket.Answer == audit.Refused && (v == audit.TLSv13 || number.Answer == audit.Refused):
		return []audit.Outcome{met(ticket.Evidence, "sessions of %s are not resumed", v)}
	case number.Answer == audit.Accepted:
		return []audit.Outcome{undecided(number.Evidence, "sessions of %s are resumed by their number; for how long does not show", v)}
	case number.Answer == audit.Undetermined:
		return []audit.Outcome{unclear(o, number, "resumption", audit.DepthStandard)}
	}
	return []audit.Outcome{unclear(o, ticket, "resumption", audit.DepthStandard)}
}

// hours writes a lifetime in hours, or a shorter one in minutes and seconds.
func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d.Hours())) + " h"
	}
	return d.String()
}

// notResumed makes an example one that resumes nothing.
func notResumed(o *audit.Observation) {
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		feature(audit.FeatureTicketLifetime, v, audit.NotAsked, "")(o)
		feature(audit.FeatureTicketResumption, v, audit.Refused, "")(o)
	}
}
