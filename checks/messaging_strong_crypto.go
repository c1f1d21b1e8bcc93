package checks

import (
	"cmp"
	"fmt"
	"slices"

	"tlsaudit/audit"
)

type messagingParams struct {
	minBits   int
	direction string
}

var messagingStrongCrypto = &audit.Check{
	ID:    "messaging.strong_crypto",
	Title: "Messages can be sent over a connection of the strength demanded",
	Doc: "A mail gateway that enforces TLS queues mail to a peer that cannot reach the strength it asks for. On the own side, a listener that also takes weaker suites " +
		"leaves the choice to the sender.",
	Detect: "Met by one accepted suite of at least `min_bits` effective strength that is neither NULL, anonymous, export, RC4 nor 3DES, at TLS 1.0 or later. Weaker suites accepted beside it " +
		"are a warning, for an outbound peer only a note: there the gateway is the one that enforces. No suite in a complete list, proven absence of TLS, and a Sametime port " +
		"that takes the legacy dialect, are violations; an incomplete list without one is unknown.",
	Severity:  audit.High,
	Refs:      []string{"PCI DSS 4.2.2", "Forcepoint Email Security: enforced TLS connections"},
	Needs:     []audit.Need{audit.NeedTLS},
	Protocols: []string{"smtp", "smtps", "sametime"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return messagingParams{minBits: r.int("min_bits", 128, 1, 256), direction: r.word("direction", "", "inbound", "outbound")}, r.done()
	},
	ParamsDoc: map[string]string{
		"min_bits":  "least effective strength in bits: 128 for medium (default), 129 or more for high",
		"direction": "inbound (our listener) or outbound (a peer); default: the target's own",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(messagingParams), c.Observation
		if reason, proven := noTLS(o); proven {
			return []audit.Outcome{violated(o.Reason, "TLS is not offered: %s", reason)}
		}
		var out []audit.Outcome
		if o.Target.Protocol == "sametime" {
			out = append(out, legacyDialect(o)...)
		}
		strong := func(s *seenSuite) bool {
			// no suite makes SSL safe
			return s.Reg.StrengthBits >= p.minBits && weakness(s) == "" && slices.ContainsFunc(s.Versions, func(v audit.Version) bool { return v >= audit.TLSv10 })
		}
		out = append(out, someSuite(c, fmt.Sprintf("%s or more", bits(p.minBits)), strong)...)
		if out[len(out)-1].Kind != audit.Met {
			return out
		}
		return append(out, besides(c, strong, cmp.Or(p.direction, o.Target.Direction) == "outbound")...)
	},
	Want: func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12, Strong: true, StartTLS: true} },
	WantFor: func(c *audit.Case) audit.Want {
		low := c.Params.(messagingParams).minBits
		w := keepSuites(c, func(s *seenSuite) bool { return s.Reg.StrengthBits >= low && weakness(s) == "" })
		w.MinVersion, w.StartTLS, w.TLSOnly = audit.TLSv12, true, c.Target.Protocol == "sametime"
		return w
	},
	Examples: []audit.Example{
		example("3DES only", audit.Fail, nil, mail, answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("AES-128 only against high", audit.Fail, map[string]any{"min_bits": 129}, mail,
			accepts(audit.TLSv13, "TLS_AES_128_GCM_SHA256"), accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
		example("AES-256 beside AES-128 on our listener", audit.Warn, map[string]any{"min_bits": 129, "direction": "inbound"}, mail),
		example("AES-256 beside AES-128 on a peer", audit.Pass, map[string]any{"min_bits": 129, "direction": "outbound"}, mail),
		example("AES only", audit.Pass, nil, mail),
		example("AES at SSLv3 only", audit.Fail, nil, mail, answers(audit.TLSv12, audit.Refused, "alert 70"), answers(audit.TLSv13, audit.Refused, "alert 70"),
			accepts(audit.SSLv3, "TLS_RSA_WITH_AES_128_CBC_SHA")),
		example("enumeration broke off before a strong suite was found", audit.Unknown, nil, mail,
			answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"), cutShort(audit.TLSv12)),
		example("legacy chat beside TLS", audit.Fail, nil, chat(audit.SametimeBoth, audit.Accepted, audit.Accepted)),
	},
}

// besides reports suites accepted beside the strong ones.
func besides(c *audit.Case, strong func(*seenSuite) bool, outbound bool) []audit.Outcome {
	var said remarks
	for _, s := range acceptedSuites(c) {
		switch {
		case s.Listed && strong(&s):
		case outbound:
			said.add(audit.Met, "weaker suites are accepted too", &s)
		default:
			said.add(audit.Advice, "weaker suites are accepted too", &s)
		}
	}
	out := said.outcomes()
	if gap := c.Observation.Lacks(audit.NeedSuites); gap != "" && !outbound {
		out = append(out, undecided("", "whether weaker suites are accepted too: %s", gap))
	}
	return out
}
