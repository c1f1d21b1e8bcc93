package checks

import "tlsaudit/audit"

var tlsSessionResumption13 = &audit.Check{
	ID:    "tls.session_resumption_tls13",
	Title: "Sessions of TLS 1.3 are resumed, with a new key exchange",
	Doc: "Resumption spares both sides the signatures and certificates of a full handshake. At TLS 1.3 it is done with a pre-shared key beside a new key exchange, so that nothing is lost of " +
		"forward secrecy.",
	Detect: "The ticket of a completed handshake is offered in a new hello, with a share for a new key exchange: a ServerHello with pre_shared_key takes it up.",

	Severity: audit.Low,
	Refs:     []string{"RFC 8446 section 2.2"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		if out, ok := lacks13(o, audit.Moot, "so that there is no session of it"); !ok {
			return out
		}
		switch f := o.Feature(audit.FeatureTicketResumption, audit.TLSv13); f.Answer {
		case audit.Accepted:
			return []audit.Outcome{met(f.Evidence, "sessions of TLS 1.3 are resumed")}
		case audit.Refused:
			return []audit.Outcome{violated(f.Evidence, "sessions of TLS 1.3 are not resumed")}
		default:
			return []audit.Outcome{unclear(o, f, "resumption", audit.DepthStandard)}
		}
	},
	Want: otherWant("Give the server a memory of sessions, such as \"ssl_session_cache shared:SSL:10m\" and \"ssl_session_timeout 1d\" in nginx or \"SSLSessionCache shmcb:/run/ssl(512000)\" in Apache httpd, or let it issue tickets whose key changes at least daily."),
	Examples: []audit.Example{
		example("not resumed", audit.Fail, nil, sessions, feature(audit.FeatureTicketResumption, audit.TLSv13, audit.Refused, "")),
		example("resumed", audit.Pass, nil, sessions),
		example("no TLS 1.3", audit.NotApplicable, nil, featured, answers(audit.TLSv13, audit.Refused, "alert 70 protocol_version")),
		example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick)),
	},
}
