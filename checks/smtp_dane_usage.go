package checks

import (
	"slices"

	"tlsaudit/audit"
)

var smtpDANEUsage = &audit.Check{
	ID:    "smtp.dane.usage",
	Title: "No TLSA record has a usage that means nothing for mail",
	Doc: "The usages 0 and 1 ask for a certificate of a public authority, about which mail servers have never agreed. Senders skip such records, or make of them what they like: " +
		"who publishes them believes to be protected.",
	Detect:    "Every TLSA record of the host is looked at, signed or not. Unknown if they were not looked up.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 7672 section 3.1.3"},
	Protocols: []string{"smtp"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		list := r.numbers("forbid", map[string]uint8{"0": 0, "1": 1, "PKIX-TA(0)": 0, "PKIX-EE(1)": 1, "2": 2, "3": 3})
		if len(list) == 0 {
			list = []uint8{audit.UsagePKIXTA, audit.UsagePKIXEE}
		}
		return list, r.done()
	},
	ParamsDoc: map[string]string{"forbid": "the usages that must not be there (default 0 and 1)"},
	Forbids:   always,
	Run: func(c *audit.Case) []audit.Outcome {
		forbidden := c.Params.([]uint8)
		d, out := records(c)
		if d == nil {
			return out
		}
		for i := range d.Records {
			r := &d.Records[i]
			if slices.Contains(forbidden, r.Usage) {
				out = append(out, violated(r.String(), "TLSA record %s has usage %d", r, r.Usage))
			}
		}
		switch {
		case out != nil:
			return out
		case d.Clipped:
			return []audit.Outcome{undecided(tlsaText(d), "there are more TLSA records than were kept")}
		}
		return []audit.Outcome{met(tlsaText(d), "no TLSA record has such a usage")}
	},
	Want: otherWant("Publish TLSA records with usage 3 (the host's own key) or 2 (the authority that issued its certificate) in place of those with usage 0 or 1."),
	Examples: []audit.Example{
		example("usage 1", audit.Fail, nil, mail, dane(tlsa(1, 1, 1, audit.NotAsked), tlsa(3, 1, 1, audit.Accepted))),
		at(audit.ShouldNot, example("usage 0", audit.Warn, map[string]any{"forbid": []any{0, 1}}, mail, dane(tlsa(0, 0, 1, audit.NotAsked)))),
		example("usage 3", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted))),
		example("more than were kept", audit.Unknown, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.Clipped = true }),
		example("not looked up", audit.Unknown, nil, mail),
	},
}
