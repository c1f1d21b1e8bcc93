package checks

import (
	"strings"

	"tlsaudit/audit"
)

// identityParams is what is demanded besides that the name matches.
type identityParams struct {
	isMX, notExpired, trusted bool
	// dane tells that the name counts for TLSA records of usage 2 only.
	dane bool
}

var certIdentity = graded(&audit.Check{
	ID:    "cert.identity",
	Title: "The certificate carries the name the endpoint was asked for",
	Doc:   "The name in the certificate is all that tells the right server from another one with a valid certificate.",
	Detect: "The name of the target (its SNI if given, otherwise its host) is compared with the subjectAltName only; no current client looks at the common name. " +
		"Each distinct chain is judged. With `not_expired` and `trusted`, validity and path are judged too, as cert.validity.now and cert.chain.trusted do. With `usage2` and `usage3`, a name " +
		"that does not match counts only if the TLSA record about the chain has usage 2 (DANE-TA); it is unknown where the records were not looked up.",
	Severity: audit.High,
	Refs:     []string{"RFC 9525 section 6", "RFC 8461 section 4.2", "RFC 7672 section 3.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		if !r.bool("cn_ignored", true) {
			r.fail("parameter \"cn_ignored\": false is not supported: the common name never counts (RFC 9525 section 2)")
		}
		p := &identityParams{isMX: r.bool("san_matches_mx", false), notExpired: r.bool("not_expired", false), trusted: r.bool("trusted", false)}
		two, three := r.word("usage2", "", "name check"), r.word("usage3", "", "name+expiry ignored")
		p.dane = two != "" || three != ""
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"cn_ignored":     "true only: the common name does not count (default true)",
		"san_matches_mx": "true: the name compared must be the host itself, as the MX record has it (default false)",
		"not_expired":    "true: the certificate must be within its validity too (default false)",
		"trusted":        "true: the chain must lead to a trust anchor too (default false)",
		"usage2":         "\"name check\": what DANE demands with TLSA records of usage 2 (DANE-TA)",
		"usage3":         "\"name+expiry ignored\": what DANE demands with TLSA records of usage 3 (DANE-EE)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*identityParams)
		out := eachLeaf(c, func(l *leaf) []audit.Outcome { return p.judge(c, l) })
		if p.notExpired {
			out = append(out, besidesName(certValidityNow.Run, c, &validityParams{})...)
		}
		if p.trusted {
			out = append(out, besidesName(certChainTrusted.Run, c, nil)...)
		}
		return out
	},
	Turns: func(c *audit.Case) []audit.Turn {
		if p := c.Params.(*identityParams); p.notExpired || p.trusted {
			return presentedTurns(c)
		}
		return nil
	},
	Want: certificate("a certificate whose subjectAltName lists every name clients use for this endpoint"),
	Examples: []audit.Example{
		example("wrong name", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused })),
		example("name in the common name only", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN = audit.Refused })),
		example("name in the subjectAltName", audit.Pass, nil),
		example("name matches, certificate expired", audit.Fail, map[string]any{"san_matches_mx": true, "not_expired": true, "trusted": true},
			withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("name matches, valid and trusted", audit.Pass, map[string]any{"san_matches_mx": true, "not_expired": true, "trusted": true}),
		example("name matches, no anchors configured", audit.Unknown, map[string]any{"trusted": true}, withChain(func(c *audit.Chain) { c.Trust = audit.Trust{} })),
		example("another name was asked for than the host", audit.Unknown, map[string]any{"san_matches_mx": true}, withChain(func(c *audit.Chain) { c.Names.Reference = "mail.example.org" })),
		example("wrong name, and it depends on DANE", audit.Unknown, map[string]any{"usage2": "name check", "usage3": "name+expiry ignored"},
			withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused })),
		example("wrong name under DANE-EE", audit.Pass, map[string]any{"usage2": "name check", "usage3": "name+expiry ignored"}, mail, dane(tlsa(3, 1, 1, audit.Accepted)),
			withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused })),
		example("wrong name under DANE-EE, and the records are not signed", audit.Unknown, map[string]any{"usage2": "name check", "usage3": "name+expiry ignored"}, mail, dane(tlsa(3, 1, 1, audit.Accepted)),
			withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused }), func(o *audit.Observation) { o.MailHost.DANE.TLSA.Secure = audit.Refused }),
		example("wrong name under DANE-EE, and the address is not known to be signed", audit.Unknown, map[string]any{"usage2": "name check", "usage3": "name+expiry ignored"}, mail, dane(tlsa(3, 1, 1, audit.Accepted)),
			withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused }), func(o *audit.Observation) { o.MailHost.DANE.Address.Secure = audit.Undetermined }),
		example("wrong name under DANE-TA", audit.Fail, map[string]any{"usage2": "name check", "usage3": "name+expiry ignored"}, mail, dane(tlsa(2, 0, 1, audit.Accepted)),
			withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused }), func(o *audit.Observation) { o.MailHost.DANE.Records[0].Matches[0].Name = audit.Refused }),
		example("another certificate not read", audit.Unknown, nil, unread),
		example("wrong name, and another certificate not read", audit.Fail, nil, withChain(func(c *audit.Chain) { c.Names.SAN, c.Names.CN = audit.Refused, audit.Refused }), unread),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
})

