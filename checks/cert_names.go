package checks

import (
	"net/netip"
	"strings"
)

// sanType tells what kind of name a subjectAltName entry is: "dns", "ip",
// "email", "uri", or "other". Entries are plain for host names and addresses
// and carry their kind before a colon otherwise.
func sanType(name string) string {
	kind, _, found := strings.Cut(name, ":")
	if _, err := netip.ParseAddr(name); err == nil {
		return "ip"
	}
	if !found {
		return "dns"
	}
	switch strings.ToLower(kind) {
	case "dns", "ip", "email", "uri":
		return strings.ToLower(kind)
	}
	return "other"
}

// bareName returns a host name in the form it is compared in.
func bareName(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(name, "DNS:")), ".")
}
