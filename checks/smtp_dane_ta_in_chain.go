package checks

import "tlsaudit/audit"

var smtpDANETAInChain = &audit.Check{
	ID:    "smtp.dane.ta_in_chain",
	Title: "The server sends the certificate its TLSA records of usage 2 are about",
	Doc: "A record of usage 2 (DANE-TA) names the authority by a hash, as a rule. A sender has that authority's certificate from nowhere but the server; without it the chain proves nothing, " +
		"and mail is not delivered.",
	Detect: "For every chain presented, a certificate above the leaf has to be the one of a record of usage 2, with signatures that lead to it. A chain that a record of usage 3 is about needs none. " +
		"Does not apply without such records.",
	Severity:  audit.High,
	Refs:      []string{"RFC 7672 section 3.1.2", "RFC 7671 section 5.2"},
	Protocols: []string{"smtp"},
	Params:    noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		d, out := records(c)
		if d == nil {
			return out
		}
		anchors := 0
		for i := range d.Records {
			if d.Records[i].Usage == audit.UsageDANETA && d.Records[i].Unusable == "" {
				anchors++
			}
		}
		switch {
		case anchors == 0 && d.Clipped:
			return []audit.Outcome{undecided(tlsaText(d), "there are more TLSA records than were kept")}
		case anchors == 0:
			return []audit.Outcome{moot("no TLSA record has usage 2")}
		}
		for i := range c.Observation.Chains {
			out = append(out, anchorSent(d, c.Observation.Chains, i))
		}
		if gap := c.Observation.Lacks(audit.NeedChains); gap != "" {
			out = append(out, undecided(tlsaText(d), "%s", gap))
		}
		return out
	},
	Want: otherWant("Let the server send the whole chain up to the certificate of the TLSA record, also where that is a root (Postfix: smtpd_tls_chain_files with all of them)."),
	Examples: []audit.Example{
		example("not sent", audit.Fail, nil, mail, dane(tlsa(2, 0, 1, audit.Refused))),
		example("sent", audit.Pass, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted))),
		example("not sent, and the key has a record of its own", audit.Pass, nil, mail, dane(tlsa(2, 0, 1, audit.Refused), tlsa(3, 1, 1, audit.Accepted))),
		example("no such record", audit.NotApplicable, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted))),
		example("not sent at another version", audit.Fail, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted)), leafAlone),
		example("not compared", audit.Unknown, nil, mail, dane(tlsa(2, 0, 1, audit.Undetermined))),
		example("not looked up", audit.Unknown, nil, mail),
	},
}

// anchorSent says whether chain i holds the certificate of a record of usage 2.
func anchorSent(d *audit.DANE, chains []audit.Chain, i int) audit.Outcome {
	answer, open, chain := audit.NotAsked, "", &chains[i]
	for k := range d.Records {
		r := &d.Records[k]
		switch m := r.MatchOf(chains, i); {
		case m == nil:
		case m.Answer == audit.Accepted:
			return met(r.String(), "%s comes with what TLSA record %s is about", chainLabel(chain), r)
		case m.Answer != audit.Refused:
			open = m.Reason
			answer = audit.Undetermined
		case r.Usage == audit.UsageDANETA && answer == audit.NotAsked:
			answer = audit.Refused
		}
	}
	if answer == audit.Refused {
		return violated(tlsaText(d), "%s comes without the certificate that a TLSA record of usage 2 is about", chainLabel(chain))
	}
	return undecided(tlsaText(d), "%s could not be compared with the TLSA records: %s", chainLabel(chain), open)
}
