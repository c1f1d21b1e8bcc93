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
	// Domains are compared with the target's host, with the name it is asked
	// for where that is another (a host given by its address), and, since the row is about a
	// mail domain and the host is its MX, with the target's label "domain".
	// "example.com" matches that name only; ".example.com" and "*.example.com"
	// match every name below it, but not itself.
	Domains []string
	// HostsOnly says that Domains name hosts, not mail domains: the label is
	// not looked at.
	HostsOnly bool
	// Port, if set, is the only one the row is for.
	Port uint16
	// Via are the hosts mail for Domains is handed to, where it does not go to
	// their MX: they, and no others, are the peers.
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

// Matches reports whether the row is for the target.
func (m *Match) Matches(t *audit.Target, o *audit.Observation) bool {
	peers := peersOf(t, o)
	for i := range peers {
		if m.matches(&peers[i]) {
			return true
		}
	}
	return false
}

// peer is one reading of a target: the host, and one of the mail domains it
// serves. A row is looked up for each, as the gateway does for each mail.
type peer struct {
	hosts   []string
	domain  string
	address netip.Addr
	port    uint16
}

func peersOf(t *audit.Target, o *audit.Observation) []peer {
	p := peer{hosts: []string{t.Host}, address: dialled(t, o), port: t.Port}
	if name := normalDomain(t.Name()); name != t.Host {
		p.hosts = append(p.hosts, name)
	}
	var list []peer
	for domain := range strings.SplitSeq(t.Labels[DomainLabel], ",") {
		if p.domain = normalDomain(strings.TrimSpace(domain)); p.domain != "" {
			list = append(list, p)
		}
	}
	if list == nil {
		list = []peer{p}
	}
	return list
}

func (m *Match) matches(p *peer) bool {
	if m.Port != 0 && p.port != m.Port {
		return false
	}
	if len(m.Via) > 0 {
		return matchesAny(m.Via, p.hosts)
	}
	if m.Any {
		return true
	}
	if p.address.IsValid() {
		for _, prefix := range m.Addresses {
			if prefix.Contains(p.address) {
				return true
			}
		}
	}
	return matchesAny(m.Domains, p.hosts) || !m.HostsOnly && matchesAny(m.Domains, []string{p.domain})
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
