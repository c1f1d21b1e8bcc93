package checks

import "tlsaudit/audit"

var tlsEarlyData = &audit.Check{
	ID:    "tls.early_data",
	Title: "No data is taken before the handshake is done (0-RTT)",
	Doc: "Early data of TLS 1.3 spares a round trip. It can be recorded and sent again by anybody, and its keys are those of the session before. Only an application that knows which of its " +
		"requests may be repeated can take it.",
	Detect: "The scanner completes a handshake at TLS 1.3 and reads the tickets behind it: one with the extension early_data allows it, and says how much. Tickets without it, or a server that " +
		"closes properly without having sent one, do not. Where TLS 1.3 is not accepted there is no early data.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 8446 sections 4.2.10 and 8", "RFC 9325 section 3.9"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		if out, ok := lacks13(o, audit.Met, "which alone has early data"); !ok {
			return out
		}
		switch f := o.Feature(audit.FeatureEarlyData, audit.TLSv13); f.Answer {
		case audit.Accepted:
			return []audit.Outcome{violated(f.Evidence, "tickets allow %s bytes of early data", f.Value)}
		case audit.Refused:
			return []audit.Outcome{met(f.Evidence, "no ticket allows early data")}
		default:
			return []audit.Outcome{unclear(o, f, "early data", audit.DepthStandard)}
		}
	},
	Want: otherWant("Switch it off, as is the default: \"ssl_early_data off\" in nginx, no \"allow-0rtt\" in HAProxy, SSL_CTX_set_max_early_data(ctx, 0) in OpenSSL."),
	Examples: []audit.Example{
		at(audit.MustNot, example("allowed", audit.Fail, nil, sessions, feature(audit.FeatureEarlyData, audit.TLSv13, audit.Accepted, "16384"))),
		at(audit.MustNot, example("not allowed", audit.Pass, nil, sessions)),
		at(audit.MustNot, example("no TLS 1.3", audit.Pass, nil, featured, answers(audit.TLSv13, audit.Refused, "alert 70 protocol_version"))),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick))),
		at(audit.MustNot, example("the session broke off", audit.Unknown, nil, sessions, feature(audit.FeatureEarlyData, audit.TLSv13, audit.Undetermined, ""))),
	},
}
