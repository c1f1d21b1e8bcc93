package checks

import (
	"strings"

	"tlsaudit/audit"
)

var smtpMTASTSMXMatch = &audit.Check{
	ID:    "smtp.mtasts.mx_match",
	Title: "The MTA-STS policy allows every MX host of the domain",
	Doc:   "A sender that keeps to the policy does not deliver to an MX host which the policy does not name. In mode enforce mail is lost that way, most often after a host was added or renamed.",
	Detect: "Every MX host is compared with the mx lines of the policy: as a whole, or, where a line begins with \"*.\", with exactly one label in its place. Unknown if the policy or the MX records could " +
		"not be had; does not apply without a policy, or with mode none.",
	Severity:  audit.High,
	Refs:      []string{"RFC 8461 section 4.1"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("wildcard", "", "left-most label only")
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"wildcard": "what * stands for: always the left-most label only"},
	Run: func(c *audit.Case) []audit.Outcome {
		s, out := announced(c)
		if s == nil {
			return conditional(s, out)
		}
		p, out := policyOf(s)
		switch {
		case p == nil && out[0].Kind == audit.Violated:
			return []audit.Outcome{moot("there is no valid policy")}
		case p == nil:
			return out
		case p.Mode == "none":
			return []audit.Outcome{moot("the mode of the policy is none")}
		}
		return allowed(c.Observation.MailDomain, p)
	},
	Want: otherWant("List every MX host in the policy, by name or as *.DOMAIN for hosts one label below it, before the MX record is published, and change the id of the TXT record."),
	Examples: []audit.Example{
		example("a host that is not listed", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.Hosts[0].Host = "mx.example.net" })),
		example("two labels for one asterisk", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.Hosts[0].Host = "a.mx.example.com" })),
		example("all listed", audit.Pass, map[string]any{"wildcard": "left-most label only"}, mailDomain),
		example("mode none", audit.NotApplicable, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Policy.Mode = "none" })),
		example("MX records not looked up", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) {
			timedOut(&d.MX)
			d.Hosts = nil
		})),
		example("policy not fetched", audit.Unknown, nil, mailDomain, domain(notFetched)),
	},
}

// allowed compares the hosts of a domain with its policy.
func allowed(d *audit.MailDomain, p *audit.STSPolicy) (out []audit.Outcome) {
	for i := range d.Hosts {
		if h := d.Hosts[i].Host; !p.Matches(h) {
			out = append(out, violated("mx: "+strings.Join(audit.ClipList(p.MX, 6), ", "), "the policy does not allow the MX host %s", h))
		}
	}
	switch {
	case !d.MX.Answered():
		out = append(out, undecided(asked(&d.MX), "%s", lookupGap(&d.MX)))
	case d.Clipped:
		out = append(out, undecided(asked(&d.MX), "there are more MX hosts than were kept"))
	case len(d.Hosts) == 0:
		out = append(out, undecided(asked(&d.MX), "the domain has no mail host"))
	case out == nil:
		out = append(out, met("mx: "+strings.Join(audit.ClipList(p.MX, 6), ", "), "the policy allows every MX host (%d)", len(d.Hosts)))
	}
	return out
}
