package gateway

import (
	"net/netip"
	"strings"
	"unicode"

	"tlsaudit/audit"
)

// peer is one reading of a target: the host, and one of the mail domains it
// serves. A row is looked up for each, as the gateway does for each mail.
type peer struct {
	hosts []string
	// domain is empty where the target does not say which mail it takes;
	// labelled tells whether it does.
	domain   string
	labelled bool
	// address is the one that was dialled, literal the one that stands in
	// place of the host's name.
	address, literal netip.Addr
	port             uint16
}

// names are what mail domains of rows are compared with.
func (p *peer) names() []string {
	if p.labelled {
		return []string{p.domain}
	}
	return p.hosts
}

// mailDomains reads a label: domains with commas or blanks between them. What
// is none of them is returned apart, since no row can be looked up for it.
func mailDomains(label string) (domains, odd []string) {
	for piece := range strings.FieldsFuncSeq(label, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }) {
		domain, fault := Domain(piece)
		if fault != nil || strings.HasPrefix(strings.TrimPrefix(domain, "*"), ".") {
			odd = append(odd, piece)
			continue
		}
		domains = append(domains, domain)
	}
	return domains, odd
}

// peersOf returns the readings of a target. One with a label none of which is a
// domain has none: it says that it serves something, but not what.
func peersOf(t *audit.Target, o *audit.Observation) []peer {
	literal, _ := netip.ParseAddr(t.Host)
	p := peer{hosts: []string{normalDomain(t.Host)}, address: dialled(t, o), literal: literal.Unmap().WithZone(""), port: t.Port}
	if name := normalDomain(t.Name()); name != p.hosts[0] {
		p.hosts = append(p.hosts, name)
	}
	domains, odd := mailDomains(t.Labels[DomainLabel])
	var list []peer
	for _, domain := range domains {
		p.domain, p.labelled = domain, true
		list = append(list, p)
	}
	if list == nil && odd == nil {
		list = []peer{p}
	}
	return list
}
