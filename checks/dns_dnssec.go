package checks

import "tlsaudit/audit"

var dnsDNSSEC = &audit.Check{
	ID:    "dns.dnssec",
	Title: "The records that lead mail to its hosts are signed (DNSSEC)",
	Doc: "MX records that are not signed can be forged, and lead mail to a host of the forger's choice, whose certificate is beyond reproach. TLSA records that are not signed are not looked at. DANE needs " +
		"both: a signed way to the host, and signed records about it.",
	Detect: "Of a mail domain (mx:DOMAIN) the MX records, of a mail host its addresses and TLSA records, have to be vouched for by a validating resolver; so has their absence. Violated if they are not signed, or " +
		"bogus; unknown if a look-up failed or no resolver is known to validate.",
	Severity:  audit.High,
	Refs:      []string{"RFC 7672 sections 2.1 and 2.2", "RFC 4033 section 5"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		if !r.bool("mx_and_tlsa", true) {
			r.fail("parameter \"mx_and_tlsa\": false is not supported: DANE needs both")
		}
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"mx_and_tlsa": "true only: MX records, addresses and TLSA records count (default true)"},
	Run: func(c *audit.Case) []audit.Outcome {
		if c.Target.IsDomain() {
			if c.Observation.MailDomain == nil {
				return []audit.Outcome{undecided("", "the domain was not looked up: %s", c.Observation.Reason)}
			}
			return []audit.Outcome{signed(&c.Observation.MailDomain.MX)}
		}
		d, out := ofTLSA(c)
		if d == nil {
			return out
		}
		return []audit.Outcome{signed(&d.Address), signed(&d.TLSA)}
	},
	Want: otherWant("Sign the zone (with BIND: dnssec-policy default; with Knot: dnssec-signing: on), have the parent publish the DS record, and see with delv that it validates."),
	Examples: []audit.Example{
		example("MX records not signed", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MX.Secure = audit.Refused })),
		example("TLSA records not signed", audit.Fail, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.TLSA.Secure = audit.Refused }),
		example("bogus", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MX.Outcome, d.MX.Secure, d.MX.Reason = audit.LookupBogus, audit.Refused, "127.0.0.1:53 finds the signatures to be wrong"
		})),
		example("domain signed", audit.Pass, map[string]any{"mx_and_tlsa": true}, mailDomain),
		example("host signed", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted))),
		example("no resolver that validates", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MX.Secure = audit.Undetermined })),
		example("look-up timed out", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) { timedOut(&d.MX) })),
		example("not looked up", audit.Unknown, nil, mail),
	},
}

// signed says whether an answer is vouched for.
func signed(l *audit.Lookup) audit.Outcome {
	switch {
	case l.Outcome == audit.LookupBogus:
		return violated(asked(l), "the %s records of %s are bogus: %s", l.Type, l.Name, l.Reason)
	case !l.Answered():
		return undecided(asked(l), "%s", lookupGap(l))
	case l.Secure == audit.Accepted:
		return met(asked(l), "the %s records of %s are signed", l.Type, l.Name)
	case l.Secure == audit.Refused:
		return violated(asked(l), "the %s records of %s are not signed", l.Type, l.Name)
	}
	return undecided(asked(l), "whether the %s records of %s are signed was not found out: %s", l.Type, l.Name, notValidated)
}
