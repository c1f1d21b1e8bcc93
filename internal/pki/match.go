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
// is the whole left-most label and stands for exactly one label. Unlike
// crypto/x509, a lone "*" matches nothing.
func matches(presented, host string) bool {
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
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return "", false
	}
	b := []byte(s)
	label := 0 // length of the label so far
	for i, c := range b {
		switch {
		case c == '.':
			if label == 0 {
				return "", false
			}
			label = 0
			continue
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_':
		case c == '-' && label > 0: // not first in a label, as crypto/x509 has it
		default:
			return "", false
		}
		if label++; label > 63 {
			return "", false
		}
	}
	return string(b), label > 0
}
