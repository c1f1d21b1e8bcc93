package checks

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// daneParams is what is demanded of the TLSA records of a mail host.
type daneParams struct {
	usages []uint8
	// recommended is a record's three numbers; matching a list of types.
	recommended string
	matching    []uint8
	// published: it is enough that records which senders use are there.
	published bool
}

// The names profiles have for usages and matching types; the numbers serve too.
var (
	daneUsages   = map[string]uint8{"DANE-TA(2)": 2, "DANE-EE(3)": 3, "2": 2, "3": 3}
	daneMatching = map[string]uint8{"Full(0)": 0, "SHA2-256": 1, "SHA2-512": 2, "0": 0, "1": 1, "2": 2}
)

var smtpDANE = &audit.Check{
	ID:    "smtp.dane",
	Title: "TLSA records vouch for the certificate of the mail host (DANE)",
	Doc: "TLS between mail servers protects against nobody on the path who takes STARTTLS out of the dialogue, unless the sender knows beforehand that the host speaks TLS and what its certificate is. " +
		"Signed TLSA records tell it; wrong ones stop mail from every sender that looks.",
	Detect: "The TLSA records at _PORT._tcp.HOST are looked up with a validating resolver and compared with every chain presented. Violated: no records, records or addresses that are not signed or are bogus, " +
		"no record senders can use, or a chain that matches none (for usage 2 signatures, name and validity count as well, for usage 3 nothing else does). Unknown: records not looked up, a look-up that failed, " +
		"no resolver known to validate, or chains not read. `recommended` and `matching` warn.",
	Severity:  audit.High,
	Refs:      []string{"RFC 7672 sections 2 and 3", "RFC 7671", "RFC 6698 section 2.1"},
	Protocols: []string{"smtp"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &daneParams{usages: r.numbers("usages", daneUsages), matching: r.numbers("matching", daneMatching), published: r.bool("published", false)}
		p.recommended = r.word("recommended", "")
		if !r.bool("valid", true) {
			r.fail("parameter \"valid\": false is not supported; \"published: true\" asks for records only")
		}
		if len(p.usages) == 0 {
			p.usages = []uint8{audit.UsageDANETA, audit.UsageDANEEE}
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"usages":      "the usages that count: 2 (DANE-TA), 3 (DANE-EE) (default both)",
		"recommended": "the three numbers one record should have, such as \"3 1 1\"; another is a warning",
		"matching":    "the matching types one record should have, such as SHA2-256; another is a warning",
		"valid":       "true only: the records must vouch for the certificate (default true)",
		"published":   "true: that records are published which senders use is enough, whether they match or not (default false)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*daneParams)
		d, out := ofTLSA(c)
		if d == nil {
			return out
		}
		if out := p.usable(d); out != nil {
			return out
		}
		if !p.published {
			out = p.chains(c, d)
		}
		return append(out, p.advice(d)...)
	},
	Turns: presentedTurns,
	Want:  otherWant("Sign the zone of the host (DNSSEC), publish the TLSA record of its key at _25._tcp.HOST as \"3 1 1\" with the SHA-256 of the public key, and before a key changes the record of the next one beside it."),
	Examples: []audit.Example{
		example("a record for the key", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted))),
		example("a record for the trust anchor", audit.Pass, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted))),
		example("another record beside the right one", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Refused), tlsa(3, 1, 1, audit.Accepted))),
		example("no record for the certificate", audit.Fail, nil, mail, dane(tlsa(3, 1, 1, audit.Refused))),
		example("trust anchor right, name wrong", audit.Fail, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.Records[0].Matches[0].Name = audit.Refused }),
		example("trust anchor right, certificate expired", audit.Fail, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted)), withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("trust anchor not sent at another version", audit.Fail, nil, mail, dane(tlsa(2, 0, 1, audit.Accepted)), leafAlone),
		example("key right, certificate expired", audit.Pass, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("usages for the web", audit.Fail, nil, mail, dane(tlsa(1, 1, 1, audit.NotAsked))),
		example("no record", audit.Fail, nil, mail, dane(), func(o *audit.Observation) {
			o.MailHost.DANE.TLSA.Outcome, o.MailHost.DANE.Records = audit.LookupNoName, nil
		}),
		example("zone not signed", audit.Fail, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.TLSA.Secure = audit.Refused }),
		example("address not signed", audit.Fail, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.Address.Secure = audit.Refused }),
		example("bogus", audit.Fail, nil, mail, dane(), func(o *audit.Observation) {
			o.MailHost.DANE.TLSA = audit.Lookup{Name: "_25._tcp.mx.example.com", Type: "TLSA", Outcome: audit.LookupBogus, Secure: audit.Refused, Reason: "the signature is expired"}
		}),
		at(audit.Should, example("not as recommended", audit.Warn, map[string]any{"recommended": "3 1 1"}, mail, dane(tlsa(2, 0, 1, audit.Accepted)))),
		example("published is enough", audit.Pass, map[string]any{"published": true}, mail, dane(tlsa(3, 1, 1, audit.Refused))),
		example("look-up timed out", audit.Unknown, nil, mail, dane(), func(o *audit.Observation) {
			o.MailHost.DANE.TLSA.Outcome, o.MailHost.DANE.TLSA.Secure = audit.LookupTimeout, audit.Undetermined
		}),
		example("no resolver that validates", audit.Unknown, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), func(o *audit.Observation) { o.MailHost.DANE.TLSA.Secure = audit.Undetermined }),
		example("another certificate not read", audit.Unknown, nil, mail, dane(tlsa(3, 1, 1, audit.Accepted)), unread),
		example("unreachable", audit.Unknown, nil, mail, unreachable, dane(tlsa(3, 1, 1, audit.NotAsked))),
		example("not looked up", audit.Unknown, nil, mail),
	},
}

