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
	switch kind = strings.ToLower(kind); {
	case name == "?":
		return "other"
	case !found:
		return "dns"
	}
	switch kind {
	case "dns", "ip", "email", "uri":
		return kind
	case "dirname", "rid", "othername":
		return "other"
	}
	return "dns" // with a colon in it
}

// bareName returns a host name in the form it is compared in.
func bareName(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(name, "DNS:")), ".")
}
