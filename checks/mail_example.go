package checks

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// found is a look-up that found records, signed.
func found(kind, name string) audit.Lookup {
	return audit.Lookup{Name: name, Type: kind, Outcome: audit.LookupFound, Secure: audit.Accepted}
}

// dane gives the mail host signed TLSA records.
func dane(list ...audit.TLSARecord) change {
	return func(o *audit.Observation) {
		d := &audit.DANE{Address: found("A", "mx.example.com"), TLSA: found("TLSA", "_25._tcp.mx.example.com"), Base: "mx.example.com"}
		for i, r := range list {
			r.Data = strings.Repeat(fmt.Sprintf("%02x", i+1), r.Size)
			for k := range r.Matches {
				r.Matches[k].Leaf = wellKeptChain().Certificates[0].SHA256
			}
			d.Records = append(d.Records, r)
		}
		o.MailHost = &audit.MailHost{DANE: d}
	}
}

// tlsa is a record, and how the chain compares with it.
func tlsa(usage, selector, matching uint8, answer audit.Answer) audit.TLSARecord {
	r := audit.TLSARecord{Usage: usage, Selector: selector, Matching: matching, Size: 32}
	if usage < audit.UsageDANETA {
		r.Unusable = "usages 0 and 1 mean nothing for mail"
		return r
	}
	if answer == audit.NotAsked {
		return r
	}
	m := audit.TLSAMatch{Answer: answer}
	if usage == audit.UsageDANETA && answer == audit.Accepted {
		m.Position, m.Name = 1, audit.Accepted
	}
	r.Matches = []audit.TLSAMatch{m}
	return r
}

// leafAlone adds a chain of the leaf alone, which a record of usage 2 does not
// cover.
func leafAlone(o *audit.Observation) {
	short := o.Chains[0]
	short.Certificates = short.Certificates[:1]
	o.Chains = append(o.Chains, short)
	match := &o.MailHost.DANE.Records[0].Matches
	*match = append(*match, audit.TLSAMatch{Leaf: short.Certificates[0].SHA256, Answer: audit.Refused})
}

// mailDomain turns the observation into one of a well-kept mail domain.
func mailDomain(o *audit.Observation) {
	d := &audit.MailDomain{
		Domain: "example.com", MX: found("MX", "example.com"),
		Hosts: []audit.MailExchanger{{Host: "mx.example.com", Preference: 10, IPv4: found("A", "mx.example.com"), IPv6: found("AAAA", "mx.example.com")}},
		MTASTS: &audit.MTASTS{
			Record: found("TXT", "_mta-sts.example.com"), Records: []string{"v=STSv1; id=20261101"}, ID: "20261101",
			Fetch:  &audit.PolicyFetch{URL: "https://mta-sts.example.com/.well-known/mta-sts.txt", Lookup: found("A", "mta-sts.example.com"), Answer: audit.Accepted, Status: 200, MediaType: "text/plain; charset=utf-8"},
			Policy: &audit.STSPolicy{Version: "STSv1", Mode: "enforce", MaxAge: 604800, MX: []string{"*.example.com"}},
		},
		TLSRPT: &audit.TLSRPT{Record: found("TXT", "_smtp._tls.example.com"), Records: []string{"v=TLSRPTv1; rua=mailto:tls@example.com"}, RUA: []string{"mailto:tls@example.com"}},
	}
	chain := wellKeptChain()
	chain.Names = audit.NameMatch{Reference: "mta-sts.example.com", SAN: audit.Accepted, CN: audit.Refused}
	d.MTASTS.Fetch.Chain = &chain
	*o = audit.Observation{Target: audit.Target{Protocol: audit.ProtocolMX, Host: "example.com", Port: 25}, Reach: audit.ReachDNS, MailDomain: d}
}

// domain changes the facts about a mail domain.
func domain(edit func(*audit.MailDomain)) change {
	return func(o *audit.Observation) { edit(o.MailDomain) }
}

// noMail makes the domain one that takes none.
func noMail(o *audit.Observation) { o.MailDomain.NullMX, o.MailDomain.Hosts = true, nil }

// timedOut is a look-up nobody answered.
func timedOut(l *audit.Lookup) {
	l.Outcome, l.Secure, l.Reason = audit.LookupTimeout, audit.Undetermined, "127.0.0.1:53 does not answer within 2s"
}

// ledHere makes the mail host one that a mail domain led to.
func ledHere(o *audit.Observation) { o.Target.Domains = []string{"example.com"} }
