package maildomain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"tlsaudit/audit"
)

// atOnce is how many domains are looked up at the same time.
const atOnce = 16

// Expansion is what became of the mail domains of a list of targets.
type Expansion struct {
	// Domains are the observations of the domains themselves, by subject.
	Domains map[string]*audit.Observation
	// Hosts are the endpoints that take their mail, in order of subject.
	Hosts []audit.Target
	// Gaps say which hosts there may be that are not among Hosts, one line each.
	Gaps []string

	facts map[string]*audit.MailDomain // by domain
}

// Expand looks up mail domains and lists their hosts, each address of each once.
func (l *Looker) Expand(ctx context.Context, domains []audit.Target) *Expansion {
	e := &Expansion{Domains: map[string]*audit.Observation{}, facts: map[string]*audit.MailDomain{}}
	found := make([]*audit.Observation, len(domains))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range domains {
		group.Go(func() error {
			found[i] = l.observe(ctx, domains[i])
			return nil
		})
	}
	_ = group.Wait() // none returns one
	hosts := map[string]*audit.Target{}
	for _, o := range found {
		e.Domains[o.Target.Subject()] = o
		if o.MailDomain == nil {
			e.Gaps = append(e.Gaps, fmt.Sprintf("the mail hosts of %s are not known: %s", o.Target.Host, o.Reason))
			continue
		}
		e.facts[o.Target.Host] = o.MailDomain
		e.add(hosts, o)
	}
	for _, subject := range slices.Sorted(maps.Keys(hosts)) {
		t := hosts[subject]
		if t.Labels["domain"] == "" {
			t.Labels = maps.Clone(t.Labels)
			if t.Labels == nil {
				t.Labels = map[string]string{}
			}
			t.Labels["domain"] = strings.Join(t.Domains, ",")
		}
		e.Hosts = append(e.Hosts, *t)
	}
	return e
}

// observe makes an observation of what is known about one domain.
func (l *Looker) observe(ctx context.Context, t audit.Target) (o *audit.Observation) {
	o = &audit.Observation{
		Target: t, Reach: audit.ReachUnknown, Started: l.opt.Now().UTC(),
		Posture: audit.Posture{Versions: []audit.VersionFact{}, Groups: []audit.GroupFact{}, Chains: []audit.Chain{}},
	}
	defer func() {
		if p := recover(); p != nil {
			o.Reach, o.Reason, o.MailDomain = audit.ReachUnknown, fmt.Sprintf("internal error: %v", p), nil
		}
		o.Finished = l.opt.Now().UTC()
	}()
	d := l.Domain(ctx, t.Host)
	o.MailDomain, o.Notes = d, d.Faults
	switch {
	case ctx.Err() != nil:
		o.Reason, o.Interrupted = "interrupted", true
	case !d.MX.Answered():
		o.Reason = fmt.Sprintf("the MX records could not be looked up (%s): %s", d.MX.Outcome, d.MX.Reason)
	case d.MX.Outcome == audit.LookupNoName:
		o.Reason = "the domain does not exist"
	case d.MX.Outcome == audit.LookupNoData && !d.Implicit:
		o.Reason = "the domain has neither MX records nor an address"
	default:
		o.Reach = audit.ReachDNS
	}
	return o
}

// add adds the hosts of a domain to those of others.
func (e *Expansion) add(hosts map[string]*audit.Target, o *audit.Observation) {
	d := o.MailDomain
	gap := func(format string, args ...any) { e.Gaps = append(e.Gaps, d.Domain+": "+fmt.Sprintf(format, args...)) }
	if o.Reach != audit.ReachDNS {
		gap("its mail hosts are not known: %s", o.Reason)
	}
	if d.Clipped {
		gap("there are more than %d MX records; the rest is left out", len(d.Hosts))
	}
	for i := range d.Hosts {
		x := &d.Hosts[i]
		if unfit(x.Host) != "" && !d.Implicit {
			continue // no sender delivers there; the facts say so
		}
		for _, look := range []*audit.Lookup{&x.IPv4, &x.IPv6} {
			if !look.Answered() && len(x.Addresses) > 0 {
				gap("not every address of the MX %s is known: %s (%s): %s", quote(x.Host), look.Type, look.Outcome, look.Reason)
			}
		}
		list := x.Addresses
		if len(list) > maxAddresses {
			gap("the MX %s has %d addresses; %d are looked at", quote(x.Host), len(list), maxAddresses)
			list = list[:maxAddresses]
		}
		if len(list) <= 1 {
			list = []netip.Addr{{}} // the scan resolves it, or says why it cannot
		}
		for _, ip := range list {
			t := o.Target
			t.Protocol, t.Host, t.IP, t.SNI, t.Domains = "smtp", x.Host, ip, "", nil
			subject := t.Subject()
			h := hosts[subject]
			if h == nil {
				h = &t
				hosts[subject] = h
			}
			if k, known := slices.BinarySearch(h.Domains, d.Domain); !known {
				h.Domains = slices.Insert(h.Domains, k, d.Domain)
			}
		}
	}
}

// policies say what the MTA-STS policies of its domains make of a host.
func (e *Expansion) policies(t *audit.Target) (list []audit.HostPolicy) {
	for _, domain := range t.Domains {
		d := e.facts[domain]
		if d == nil || d.MTASTS == nil {
			continue
		}
		p := audit.HostPolicy{Domain: domain}
		switch s := d.MTASTS; {
		case len(s.Records) == 0 && s.Record.Answered():
			p.Reason = "the domain announces no policy"
		case len(s.Records) == 0:
			p.Allowed, p.Reason = audit.Undetermined, "the record was not looked up: "+s.Record.Reason
		case s.Policy == nil:
			p.Allowed, p.Reason = audit.Undetermined, cmp.Or(s.Fetch.Reason, "no policy was fetched")
		case len(s.Policy.Faults) > 0 || s.RecordFault != "":
			p.Reason = "the policy is not valid: " + cmp.Or(s.RecordFault, strings.Join(s.Policy.Faults, "; "))
		default:
			p.Mode, p.Allowed = s.Policy.Mode, audit.Refused
			if s.Policy.Matches(t.Host) {
				p.Allowed = audit.Accepted
			} else if p.Mode == "none" {
				p.Allowed = audit.NotAsked
			}
		}
		list = append(list, p)
	}
	return list
}
