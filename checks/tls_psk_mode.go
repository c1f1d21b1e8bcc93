package checks

import (
	"time"

	"tlsaudit/audit"
)

// pskModeParams: after is the first moment at which psk_ke is no longer
// allowed, zero if it never is; until is its last day as written.
type pskModeParams struct {
	after time.Time
	until string
}

var tlsPSKMode = &audit.Check{
	ID:    "tls.psk_mode",
	Title: "Sessions of TLS 1.3 are not resumed without a new key exchange",
	Doc: "In the mode psk_ke of TLS 1.3 a resumed session depends on nothing but the key of the one before it: who gets hold of that, for example with the key of the tickets, reads it all. " +
		"With psk_dhe_ke a new key exchange keeps forward secrecy.",
	Detect: "The ticket of a completed handshake is offered with psk_ke alone: a ServerHello with pre_shared_key takes it. Asked at depth deep. A server that resumes nothing at TLS 1.3 does not do it either.",

	Severity: audit.Medium,
	Refs:     []string{"RFC 8446 section 4.2.9"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.words("forbid", "psk_ke")
		var p pskModeParams
		if _, ok := r.get("until_allowed"); ok {
			_, p.after, p.until = r.period("until_allowed", r.in, "until_allowed")
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"forbid":        "[psk_ke]: the mode without a new key exchange; documents, since it is the only one to forbid",
		"until_allowed": "last day on which it is still allowed, such as 2026-12-31",
	},
	Forbids: always,
	Run: func(c *audit.Case) []audit.Outcome {
		o, p := c.Observation, c.Params.(pskModeParams)
		if out, ok := lacks13(o, audit.Met, "which alone has these modes"); !ok {
			return out
		}
		f, resumed := o.Feature(audit.FeaturePSKOnly, audit.TLSv13), o.Feature(audit.FeatureTicketResumption, audit.TLSv13)
		switch {
		case f.Answer == audit.Accepted && c.Now.Before(p.after):
			return []audit.Outcome{met(f.Evidence, "sessions are resumed without a new key exchange (psk_ke), which is allowed until %s", p.until)}
		case f.Answer == audit.Accepted:
			return []audit.Outcome{violated(f.Evidence, "sessions are resumed without a new key exchange (psk_ke)")}
		case f.Answer == audit.Refused:
			return []audit.Outcome{met(f.Evidence, "no session is resumed without a new key exchange (psk_ke)")}
		case f.Answer == audit.NotAsked && resumed.Answer == audit.Refused && o.Feature(audit.FeatureSessionTicket, audit.TLSv13).Answer == audit.Refused:
			return []audit.Outcome{met(resumed.Evidence, "no ticket is issued at TLS 1.3, so that nothing is resumed")}
		}
		return []audit.Outcome{unclear(o, f, "resumption without a new key exchange (psk_ke)", audit.DepthDeep)}
	},
	Turns: func(c *audit.Case) []audit.Turn { return policyTurns(nil, c.Params.(pskModeParams).after) },
	Want:  otherWant("Leave SSL_OP_ALLOW_NO_DHE_KEX of OpenSSL off (it is; \"Options = -AllowNoDHEKEX\"), and -PSK of GnuTLS priorities: DHE-PSK and ECDHE-PSK alone."),
	Examples: []audit.Example{
		at(audit.MustNot, example("taken", audit.Fail, nil, sessions, feature(audit.FeaturePSKOnly, audit.TLSv13, audit.Accepted, ""))),
		at(audit.MustNot, next(example("taken after the last day", audit.Fail, map[string]any{"until_allowed": "2026-12-31"}, sessions, feature(audit.FeaturePSKOnly, audit.TLSv13, audit.Accepted, "")))),
		at(audit.MustNot, example("taken before it", audit.Pass, map[string]any{"forbid": []any{"psk_ke"}, "until_allowed": "2026-12-31"}, sessions, feature(audit.FeaturePSKOnly, audit.TLSv13, audit.Accepted, ""))),
		at(audit.MustNot, example("refused", audit.Pass, nil, sessions, feature(audit.FeaturePSKOnly, audit.TLSv13, audit.Refused, ""))),
		at(audit.MustNot, example("no ticket", audit.Pass, nil, sessions, notResumed, feature(audit.FeatureSessionTicket, audit.TLSv13, audit.Refused, ""))),
		at(audit.MustNot, example("not asked at this depth", audit.Unknown, nil, sessions, scanned(audit.DepthStandard))),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, sessions, feature(audit.FeaturePSKOnly, audit.TLSv13, audit.Undetermined, ""))),
	},
}

// next judges an example a year later.
func next(e audit.Example) audit.Example {
	e.Now = e.Now.AddDate(1, 0, 0)
	return e
}
