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
	prefixes map[netip.Prefix][]int
	any      []int
}

func newCover() *cover {
	return &cover{names: map[string][]int{}, prefixes: map[netip.Prefix][]int{}}
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
		c.addPrefix(p, []int{i})
	}
}

// patternKey files a domain pattern under all that limits it.
func patternKey(m *Match, pattern string) string {
	k := strings.TrimPrefix(pattern, "*")
	if m.HostsOnly {
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
func (c *cover) addPrefix(p netip.Prefix, by []int) {
	if c.prefixBy(p) != nil {
		return
	}
	c.prefixes[p] = by
	for p.Bits() > 0 {
		other, ok := c.prefixes[sibling(p)]
		if !ok {
			return
		}
		by = witnesses(by, other)
		p = netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
		if _, ok := c.prefixes[p]; !ok {
			c.prefixes[p] = by
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
func (c *cover) prefixBy(p netip.Prefix) []int {
	for bits := p.Bits(); bits >= 0; bits-- {
		if by, ok := c.prefixes[netip.PrefixFrom(p.Addr(), bits).Masked()]; ok {
			return by
		}
	}
	return nil
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
	if c.any != nil {
		return c.any
	}
	if m.Any || m.Empty() {
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
		by := c.prefixBy(p)
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

// shadows returns for every row the rows before it that take all it could.
func shadows(rows []Row) [][]int {
	list := make([][]int, len(rows))
	taken := map[string]*cover{Outbound: newCover(), Inbound: newCover()}
	for i := range rows {
		r := &rows[i]
		c := taken[r.Direction]
		if r.Disabled || c == nil {
			continue
		}
		if !r.Match.Partial {
			list[i] = c.by(&r.Match)
		} else if c.any != nil {
			list[i] = c.any
		}
		c.add(i, &r.Match)
	}
	return list
}
