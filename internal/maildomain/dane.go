package maildomain

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq"
	"tlsaudit/internal/pki"
)

// dane looks up what TLSA records demand of a mail host, and where they are (RFC
// 7672 section 2.2.3, RFC 7671 section 7).
func (l *Looker) dane(ctx context.Context, host string, port uint16) (*audit.DANE, []pki.Association) {
	four, _ := l.opt.Resolver.A(ctx, host)
	six, _ := l.opt.Resolver.AAAA(ctx, host)
	d := &audit.DANE{Address: lessSecure(four, six)}
	bases := []string{host}
	if end := d.Address.End(); end != host {
		if d.Address.Secure == audit.Accepted {
			bases = []string{end, host}
		} else if alias := l.opt.Resolver.Alias(ctx, host); alias.Secure == audit.Accepted {
			// The alias is signed, though not what it leads to: the records of
			// the first name count (RFC 7672 section 2.2.2).
			d.Address.Secure = audit.Accepted
		}
	}
	var list []dnsq.TLSA
	for _, base := range bases {
		d.Base = base
		d.TLSA, list, d.Clipped = l.opt.Resolver.TLSA(ctx, fmt.Sprintf("_%d._tcp.%s", port, base))
		if !d.TLSA.Absent() {
			break
		}
	}
	d.Clipped = d.Clipped || len(list) > maxTLSA
	var associations []pki.Association
	for _, t := range list[:min(len(list), maxTLSA)] {
		a := pki.Association(t)
		text := hex.EncodeToString(t.Data)
		d.Records = append(d.Records, audit.TLSARecord{
			Usage: t.Usage, Selector: t.Selector, Matching: t.Matching,
			Data: text[:min(len(text), 128)], Size: len(t.Data), Unusable: a.Unusable(),
		})
		associations = append(associations, a)
	}
	return d, associations
}

// lessSecure is the one of two look-ups of a host's addresses that can be
// believed less; of equal ones, the one that found something.
func lessSecure(four, six audit.Lookup) audit.Lookup {
	rank := func(l audit.Lookup) int {
		return slices.Index([]audit.Answer{audit.Undetermined, audit.Refused, audit.Accepted}, l.Secure)
	}
	if c := cmp.Compare(rank(four), rank(six)); c != 0 {
		if c < 0 {
			return four
		}
		return six
	}
	if four.Outcome != audit.LookupFound {
		return six
	}
	return four
}

// Attach adds to the scan of a mail host what the DNS says about it: the TLSA
// records, compared with the chains seen, and what the policies of its domains
// make of the host.
func (l *Looker) Attach(ctx context.Context, o *audit.Observation, e *Expansion) {
	t := &o.Target
	if t.Protocol != "smtp" || len(t.Domains) == 0 && !l.opt.AskAll {
		return
	}
	m := &audit.MailHost{}
	if e != nil {
		m.Policies = e.policies(t)
	}
	if _, err := netip.ParseAddr(t.Host); err != nil && ctx.Err() == nil {
		m.DANE = l.compare(ctx, o, e)
	}
	o.MailHost = m
}

// compare holds the TLSA records of an endpoint against its chains.
func (l *Looker) compare(ctx context.Context, o *audit.Observation, e *Expansion) *audit.DANE {
	t := &o.Target
	d, associations := l.dane(ctx, t.Host, t.Port)
	names := []string{d.Base, t.Host}
	if e != nil {
		for _, domain := range t.Domains {
			// The domain's own name counts where its MX records are signed (RFC
			// 7672 section 3.2.2).
			if f := e.facts[domain]; f != nil && f.MX.Secure == audit.Accepted {
				names = append(names, domain)
			}
		}
	}
	for i := range d.Records {
		if d.Records[i].Unusable != "" {
			continue
		}
		for k := range o.Chains {
			d.Records[i].Matches = append(d.Records[i].Matches, pki.MatchTLSA(&associations[i], &o.Chains[k], names, l.opt.Now()))
		}
	}
	return d
}
