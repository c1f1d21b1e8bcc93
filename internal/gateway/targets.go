package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
)

// Resolver answers what names of the table mean; a *net.Resolver is one.
type Resolver interface {
	// LookupMX returns the MX records of a domain.
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
	// LookupHost returns the addresses of a host.
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// Problem is a member of the table that did not become a target. Its row is not
// judged on the wire there, which must not be read as a pass.
type Problem struct {
	Row, RowSubject string
	// Member is the domain or network.
	Member, Reason string
	Place          audit.Place
}

// String describes the problem on one line.
func (p Problem) String() string {
	return fmt.Sprintf("%s: row %q: %s: %s", p.Place, clip(p.Row), clip(p.Member), p.Reason)
}

// AnyMember is the Member of a Problem about a row for any peer, which nothing
// can enumerate.
const AnyMember = "any"

const (
	// maxMX and maxAddresses bound what one member of the table may become,
	// maxDomains the domains listed for one host.
	maxMX        = 20
	maxAddresses = 16
	maxDomains   = 1000
	// lookups bounds the questions under way at a time, lookupTime each.
	lookups    = 8
	lookupTime = 10 * time.Second
	smtpPort   = 25
)

// Targets lists the peers of the outbound rows as targets: the MX hosts of each
// domain, each once however many domains share it, and the addresses of small
// networks. A target carries the label "domain" with the domains it serves, so
// that the rows for them govern it. Whatever cannot be listed is a problem.
// Both lists are sorted.
func (t *Table) Targets(ctx context.Context, r Resolver) ([]audit.Target, []Problem) {
	l := &lister{targets: map[string]*peerTarget{}, wanted: map[string][]ask{}}
	subjects := t.Subjects()
	for i := range t.Rows {
		row := &t.Rows[i]
		if row.Direction == Outbound && !row.Disabled {
			l.row(row, subjects[i])
		}
	}
	l.resolve(ctx, r)
	return l.list()
}

// peerTarget is a target with the domains it serves.
type peerTarget struct {
	target  audit.Target
	domains map[string]bool
}

// ask is who wants to know the MX of a domain.
type ask struct {
	row     *Row
	subject string
	port    uint16
}

type lister struct {
	targets  map[string]*peerTarget
	wanted   map[string][]ask
	problems []Problem
}

func (l *lister) problem(a ask, member, format string, args ...any) {
	l.problems = append(l.problems, Problem{Row: a.row.Name, RowSubject: a.subject, Member: member, Reason: fmt.Sprintf(format, args...), Place: a.row.Place})
}

func (l *lister) row(r *Row, subject string) {
	m := &r.Match
	a := ask{r, subject, cmp.Or(m.Port, smtpPort)}
	if m.Any {
		l.problem(a, AnyMember, "the row is for any peer; name those to look at as targets")
	}
	for _, p := range m.Addresses {
		l.network(a, p)
	}
	for _, host := range m.Via {
		for _, d := range m.Domains {
			l.add(a, host, d)
		}
		if len(m.Domains) == 0 {
			l.add(a, host, "")
		}
	}
	if len(m.Via) > 0 {
		return
	}
	for _, d := range m.Domains {
		switch {
		case strings.HasPrefix(strings.TrimPrefix(d, "*"), "."):
			l.problem(a, d, "the names below a domain cannot be listed; name those to look at as targets")
		case m.HostsOnly:
			l.add(a, d, "")
		default:
			l.wanted[d] = append(l.wanted[d], a)
		}
	}
}

func (l *lister) network(a ask, p netip.Prefix) {
	if p.Addr().BitLen()-p.Bits() > 4 {
		l.problem(a, p.String(), "more than %d addresses are not listed; name those to look at as targets", maxAddresses)
		return
	}
	for address := p.Addr(); p.Contains(address); address = address.Next() {
		l.add(a, address.String(), "")
	}
}

// add takes in a host, for a domain unless that is empty.
func (l *lister) add(a ask, host, domain string) {
	place := a.row.Place
	target := audit.Target{Protocol: protocol(a.port), Host: host, Port: a.port, Direction: Outbound, Place: &place}
	p, ok := l.targets[target.Subject()]
	if !ok {
		p = &peerTarget{target: target, domains: map[string]bool{}}
		l.targets[target.Subject()] = p
	}
	if domain == "" || p.domains[domain] {
		return
	}
	if len(p.domains) >= maxDomains {
		l.problem(a, domain, "%s serves more than %d domains of the table", host, maxDomains)
		return
	}
	p.domains[domain] = true
}

// protocol is what a mail server speaks at a port: at 465 TLS without STARTTLS
// (RFC 8314 section 3.3).
func protocol(port uint16) string {
	if port == 465 {
		return "smtps"
	}
	return "smtp"
}

// resolve asks for the domains, a few at a time, and takes the answers in the
// order of the domains, so that the result does not depend on who was faster.
func (l *lister) resolve(ctx context.Context, r Resolver) {
	domains := slices.Sorted(maps.Keys(l.wanted))
	type answer struct {
		hosts []string
		fault string
	}
	answers := make([]answer, len(domains))
	var wait sync.WaitGroup
	slots := make(chan struct{}, lookups)
	for i, d := range domains {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			answers[i].hosts, answers[i].fault = exchangers(ctx, r, d)
		})
	}
	wait.Wait()
	for i, d := range domains {
		for _, a := range l.wanted[d] {
			if answers[i].fault != "" {
				l.problem(a, d, "%s", answers[i].fault)
			}
			for _, host := range answers[i].hosts {
				l.add(a, host, d)
			}
		}
	}
}

