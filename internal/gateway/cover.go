package gateway

import (
	"net/netip"
	"slices"
	"strings"
)

// cover is everything some rows take together. It answers whether a further
// member would find anything left.
type cover struct {
	names    map[string][]int
	prefixes map[network][]int
	any      []int
}

// network is a prefix at one port, or at all if that is 0.
type network struct {
	prefix netip.Prefix
	port   uint16
}

func newCover() *cover {
	return &cover{names: map[string][]int{}, prefixes: map[network][]int{}}
}

// maxWitnesses bounds the rows named for one member.
const maxWitnesses = 3

// add takes in what row i takes.
func (c *cover) add(i int, m *Match) {
	if m.Partial {
		return
	}
	if m.Any && m.Port == 0 && len(m.Via) == 0 {
		c.any = witnesses(c.any, []int{i})
	}
	for _, d := range m.Domains {
		k := patternKey(m, d)
		if _, ok := c.names[k]; !ok {
			c.names[k] = []int{i}
		}
	}
	for _, p := range m.Addresses {
		if m.NextHop {
			c.names[patternKey(m, p.String())] = []int{i}
			continue
		}
		c.addPrefix(network{p, m.Port}, []int{i})
	}
}

// patternKey files a domain pattern under all that limits it.
func patternKey(m *Match, pattern string) string {
	k := strings.TrimPrefix(pattern, "*")
	switch {
	case m.NextHop:
		k = "next hop " + k
	case m.HostsOnly:
		k = "host " + k
	}
	if m.Port != 0 {
		k += ":" + itoa(m.Port)
	}
	if len(m.Via) > 0 {
		k += " through " + strings.Join(m.Via, ",")
	}
	return k
}

// addPrefix keeps the set whole: two halves become the network they are.
func (c *cover) addPrefix(n network, by []int) {
	if c.prefixBy(n) != nil {
		return
	}
	c.prefixes[n] = by
	for n.prefix.Bits() > 0 {
		other, ok := c.prefixes[network{sibling(n.prefix), n.port}]
		if !ok {
			other, ok = c.prefixes[network{sibling(n.prefix), 0}]
		}
		if !ok {
			return
		}
		by = witnesses(by, other)
		n.prefix = netip.PrefixFrom(n.prefix.Addr(), n.prefix.Bits()-1).Masked()
		if _, ok := c.prefixes[n]; !ok {
			c.prefixes[n] = by
		}
	}
}

// sibling is the other half of the network one bit wider.
func sibling(p netip.Prefix) netip.Prefix {
	bytes := p.Addr().AsSlice()
	bit := p.Bits() - 1
	bytes[bit/8] ^= 0x80 >> (bit % 8)
	a, _ := netip.AddrFromSlice(bytes)
	return netip.PrefixFrom(a, p.Bits())
}

// prefixBy returns the rows that take all of a network; nil if they do not.
func (c *cover) prefixBy(n network) []int {
	for bits := n.prefix.Bits(); bits >= 0; bits-- {
		wider := netip.PrefixFrom(n.prefix.Addr(), bits).Masked()
		if by, ok := c.prefixes[network{wider, 0}]; ok {
			return by
		}
		if by, ok := c.prefixes[network{wider, n.port}]; ok && n.port != 0 {
			return by
		}
	}
	return nil
}

// everything returns the rows that leave nothing to anybody: one for any peer,
// or those for all addresses, of which every peer has one.
func (c *cover) everything() []int {
	if c.any != nil {
		return c.any
	}
	four, six := c.prefixes[network{prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 0)}], c.prefixes[network{prefix: netip.PrefixFrom(netip.IPv6Unspecified(), 0)}]
	if four == nil || six == nil {
		return nil
	}
	return witnesses(four, six)
}

// nameBy does the same for a domain pattern of a match.
func (c *cover) nameBy(m *Match, pattern string) []int {
	for _, wider := range wider(pattern) {
		if by, ok := c.names[patternKey(m, wider)]; ok {
			return by
		}
	}
	return nil
}

// wider lists the patterns that contain one: itself, and those of the domains
// above it.
func wider(pattern string) []string {
	pattern = strings.TrimPrefix(pattern, "*")
	list := []string{pattern}
	for rest := strings.TrimPrefix(pattern, "."); ; {
		_, parent, found := strings.Cut(rest, ".")
		if !found {
			return list
		}
		list = append(list, "."+parent)
		rest = parent
	}
}

// by returns the rows that leave a match nothing; nil if something is left.
func (c *cover) by(m *Match) []int {
	if all := c.everything(); all != nil {
		return all
	}
	if m.Any || m.Empty() || m.Partial {
		return nil
	}
	var all []int
	for _, d := range m.Domains {
		by := c.nameBy(m, d)
		if by == nil {
			return nil
		}
		all = witnesses(all, by)
	}
	for _, p := range m.Addresses {
		by := c.prefixBy(network{p, m.Port})
		if m.NextHop {
			by = c.names[patternKey(m, p.String())]
		}
		if by == nil {
			return nil
		}
		all = witnesses(all, by)
	}
	return all
}

func witnesses(a, b []int) []int {
	for _, i := range b {
		if !slices.Contains(a, i) && len(a) < maxWitnesses {
			a = append(slices.Clip(a), i)
		}
	}
	return a
}
