package policy

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tlsaudit/internal/gateway"
	"tlsaudit/internal/strictyaml"
)

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

func readMatch(n strictyaml.Node, groups map[string]groupOf) (gateway.Match, error) {
	if text, err := n.Text(); err == nil {
		if strings.EqualFold(text, "any") {
			return gateway.Match{Any: true}, nil
		}
		return gateway.Match{}, n.Fault("write any, {addresses: [192.0.2.0/28]}, {domains: [example.com]}, or the name of a group for the list", "%q is not a match", text)
	}
	var doc matchDoc
	if err := n.Decode(&doc); err != nil {
		return gateway.Match{}, err
	}
	if doc.Addresses.IsZero() == doc.Domains.IsZero() {
		return gateway.Match{}, n.Fault("make two rows of it if you need both", "a match has either addresses or domains")
	}
	list, kind := doc.Addresses, "addresses"
	if list.IsZero() {
		list, kind = doc.Domains, "domains"
	}
	if list.IsText() {
		return groupMatch(list, kind, groups)
	}
	m := gateway.Match{}
	var err error
	if kind == "addresses" {
		m.Addresses, err = readAddresses(list)
	} else {
		m.Domains, err = readDomains(list)
	}
	return m, err
}

// groupMatch resolves the name of a group.
func groupMatch(n strictyaml.Node, kind string, groups map[string]groupOf) (gateway.Match, error) {
	name, _ := n.Text()
	group, ok := groups[name]
	if !ok {
		known := slices.Sorted(maps.Keys(groups))
		hint := "write a list for members: [" + name + "]"
		if near := strictyaml.Nearest(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return gateway.Match{}, n.Fault(hint, "no group %q under groups", name)
	}
	if kind == "addresses" && group.addresses == nil || kind == "domains" && group.domains == nil {
		return gateway.Match{}, n.Fault("match it by its own kind", "the group %q does not list %s", name, kind)
	}
	return gateway.Match{Addresses: group.addresses, Domains: group.domains, Group: name}, nil
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
		p, fault := gateway.Address(text)
		if fault != nil {
			return nil, item.Fault(fault.Hint, "%s", fault.Cause)
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
		domain, fault := gateway.Domain(text)
		if fault != nil {
			return nil, item.Fault(fault.Hint, "%s", fault.Cause)
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
