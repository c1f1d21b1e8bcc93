package checks

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
)

// nameKind is a kind of name a certificate must not hold.
type nameKind struct {
	name string
	// is reports whether an entry of the subjectAltName is of the kind.
	is     func(san string) bool
	issued issuance
}

// nameKinds are those a rule may name.
var nameKinds = []nameKind{
	{name: "internal names", is: func(san string) bool { return sanType(san) == "dns" && internalName(bareName(san)) }},
	{name: "reserved IPs", is: reservedIP},
	{name: "IP reverse zone suffix", is: func(san string) bool {
		name := bareName(san)
		return sanType(san) == "dns" && (strings.HasSuffix(name, ".in-addr.arpa") || strings.HasSuffix(name, ".ip6.arpa"))
	}},
	{name: "underscore", is: func(san string) bool { return sanType(san) == "dns" && strings.Contains(san, "_") }},
}

// forbiddenNames is what the CA/Browser Forum rules out.
var forbiddenNames = map[string]any{"forbid": []any{"internal names", "reserved IPs", "IP reverse zone suffix (from 2026-03-15)", "underscore"}}

var sincePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*) \(from ([0-9-]+)\)$`) })

// nameKinds reads a list of kinds, each with a day of issuance if need be.
func (r *reader) nameKinds(key string) []nameKind {
	var list []nameKind
	for _, word := range r.words(key) {
		name, since := word, ""
		if m := sincePattern().FindStringSubmatch(word); m != nil {
			name, since = m[1], m[2]
		}
		i := slices.IndexFunc(nameKinds, func(k nameKind) bool { return strings.EqualFold(k.name, name) })
		if i < 0 {
			words := make([]string, len(nameKinds))
			for k := range nameKinds {
				words[k] = nameKinds[k].name
			}
			r.fail("parameter %q: %q is not one of %s%s", key, name, strings.Join(words, ", "), didYouMean(name, words))
			return nil
		}
		kind := nameKinds[i]
		if since != "" {
			kind.issued.from, _, _ = r.period(key, map[string]any{"from": since}, "from")
		}
		list = append(list, kind)
	}
	return list
}

// judge objects to the first name of the kind.
func (k *nameKind) judge(l *leaf) []audit.Outcome {
	if out, other := k.issued.excludes(l); other {
		return slices.DeleteFunc(out, func(o audit.Outcome) bool { return o.Kind == audit.Moot })
	}
	for _, san := range listed(l.SANs) {
		if k.is(san) {
			return []audit.Outcome{violated(l.evidence(), "%s: %q is ruled out (%s)", l.Label, san, k.name)}
		}
	}
	if audit.Clipped(l.SANs) {
		return []audit.Outcome{undecided(l.evidence(), "%s: too many names to list", l.Label)}
	}
	return nil
}

// undelegated are top-level domains that are reserved (RFC 6761, 6762, 7686
// apart, 8375, 9476, and ICANN's .internal) or in wide internal use and never
// to be delegated.
var undelegated = []string{
	"alt", "corp", "domain", "example", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost", "mail", "private", "test", "workgroup",
}

// internalName reports whether a name cannot be one of the public DNS.
func internalName(name string) bool {
	i := strings.LastIndexByte(name, '.')
	top := name[i+1:]
	return i < 0 || slices.Contains(undelegated, top) || name == "home.arpa" || strings.HasSuffix(name, ".home.arpa") || strings.Trim(top, "0123456789") == ""
}

// reservedBlocks are those of IANA's special-purpose address registries that
// no method of netip.Addr tells.
var reservedBlocks = sync.OnceValue(func() []netip.Prefix {
	var list []netip.Prefix
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(block))
	}
	return list
})

func reservedIP(san string) bool {
	ip, err := netip.ParseAddr(san)
	if err != nil {
		return false
	}
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() ||
		slices.ContainsFunc(reservedBlocks(), func(p netip.Prefix) bool { return p.Contains(ip) })
}
