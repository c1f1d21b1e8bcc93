package pki

import (
	"net/netip"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// match compares the names of a certificate with the reference name, for the
// subjectAltName and the common name separately.
func match(reference string, n names, commonName string) audit.NameMatch {
	m := audit.NameMatch{Reference: reference}
	if reference == "" {
		return m
	}
	if ip, err := netip.ParseAddr(reference); err == nil {
		// RFC 9525 section 6.4: an address is compared with addresses only,
		// octet by octet. The common name has text only.
		ip = ip.Unmap().WithZone("")
		m.SAN = answer(slices.ContainsFunc(n.ip, func(a netip.Addr) bool { return a.Unmap() == ip }))
		other, err := netip.ParseAddr(commonName)
		m.CN = answer(err == nil && other.Unmap() == ip)
		return m
	}
	host, ok := hostname(reference)
	if !ok {
		// Not a name that DNS-IDs are defined for: U-labels have to be
		// converted to A-labels before they can be compared (RFC 9525
		// section 6.2). Claiming a mismatch would be a guess.
		m.SAN, m.CN = audit.Undetermined, audit.Undetermined
		return m
	}
	m.SAN = answer(slices.ContainsFunc(n.dns, func(p string) bool { return matches(p, host) }))
	m.CN = answer(matches(commonName, host))
	return m
}

func answer(yes bool) audit.Answer {
	if yes {
		return audit.Accepted
	}
	return audit.Refused
}

// matches compares a presented DNS name, possibly with a wildcard, with a
// reference in the form hostname returns (RFC 9525 section 6.3): a wildcard
// is the whole left-most label and stands for exactly one label. Like
// crypto/x509 it does not forgive a presented name its final dot; unlike it, a
// lone "*" matches nothing.
func matches(presented, host string) bool {
	if strings.HasSuffix(presented, ".") {
		return false
	}
	first, rest, found := strings.Cut(presented, ".")
	if first != "*" {
		p, ok := hostname(presented)
		return ok && p == host
	}
	p, ok := hostname(rest)
	_, parent, nested := strings.Cut(host, ".")
	return found && ok && nested && p == parent
}

// hostname lower-cases a DNS name of letters, digits, hyphens and underscores
// and removes one final dot. It reports whether the name is one.
func hostname(s string) (string, bool) {
	s = asciiLower(strings.TrimSuffix(s, "."))
	if len(s) > 253 {
		return "", false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || strings.ContainsFunc(label, notLDH) {
			return "", false
		}
	}
	return s, true
}

// notLDH reports whether r is neither a letter, digit or hyphen nor the
// underscore that host names must not have but do.
func notLDH(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// asciiLower leaves everything but A to Z alone: names are compared without
// regard to the case of ASCII letters only (RFC 4343).
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
