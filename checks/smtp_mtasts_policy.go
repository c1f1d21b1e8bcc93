package checks

import (
	"slices"
	"time"

	"tlsaudit/audit"
)

// stsPolicyParams is what is demanded of an MTA-STS policy.
type stsPolicyParams struct {
	modes  []string
	maxAge int
}

var smtpMTASTSPolicy = &audit.Check{
	ID:    "smtp.mtasts.policy",
	Title: "The announced MTA-STS policy is valid",
	Doc:   "A policy with a fault is none: senders deliver as if there were no policy, and the domain believes to be protected.",
	Detect: "Where a policy is announced it is fetched with one request and read: version, mode, max_age and mx lines as RFC 8461 has them. Unknown if no answer came; does not apply to domains that announce " +
		"none, which is the matter of smtp.mtasts.",
	Severity:  audit.High,
	Refs:      []string{"RFC 8461 section 3.2"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("url", "")
		r.word("mx", "")
		return &stsPolicyParams{modes: r.words("mode", "enforce", "testing", "none"), maxAge: r.int("max_age_max", 31557600, 1, 31557600)}, r.done()
	},
	ParamsDoc: map[string]string{
		"mode":        "the modes allowed: enforce, testing, none (default all)",
		"max_age_max": "the longest max_age in seconds (default 31557600, a year)",
		"url":         "where the policy is, for readers; it is always as RFC 8461 has it",
		"mx":          "how many mx lines there are, for readers; it is always as RFC 8461 has it",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		want := c.Params.(*stsPolicyParams)
		s, out := announced(c)
		if s == nil {
			return conditional(s, out)
		}
		p, out := policyOf(s)
		switch {
		case p == nil:
			return out
		case len(want.modes) > 0 && !slices.Contains(want.modes, p.Mode):
			return []audit.Outcome{violated(s.Fetch.URL, "the mode of the policy is %s", p.Mode)}
		case p.MaxAge > want.maxAge:
			return []audit.Outcome{violated(s.Fetch.URL, "max_age is %d seconds, more than %d", p.MaxAge, want.maxAge)}
		}
		return []audit.Outcome{met(s.Fetch.URL, "the policy is valid: mode %s, kept for %s, %d mx", p.Mode, time.Duration(p.MaxAge)*time.Second, len(p.MX))}
	},
	Want: otherWant("Serve a file of the lines version: STSv1, mode: enforce (or testing), mx: for each MX host, and max_age: 604800, and change the id of the TXT record whenever it changes."),
	Examples: []audit.Example{
		example("a fault in the file", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Policy.Faults = []string{"max_age is missing"} })),
		example("not found", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS.Policy, d.MTASTS.Fetch.Answer, d.MTASTS.Fetch.Status, d.MTASTS.Fetch.Reason = nil, audit.Refused, 404, "the answer is status 404"
		})),
		example("a mode that is not wanted", audit.Fail, map[string]any{"mode": []any{"enforce"}}, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Policy.Mode = "none" })),
		example("valid", audit.Pass, nil, mailDomain),
		example("none announced", audit.NotApplicable, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS = &audit.MTASTS{Record: audit.Lookup{Name: "_mta-sts.example.com", Type: "TXT", Outcome: audit.LookupNoData}}
		})),
		example("no answer", audit.Unknown, nil, mailDomain, domain(notFetched)),
	},
}