// numbers returns a list given as numbers or by names, each once.
func (r *reader) numbers(key string, names map[string]uint8) (list []uint8) {
	for _, item := range r.list(key) {
		n, ok := names[fmt.Sprint(item)]
		if !ok {
			r.fail("parameter %q: %v is not one of the numbers or names known", key, item)
			return nil
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// usable says why senders do not use the records, or returns nothing.
func (p *daneParams) usable(d *audit.DANE) []audit.Outcome {
	evidence := asked(&d.Address) + "; " + asked(&d.TLSA)
	for _, l := range []*audit.Lookup{&d.Address, &d.TLSA} {
		switch {
		case l.Outcome == audit.LookupBogus:
			return []audit.Outcome{violated(evidence, "the %s records of %s are bogus, and senders that validate deliver nothing: %s", l.Type, l.Name, l.Reason)}
		case l == &d.TLSA && l.Absent():
			return []audit.Outcome{violated(evidence, "no TLSA record is published at %s", l.Name)}
		case l.Outcome != audit.LookupFound:
			return []audit.Outcome{undecided(evidence, "%s", lookupGap(l))}
		}
	}
	for _, l := range []*audit.Lookup{&d.Address, &d.TLSA} {
		switch l.Secure {
		case audit.Refused:
			return []audit.Outcome{violated(evidence, "the %s records of %s are not signed (DNSSEC), so that senders look at no TLSA record", l.Type, l.Name)}
		case audit.Accepted:
		default:
			return []audit.Outcome{undecided(evidence, "whether the %s records of %s are signed was not found out: %s", l.Type, l.Name, notValidated)}
		}
	}
	if !slices.ContainsFunc(d.Records, p.counts) {
		if d.Clipped {
			return []audit.Outcome{undecided(evidence, "there are more TLSA records than were kept, and none of those can be used")}
		}
		return []audit.Outcome{violated(tlsaText(d), "none of the %d TLSA records can be used by senders", len(d.Records))}
	}
	return nil
}

// counts reports whether a record is one of those demanded.
func (p *daneParams) counts(r audit.TLSARecord) bool {
	return r.Unusable == "" && slices.Contains(p.usages, r.Usage)
}

// chains compares the records that count with every chain presented.
func (p *daneParams) chains(c *audit.Case, d *audit.DANE) (out []audit.Outcome) {
	counting := *d
	counting.Records = slices.DeleteFunc(slices.Clone(d.Records), func(r audit.TLSARecord) bool { return !p.counts(r) })
	for i := range c.Observation.Chains {
		chain := &c.Observation.Chains[i]
		answer, by := counting.Covers(c.Observation.Chains, i)
		switch {
		case answer == audit.Accepted && by.Usage == audit.UsageDANETA && outside(c, chain) != nil:
			out = append(out, *outside(c, chain))
		case answer == audit.Accepted:
			out = append(out, met(by.String(), "%s is the one of TLSA record %s", chainLabel(chain), by))
		case answer == audit.Refused && d.Clipped:
			out = append(out, undecided(tlsaText(d), "%s matches none of the TLSA records that were kept; there are more", chainLabel(chain)))
		case answer == audit.Refused:
			out = append(out, violated(tlsaText(d), "%s matches no TLSA record: senders that use DANE do not deliver", chainLabel(chain)))
		default:
			out = append(out, undecided(tlsaText(d), "%s could not be compared with the TLSA records", chainLabel(chain)))
		}
	}
	if gap := c.Observation.Lacks(audit.NeedChains); gap != "" {
		out = append(out, undecided(tlsaText(d), "%s", gap))
	}
	return out
}

// outside objects to a leaf that is not valid at the time of judgement, which
// counts with usage 2, or whose validity is not known.
func outside(c *audit.Case, chain *audit.Chain) *audit.Outcome {
	leaf := &chain.Certificates[0]
	var o audit.Outcome
	switch {
	case leaf.NotBefore.IsZero() || leaf.NotAfter.IsZero():
		o = undecided(leaf.SHA256, "%s: the validity could not be read, which counts with a TLSA record of usage 2", chainLabel(chain))
	case c.Now.Before(leaf.NotBefore) || c.Now.After(leaf.NotAfter):
		o = violated(leaf.SHA256, "%s is not within its validity, which counts with a TLSA record of usage 2", chainLabel(chain))
	default:
		return nil
	}
	return &o
}

// advice is about what is recommended.
func (p *daneParams) advice(d *audit.DANE) (out []audit.Outcome) {
	has := func(ok func(r *audit.TLSARecord) bool) bool {
		return slices.ContainsFunc(d.Records, func(r audit.TLSARecord) bool { return p.counts(r) && ok(&r) })
	}
	if p.recommended != "" && !has(func(r *audit.TLSARecord) bool { return strings.HasPrefix(r.String(), p.recommended+" ") }) {
		out = append(out, advice(tlsaText(d), "no TLSA record is %s, as is recommended", p.recommended))
	}
	if len(p.matching) > 0 && !has(func(r *audit.TLSARecord) bool { return slices.Contains(p.matching, r.Matching) }) {
		out = append(out, advice(tlsaText(d), "no TLSA record has a matching type that every sender knows"))
	}
	return out
}

// tlsaText lists records as evidence.
func tlsaText(d *audit.DANE) string {
	var list []string
	for i := range d.Records {
		list = append(list, d.Records[i].String())
	}
	return "TLSA " + strings.Join(audit.ClipList(list, 6), ", ")
}
