package gateway

import (
	"net/netip"
	"strings"
)

// Fault says what is wrong with a value, and what to write instead. The caller
// knows its place.
type Fault struct{ Cause, Hint string }

// Address reads a member of an address group: one address, or a network.
func Address(text string) (netip.Prefix, *Fault) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, &Fault{quote(text) + " is neither an address nor a network", "write 192.0.2.1, 192.0.2.0/28 or 2001:db8::/64"}
	}
	// Peers are compared by their IPv4 address, so an IPv4-mapped network
	// that kept its form would match nobody.
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, &Fault{quote(text) + " is wider than all IPv4-mapped addresses", "write the IPv4 network itself, such as 192.0.2.0/28"}
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return p, &Fault{quote(text) + " has bits set behind its prefix", "did you mean " + p.Masked().String() + "?"}
	}
	return p, nil
}

// Domain reads a member of a domain group: a name, or *.name or .name for all
// below it. The result is in lower case, without a final dot, internationalised
// labels in their xn-- form.
func Domain(text string) (string, *Fault) {
	domain, ok := ascii(normalDomain(text))
	domain = strings.TrimSuffix(domain, ".")
	if !ok || !isDomain(strings.TrimPrefix(strings.TrimPrefix(domain, "*"), ".")) || strings.HasPrefix(domain, "*") && !strings.HasPrefix(domain, "*.") {
		return "", &Fault{quote(text) + " is not a domain", "write example.com for the name itself, *.example.com for all below it; internationalised names in their xn-- form"}
	}
	return domain, nil
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
