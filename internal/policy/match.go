package policy

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Match says which peers a row of the gateway table is for.
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
	// Group is the name of the group the lists come from, if any.
	Group string
}

// DomainLabel is the label of a target that names the mail domain it serves.
const DomainLabel = "domain"

// String describes the match on one line.
func (m Match) String() string {
	if m.Any {
		return "any"
	}
	var list []string
	for _, p := range m.Addresses {
		list = append(list, p.String())
	}
	s := strings.Join(append(list, m.Domains...), ", ")
	if m.Group != "" {
		s = fmt.Sprintf("group %q (%s)", m.Group, s)
	}
	return s
}

// Matches reports whether the row is for the target.
func (m Match) Matches(t *audit.Target, o *audit.Observation) bool {
	if m.Any {
		return true
	}
	if address := dialled(t, o); address.IsValid() {
		for _, p := range m.Addresses {
			if p.Contains(address) {
				return true
			}
		}
	}
	for _, d := range m.Domains {
		if domainMatches(d, t.Host) || domainMatches(d, normalDomain(t.Name())) || domainMatches(d, normalDomain(t.Labels[DomainLabel])) {
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

// matchDoc is the form of match that is not "any". Each key holds a list, or
// the name of a group.
type matchDoc struct {
	Addresses strictyaml.Node `yaml:"addresses"`
	Domains   strictyaml.Node `yaml:"domains"`
}

// groupOf is a named group: addresses or domains, not both.
type groupOf struct {
	addresses []netip.Prefix
	domains   []string
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (g *groupOf) UnmarshalNode(n strictyaml.Node) error {
	var doc matchDoc
	if err := n.Decode(&doc); err != nil {
		return err
	}
	if doc.Addresses.IsZero() == doc.Domains.IsZero() {
		return n.Fault("make two groups of it if you need both", "a group has either addresses or domains")
	}
	var err error
	if doc.Domains.IsZero() {
		g.addresses, err = readAddresses(doc.Addresses)
	} else {
		g.domains, err = readDomains(doc.Domains)
	}
	return err
}

func readMatch(n strictyaml.Node, groups map[string]groupOf) (Match, error) {
	if text, err := n.Text(); err == nil {
		if strings.EqualFold(text, "any") {
			return Match{Any: true}, nil
		}
		return Match{}, n.Fault("write any, {addresses: [192.0.2.0/28]}, {domains: [example.com]}, or the name of a group for the list", "%q is not a match", text)
	}
	var doc matchDoc
	if err := n.Decode(&doc); err != nil {
		return Match{}, err
	}
	if doc.Addresses.IsZero() == doc.Domains.IsZero() {
		return Match{}, n.Fault("make two rows of it if you need both", "a match has either addresses or domains")
	}
	list, kind := doc.Addresses, "addresses"
	if list.IsZero() {
		list, kind = doc.Domains, "domains"
	}
	if list.IsText() {
		return groupMatch(list, kind, groups)
	}
	m := Match{}
	var err error
	if kind == "addresses" {
		m.Addresses, err = readAddresses(list)
	} else {
		m.Domains, err = readDomains(list)
	}
	return m, err
}

// groupMatch resolves the name of a group.
func groupMatch(n strictyaml.Node, kind string, groups map[string]groupOf) (Match, error) {
	name, _ := n.Text()
	group, ok := groups[name]
	if !ok {
		known := slices.Sorted(maps.Keys(groups))
		hint := "write a list for members: [" + name + "]"
		if near := strictyaml.Nearest(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return Match{}, n.Fault(hint, "no group %q under groups", name)
	}
	if kind == "addresses" && group.addresses == nil || kind == "domains" && group.domains == nil {
		return Match{}, n.Fault("match it by its own kind", "the group %q does not list %s", name, kind)
	}
	return Match{Addresses: group.addresses, Domains: group.domains, Group: name}, nil
}

func readAddresses(n strictyaml.Node) ([]netip.Prefix, error) {
	items, err := members(n)
	if err != nil {
		return nil, err
	}
	var list []netip.Prefix
	for _, item := range items {
		text, err := item.Text()
		if err != nil {
			return nil, err
		}
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			a = a.Unmap()
			list = append(list, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, item.Fault("write 192.0.2.1, 192.0.2.0/28 or 2001:db8::/64", "%q is neither an address nor a network", text)
		}
		// Peers are compared by their IPv4 address, so an IPv4-mapped network
		// that kept its form would match nobody.
		if p.Addr().Is4In6() {
			if p.Bits() < 96 {
				return nil, item.Fault("write the IPv4 network itself, such as 192.0.2.0/28", "%q is wider than all IPv4-mapped addresses", text)
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if p != p.Masked() {
			return nil, item.Fault("did you mean "+p.Masked().String()+"?", "%q has bits set behind its prefix", text)
		}
		list = append(list, p)
	}
	return list, nil
}

func readDomains(n strictyaml.Node) ([]string, error) {
	items, err := members(n)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, item := range items {
		text, err := item.Text()
		if err != nil {
			return nil, err
		}
		domain := normalDomain(text)
		if !isDomain(strings.TrimPrefix(strings.TrimPrefix(domain, "*"), ".")) || strings.HasPrefix(domain, "*") && !strings.HasPrefix(domain, "*.") {
			return nil, item.Fault("write example.com for the name itself, *.example.com for all below it; internationalised names in their xn-- form", "%q is not a domain", text)
		}
		list = append(list, domain)
	}
	return list, nil
}

func members(n strictyaml.Node) ([]strictyaml.Node, error) {
	items, err := n.Items()
	if err == nil && len(items) == 0 {
		err = n.Fault("a row without members would match nobody", "the list is empty")
	}
	return items, err
}

// isDomain checks a DNS name in lower case.
func isDomain(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return err != nil
}