// besidesName asks another check, whose needs its outcomes tell by themselves.
func besidesName(run func(*audit.Case) []audit.Outcome, c *audit.Case, params any) []audit.Outcome {
	inner := *c
	inner.Params = params
	return run(&inner)
}

func (p *identityParams) judge(c *audit.Case, l *leaf) []audit.Outcome {
	n := l.Chain.Names
	switch {
	case p.isMX && !strings.EqualFold(n.Reference, c.Target.Host):
		return []audit.Outcome{undecided(l.evidence(), "%s: it was compared with %q, not with the host %s", l.Label, n.Reference, c.Target.Host)}
	case n.SAN == audit.Accepted:
		return []audit.Outcome{met(l.evidence(), "%s: the subjectAltName matches %s", l.Label, n.Reference)}
	case n.SAN == audit.Refused && p.dane:
		return underDANE(c, l)
	case n.SAN == audit.Refused && n.CN == audit.Accepted:
		return []audit.Outcome{violated(l.evidence(), "%s: only the common name matches %s, which does not count", l.Label, n.Reference)}
	case n.SAN == audit.Refused:
		return []audit.Outcome{violated(l.evidence(), "%s: no name matches %s", l.Label, n.Reference)}
	}
	return []audit.Outcome{undecided(l.evidence(), "%s: the comparison with %q is %s", l.Label, n.Reference, n.SAN)}
}

// underDANE says whether a name that does not match counts: it depends on the
// usage of the TLSA record that is about the chain.
func underDANE(c *audit.Case, l *leaf) []audit.Outcome {
	const says = "%s: no name matches %s, which "
	reference := l.Chain.Names.Reference
	open := []audit.Outcome{undecided(l.evidence(), says+"breaks DANE with TLSA records of usage 2 (DANE-TA) and does not matter with usage 3 (DANE-EE); none is known to be about it", l.Label, reference)}
	m := c.Observation.MailHost
	if m == nil || m.DANE == nil {
		return open
	}
	if m.DANE.TLSA.Absent() {
		return []audit.Outcome{moot("no TLSA record is published")}
	}
	if !m.DANE.Usable() {
		return open // what is not signed can be forged, and senders do not look at it
	}
	if answer, by := m.DANE.Covers(c.Observation.Chains, l.At); answer == audit.Accepted && by.Usage == audit.UsageDANEEE {
		return []audit.Outcome{met(by.String(), says+"does not matter: a TLSA record of usage 3 (DANE-EE) is about it", l.Label, reference)}
	}
	for i := range m.DANE.Records {
		match := m.DANE.Records[i].MatchOf(c.Observation.Chains, l.At)
		if match != nil && match.Answer == audit.Accepted && match.Name == audit.Refused {
			return []audit.Outcome{violated(m.DANE.Records[i].String(), says+"breaks DANE: the TLSA record about it has usage 2 (DANE-TA)", l.Label, reference)}
		}
	}
	return open
}
