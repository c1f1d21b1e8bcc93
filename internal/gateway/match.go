package gateway

import (
	"fmt"
	"net/netip"
	"strings"

	"tlsaudit/audit"
)

// Match says which peers a row of the table is for.
type Match struct {
	// Any matches every peer; otherwise one of the lists does.
	Any bool
	// Addresses are compared with the address that was dialled.
	Addresses []netip.Prefix
	// Domains are mail domains: they are compared with those a target says it
	// serves (its label "domain"), as the gateway looks rows up by the domain
	// of the recipient. Only of a target that says nothing the host, and the
	// name it is asked for where that is another (a host given by its address),
	// stand in for it. "example.com" matches that name only; ".example.com" and
	// "*.example.com" match every name below it, but not itself.
	Domains []string
	// HostsOnly says that Domains name hosts, not mail domains: the label is
	// not looked at.
	HostsOnly bool
	// NextHop says that the row is for mail handed to the host or address
	// itself, written in brackets: one that serves a mail domain as its MX is
	// found by that domain, and never by this row.
	NextHop bool
	// Port, if set, is the only one the row is for.
	Port uint16
	// Via are the hosts mail for Domains is handed to, where it does not go to
	// their MX: they, and no others, are the peers, for mail to Domains.
	Via []string
	// Partial says that the row takes less than its fields say, so that it
	// shadows nobody.
	Partial bool
	// Group is the name of the group the lists come from, if any.
	Group string
}

// DomainLabel is the label of a target that names the mail domains it serves,
// with commas between them.
const DomainLabel = "domain"

// Empty reports whether the match has no member at all.
func (m *Match) Empty() bool { return !m.Any && len(m.Addresses)+len(m.Domains)+len(m.Via) == 0 }

// shownMembers bounds the members a description lists.
const shownMembers = 10

// String describes the match on one line.
func (m Match) String() string {
	list := m.members()
	if len(list) > shownMembers {
		list = append(list[:shownMembers:shownMembers], fmt.Sprintf("+%d more", len(list)-shownMembers))
	}
	s := strings.Join(list, ", ")
	switch {
	case m.Any && s == "" && m.Group != "":
		s = fmt.Sprintf("any (%q)", m.Group)
	case m.Group != "":
		s = fmt.Sprintf("group %q (%s)", m.Group, s)
	case m.Any && s != "":
		s = "any (" + s + ")"
	case m.Any:
		s = "any"
	case s == "":
		s = "nobody"
	}
	if m.Port != 0 {
		s += fmt.Sprintf(" at port %d", m.Port)
	}
	if len(m.Via) > 0 {
		s += " through " + strings.Join(m.Via[:min(len(m.Via), shownMembers)], ", ")
	}
	return s
}

func (m *Match) members() []string {
	var list []string
	for _, p := range m.Addresses {
		list = append(list, p.String())
	}
	return append(list, m.Domains...)
}

func matchesAny(patterns, names []string) bool {
	for _, pattern := range patterns {
		for _, name := range names {
			if domainMatches(pattern, name) {
				return true
			}
		}
	}
	return false
}

// matches reports whether the row is for a peer.
func (m *Match) matches(p *peer) bool {
	switch {
	case m.Port != 0 && p.port != m.Port:
		return false
	case m.NextHop:
		return !p.labelled && (matchesAny(m.Domains, p.hosts) || contains(m.Addresses, p.literal))
	case len(m.Via) > 0 && !matchesAny(m.Via, p.hosts):
		return false
	case m.Any, len(m.Via) > 0 && !p.labelled:
		return true
	case len(m.Via) == 0 && contains(m.Addresses, p.address):
		return true
	case m.HostsOnly:
		return matchesAny(m.Domains, p.hosts)
	}
	return matchesAny(m.Domains, p.names())
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if address.IsValid() && prefix.Contains(address) {
			return true
		}
	}
	return false
}

// dialled is the address of the peer: the one the scan used, or the one the
// target names.
func dialled(t *audit.Target, o *audit.Observation) netip.Addr {
	if o != nil && o.Address.IsValid() {
		return o.Address.Addr().Unmap().WithZone("")
	}
	if t.IP.IsValid() {
		return t.IP.Unmap().WithZone("")
	}
	address, _ := netip.ParseAddr(t.Host)
	return address.Unmap().WithZone("")
}

// domainMatches compares a name with a pattern, both normal.
func domainMatches(pattern, name string) bool {
	if below, ok := strings.CutPrefix(strings.TrimPrefix(pattern, "*"), "."); ok {
		return strings.HasSuffix(name, "."+below)
	}
	return name != "" && name == pattern
}

func normalDomain(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".") }
