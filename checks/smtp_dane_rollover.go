package checks

import (
	"strconv"

	"tlsaudit/audit"
)

var smtpDANERollover = &audit.Check{
	ID:    "smtp.dane.rollover",
	Title: "TLSA records allow for a change of keys",
	Doc: "Records stay in caches for as long as their time to live says. A host whose only record is about the present key loses mail when the key changes; the record of the next key, " +
		"or of the authority that issues its certificates, has to stand beside it beforehand.",
	Detect:   "The usable TLSA records are counted by what they are about: two that match the same certificate count once. Does not apply without records.",
	Severity: audit.Medium, Refs: []string{"RFC 7671 section 8.1"}, Protocols: []string{"smtp"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.int("min_records", 2, 1, 16), r.done()
	},
	ParamsDoc: map[string]string{"min_records": "how many records about different keys there have to be, 1 to 16 (default 2)"},
	Run: func(c *audit.Case) []audit.Outcome {
		least := c.Params.(int)
		d, out := records(c)
		if d == nil {
			return out
		}
		about := map[string]bool{}
		compared := true
		for i := range d.Records {
			r := &d.Records[i]
			if r.Unusable != "" {
				continue
			}
			what := strconv.Itoa(int(r.Usage)) + " " + r.Data
			compared = compared && len(r.Matches) > 0
			for _, m := range r.Matches {
				switch m.Answer {
				case audit.Accepted:
					what = m.Leaf + " " + strconv.Itoa(m.Position)
				case audit.Refused:
				default:
					compared = false
				}
			}
			about[what] = true
		}
		switch n := len(about); {
		case n == 0:
			return []audit.Outcome{violated(tlsaText(d), "no TLSA record can be used by senders")}
		case n < least && d.Clipped:
			return []audit.Outcome{undecided(tlsaText(d), "there are more TLSA records than were kept")}
		case n < least:
			return []audit.Outcome{violated(tlsaText(d), "the TLSA records are about %d of the %d keys wanted: a change of the key loses mail", n, least)}
		case !compared:
			return []audit.Outcome{undecided(tlsaText(d), "the TLSA records could not be compared with the certificates, and may be about the same")}
		default:
			return []audit.Outcome{met(tlsaText(d), "the TLSA records are about %d keys", n)}
		}
	},
	Want: otherWant("Publish the TLSA record of the next key (or of the issuing authority, usage 2) beside the present one, at least two times their time to live before the key changes."),
	Examples: []audit.Example{
		example("one record", audit.Fail, map[string]any{"min_records": 2}, mail, dane(tlsa(3, 1, 1, audit.Accepted))),
		example("two records for one certificate", audit.Fail, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted), tlsa(3, 0, 1, audit.Accepted))),
		example("the next key beside the present one", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted), tlsa(3, 1, 1, audit.Refused))),
		example("the authority beside the key", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted), tlsa(2, 1, 1, audit.Accepted))),
		example("no record", audit.NotApplicable, nil, mail, dane(), func(o *audit.Observation) {
			o.MailHost.DANE.TLSA.Outcome, o.MailHost.DANE.Records = audit.LookupNoData, nil
		}),
		example("not compared", audit.Unknown, nil, mail, dane(tlsa(3, 1, 1, audit.Undetermined), tlsa(3, 0, 1, audit.Undetermined))),
		example("not looked up", audit.Unknown, nil, mail),
	},
}
