package inventory

import (
	"fmt"
	"net/netip"
	"strings"
)

// parseHost checks a DNS name or address literal and returns its one spelling:
// lower case, no final dot, addresses in canonical form.
func parseHost(s string) (string, error) {
	if s == "" {
		return "", &fault{"the host is missing", "write a DNS name or an address"}
	}
	if strings.Contains(s, "://") {
		return "", &fault{fmt.Sprintf("%q is a whole target, not a host", clip(s)), "write the protocol, host and port separately"}
	}
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		if a.Zone() != "" {
			return "", &fault{fmt.Sprintf("%q has a zone", clip(s)), "write the address without %" + a.Zone()}
		}
		return a.Unmap().String(), nil
	}
	for _, r := range s {
		if r > 0x7F {
			return "", &fault{fmt.Sprintf("%q is not written in ASCII", clip(s)), "write an internationalised name in its xn-- form (RFC 5891)"}
		}
	}
	host := strings.ToLower(strings.TrimSuffix(s, "."))
	if len(host) > 253 {
		return "", &fault{fmt.Sprintf("%q is longer than 253 characters", clip(s)), "a DNS name is shorter (RFC 1035 section 2.3.4)"}
	}
	var last string
	for label := range strings.SplitSeq(host, ".") {
		if err := checkLabel(s, label); err != nil {
			return "", err
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" {
		return "", &fault{fmt.Sprintf("%q is neither a DNS name nor an address", clip(s)), "an IPv4 address has four numbers from 0 to 255"}
	}
	return host, nil
}

// checkLabel allows the underscore, which is common in internal names.
func checkLabel(host, label string) error {
	switch {
	case label == "":
		return &fault{fmt.Sprintf("%q has an empty part between dots", clip(host)), "write a DNS name such as www.example.com"}
	case len(label) > 63:
		return &fault{fmt.Sprintf("%q has a part longer than 63 characters", clip(host)), "a part of a DNS name is shorter (RFC 1035 section 2.3.4)"}
	case label[0] == '-' || label[len(label)-1] == '-':
		return &fault{fmt.Sprintf("%q has a part that begins or ends with a dash", clip(host)), "write a DNS name such as www.example.com"}
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return &fault{fmt.Sprintf("%q is not allowed in the host %q", string(c), clip(host)), "letters, digits, dashes and dots"}
		}
	}
	return nil
}
