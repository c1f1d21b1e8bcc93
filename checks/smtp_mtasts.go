package checks

import (
	"strings"

	"tlsaudit/audit"
)

var smtpMTASTS = &audit.Check{
	ID:    "smtp.mtasts",
	Title: "The mail domain announces an MTA-STS policy",
	Doc: "A domain that announces a policy tells senders to deliver only over TLS, to hosts it names, with certificates they can verify. Without one, whoever is on the path can take the mail in plain text " +
		"by hiding STARTTLS.",
	Detect: "The TXT records at _mta-sts.DOMAIN are looked up: exactly one has to begin with v=STSv1 and have an id. With `mode`, the policy is fetched and has to be valid and of that mode. " +
		"Decided about mail domains (mx:DOMAIN); a failed look-up or request is unknown.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 8461 section 3.1"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("txt", "")
		return r.word("mode", "", "enforce", "testing"), r.done()
	},
	ParamsDoc: map[string]string{
		"mode": "the mode the policy must have: enforce, or testing, with which enforce is as good (default: any)",
		"txt":  "the form of the record, for readers; it is always that of RFC 8461",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		mode := c.Params.(string)
		s, out := announced(c)
		if s == nil {
			return out
		}
		if mode == "" {
			return []audit.Outcome{met(s.Records[0], "a policy is announced, id %s", s.ID)}
		}
		p, out := policyOf(s)
		switch {
		case p == nil:
			return out
		case p.Mode != mode && p.Mode != "enforce":
			return []audit.Outcome{violated("mode: "+p.Mode, "the mode of the policy is %s, not %s", p.Mode, mode)}
		}
		return []audit.Outcome{met("mode: "+p.Mode, "a policy is announced, and its mode is %s", p.Mode)}
	},
	Want: otherWant("Publish TXT \"v=STSv1; id=20260101\" at _mta-sts.DOMAIN, and the policy at https://mta-sts.DOMAIN/.well-known/mta-sts.txt: mode testing first, enforce once the reports (TLS-RPT) are clean."),
	Examples: []audit.Example{
		example("no record", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS = &audit.MTASTS{Record: audit.Lookup{Name: "_mta-sts.example.com", Type: "TXT", Outcome: audit.LookupNoName}}
		})),
		example("record without id", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS.Records, d.MTASTS.ID, d.MTASTS.RecordFault = []string{"v=STSv1;"}, "", "the id is missing"
		})),
		example("testing only", audit.Fail, map[string]any{"mode": "enforce"}, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Policy.Mode = "testing" })),
		example("enforced", audit.Pass, map[string]any{"mode": "enforce"}, mailDomain),
		example("announced", audit.Pass, nil, mailDomain),
		example("look-up timed out", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS = &audit.MTASTS{}
			timedOut(&d.MTASTS.Record)
		})),
		example("policy not fetched", audit.Unknown, map[string]any{"mode": "enforce"}, mailDomain, domain(notFetched)),
		example("no mail taken", audit.NotApplicable, nil, mailDomain, noMail),
		example("a host that a domain led to", audit.NotApplicable, nil, mail, ledHere),
		example("a host, and no domain known", audit.Unknown, nil, mail),
	},
}

// notFetched makes the request for the policy one that nobody answered.
func notFetched(d *audit.MailDomain) {
	d.MTASTS.Policy = nil
	f := d.MTASTS.Fetch
	f.Answer, f.Status, f.MediaType, f.Chain, f.Reason = audit.Undetermined, 0, "", nil, "no answer in time"
}

// announced returns what the domain publishes, if it has one valid record.
func announced(c *audit.Case) (*audit.MTASTS, []audit.Outcome) {
	d, out := ofDomain(c)
	if d == nil {
		return nil, out
	}
	s := d.MTASTS
	switch {
	case s == nil:
		return nil, []audit.Outcome{undecided("", "the record of MTA-STS was not looked up")}
	case !s.Record.Answered():
		return nil, []audit.Outcome{undecided(asked(&s.Record), "%s", lookupGap(&s.Record))}
	case s.RecordFault != "":
		return nil, []audit.Outcome{violated(strings.Join(s.Records, " | "), "the record of MTA-STS counts for nothing: %s", s.RecordFault)}
	case len(s.Records) != 1:
		return nil, []audit.Outcome{violated(asked(&s.Record), "no MTA-STS policy is announced")}
	}
	return s, nil
}

// policyOf returns the policy, if it is valid.
func policyOf(s *audit.MTASTS) (*audit.STSPolicy, []audit.Outcome) {
	switch f := s.Fetch; {
	case f == nil:
		return nil, []audit.Outcome{undecided("", "the policy was not fetched")}
	case f.Answer == audit.Refused:
		return nil, []audit.Outcome{violated(f.URL, "a policy is announced and not to be had: %s", f.Reason)}
	case f.Answer != audit.Accepted || s.Policy == nil:
		return nil, []audit.Outcome{undecided(f.URL, "the policy was not fetched: %s", f.Reason)}
	case len(s.Policy.Faults) > 0:
		return nil, []audit.Outcome{violated(f.URL, "the policy is not valid: %s", strings.Join(s.Policy.Faults, "; "))}
	}
	return s.Policy, nil
}

// conditional makes the lack of an announcement not applicable: the question is
// about the policy of domains that have one.
func conditional(s *audit.MTASTS, out []audit.Outcome) []audit.Outcome {
	if s == nil && len(out) == 1 && out[0].Kind == audit.Violated {
		return []audit.Outcome{moot("no valid MTA-STS policy is announced")}
	}
	return out
}
