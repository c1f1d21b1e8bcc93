package checks

import (
	"slices"

	"tlsaudit/audit"
)

type enabledParams struct{ all, any []audit.Version }

var protocolTLSEnabled = &audit.Check{
	ID:    "protocol.tls_enabled",
	Title: "TLS is offered and can be used",
	Doc:   "An endpoint without TLS hands everything to whoever sits on the path. An endpoint whose handshake does not complete is one where peers fall back to plain text.",
	Detect: "At least one version must be accepted and one full handshake must complete; with `all` or `any`, the versions listed must be accepted besides. " +
		"A complete EHLO without STARTTLS and a Sametime port that speaks the legacy dialect only are violations; silence is unknown. " +
		"A handshake that stops because a client certificate is asked for, which no scan has, went as far as it can and counts.",
	Severity: audit.Critical,
	Refs:     []string{"RFC 9325 section 3.2", "RFC 3207"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return enabledParams{all: r.versions("all"), any: r.versions("any")}, r.done()
	},
	ParamsDoc: map[string]string{
		"all": "versions that must all be accepted",
		"any": "versions of which one must be accepted",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(enabledParams), c.Observation
		if reason, proven := noTLS(o); proven {
			return []audit.Outcome{violated(o.Reason, "TLS is not offered: %s", reason)}
		}
		out := mustOffer(o, p.all, false)
		if len(p.any) > 0 {
			out = append(out, mustOffer(o, p.any, true)...)
		}
		return append(out, usable(o)...)
	},
	Want: func(params any) audit.Want {
		p := params.(enabledParams)
		w := wantVersions(func(v audit.Version) bool {
			return len(p.all) == 0 && len(p.any) == 0 || slices.Contains(p.all, v) || slices.Contains(p.any, v)
		})
		w.StartTLS = true
		return w
	},
	Examples: []audit.Example{
		example("mail server without STARTTLS", audit.Fail, nil, plainMail),
		example("TLS 1.3 missing", audit.Fail, map[string]any{"all": []any{"TLSv1.2", "TLSv1.3"}}, answers(audit.TLSv13, audit.Refused, "alert 70")),
		example("handshake completes", audit.Pass, nil, handshake(audit.Accepted, audit.Refused)),
		example("handshake does not complete", audit.Fail, nil, handshake(audit.Refused, audit.Refused)),
		example("version accepted, handshake does not complete", audit.Fail, map[string]any{"any": []any{"TLSv1.2", "TLSv1.3"}}, handshake(audit.Refused, audit.Refused)),
		example("version accepted, handshake without a clear outcome", audit.Unknown, map[string]any{"all": []any{"TLSv1.2"}}, handshake(audit.Undetermined, audit.NotAsked)),
		example("client certificate asked for", audit.Pass, map[string]any{"any": []any{"TLSv1.2", "TLSv1.3"}}, handshake(audit.Refused, audit.Accepted)),
		example("handshake was not tried", audit.Unknown, nil, func(o *audit.Observation) { o.Handshake = nil }),
		example("unreachable", audit.Unknown, map[string]any{"any": []any{"TLSv1.2", "TLSv1.3"}}, unreachable),
	},
}

// usable judges whether a peer could complete a handshake.
func usable(o *audit.Observation) []audit.Outcome {
	accepted := slices.ContainsFunc(o.Versions, func(f audit.VersionFact) bool { return f.Answer == audit.Accepted })
	h := o.Handshake
	switch {
	case !accepted && o.Lacks(audit.NeedVersions) == "":
		return []audit.Outcome{violated("", "no protocol version is accepted")}
	case h == nil:
		return []audit.Outcome{undecided("", "no full handshake was tried")}
	case h.Completed == audit.Accepted:
		return []audit.Outcome{met("", "a full handshake completes with %s", h.Version)}
	case h.ClientCertificate == audit.Accepted:
		return []audit.Outcome{met(h.Reason, "the handshake goes as far as it can without the client certificate the server asks for")}
	case h.Completed == audit.Refused:
		return []audit.Outcome{violated(h.Reason, "no full handshake completes")}
	case h.Reason != "":
		return []audit.Outcome{undecided("", "the full handshake has no clear outcome: %s", h.Reason)}
	}
	return []audit.Outcome{undecided("", "the full handshake is %s", h.Completed)}
}