// exchangers returns the hosts that take mail for a domain, best first, or what
// keeps it from telling them; with more than it looks at, both.
func exchangers(ctx context.Context, r Resolver, domain string) (hosts []string, fault string) {
	defer func() {
		if p := recover(); p != nil {
			hosts, fault = nil, fmt.Sprintf("the look-up of its MX records failed: internal error: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	records, err := r.LookupMX(ctx, domain)
	var dns *net.DNSError
	if err != nil && (!errors.As(err, &dns) || !dns.IsNotFound) {
		return nil, "the look-up of its MX records failed: " + clip(err.Error())
	}
	if len(records) == 0 {
		// RFC 5321 section 5.1: a domain without MX is its own.
		addresses, err := r.LookupHost(ctx, domain)
		switch {
		case err != nil && (!errors.As(err, &dns) || !dns.IsNotFound):
			return nil, "it has no MX records, and the look-up of its address failed: " + clip(err.Error())
		case err != nil || len(addresses) == 0:
			return nil, "the domain has neither MX records nor an address"
		}
		return []string{domain}, ""
	}
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b *net.MX) int { return cmp.Or(cmp.Compare(a.Pref, b.Pref), strings.Compare(a.Host, b.Host)) })
	for _, mx := range records {
		host := normalDomain(mx.Host)
		switch {
		case host == "" && len(records) == 1:
			return nil, "the domain takes no mail (null MX, RFC 7505)"
		case !isDomain(host):
			fault = "the MX " + quote(mx.Host) + " is no host name"
		case slices.Contains(hosts, host):
		case len(hosts) == maxMX:
			return hosts, fmt.Sprintf("more than %d MX hosts; those with the lowest preference are looked at", maxMX)
		default:
			hosts = append(hosts, host)
		}
	}
	return hosts, fault
}

func (l *lister) list() ([]audit.Target, []Problem) {
	targets := make([]audit.Target, 0, len(l.targets))
	for _, subject := range slices.Sorted(maps.Keys(l.targets)) {
		p := l.targets[subject]
		if len(p.domains) > 0 {
			p.target.Labels = map[string]string{DomainLabel: strings.Join(slices.Sorted(maps.Keys(p.domains)), ",")}
		}
		targets = append(targets, p.target)
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.RowSubject, b.RowSubject), strings.Compare(a.Member, b.Member))
	})
	return targets, l.problems
}

// JoinTargets makes one list of the targets of several tables, sorted: a host
// that several name is one target, for the domains of all of them.
func JoinTargets(lists ...[]audit.Target) []audit.Target {
	l := &lister{targets: map[string]*peerTarget{}}
	for _, t := range slices.Concat(lists...) {
		p, ok := l.targets[t.Subject()]
		if !ok {
			p = &peerTarget{target: t, domains: map[string]bool{}}
			l.targets[t.Subject()] = p
		}
		domains, odd := mailDomains(t.Labels[DomainLabel])
		for _, domain := range slices.Concat(domains, odd) {
			p.domains[domain] = true
		}
	}
	joined, _ := l.list()
	return joined
}
