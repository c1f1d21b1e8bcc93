package gateway

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"tlsaudit/audit"
)

// index finds the first row for a peer without walking a table of thousands.
type index struct {
	// names maps what a row lists to the first row that does; see key.
	names map[string]int
	// prefixes does the same for networks; ports holds rows for one port.
	prefixes map[netip.Prefix]int
	// others are rows the maps cannot express, in order.
	others []int
	any    int
}

const nobody = -1

// key is how a name of a row is filed: with its kind, since a host is not a
// mail domain.
func key(hostsOnly bool, pattern string) string {
	pattern = strings.TrimPrefix(pattern, "*")
	if hostsOnly {
		return "host " + pattern
	}
	return pattern
}

func newIndex(rows []Row, direction string) *index {
	x := &index{names: map[string]int{}, prefixes: map[netip.Prefix]int{}, any: nobody}
	for i := range rows {
		r := &rows[i]
		if r.Direction != direction || r.Disabled {
			continue
		}
		switch {
		case r.Match.Port != 0 || len(r.Match.Via) > 0:
			x.others = append(x.others, i)
			continue
		case r.Match.Any && x.any == nobody:
			x.any = i
		case r.Match.Any:
		}
		for _, d := range r.Match.Domains {
			k := key(r.Match.HostsOnly, d)
			if _, ok := x.names[k]; !ok {
				x.names[k] = i
			}
		}
		for _, p := range r.Match.Addresses {
			if _, ok := x.prefixes[p]; !ok {
				x.prefixes[p] = i
			}
		}
	}
	return x
}

// first returns the row that governs a peer, or nobody.
func (x *index) first(rows []Row, p *peer) int {
	best := x.any
	take := func(i int, ok bool) {
		if ok && (best == nobody || i < best) {
			best = i
		}
	}
	for _, host := range p.hosts {
		x.byName(host, true, take)
		x.byName(host, false, take)
	}
	x.byName(p.domain, false, take)
	if p.address.IsValid() && len(x.prefixes) > 0 {
		for bits := p.address.BitLen(); bits >= 0; bits-- {
			i, ok := x.prefixes[netip.PrefixFrom(p.address, bits).Masked()]
			take(i, ok)
		}
	}
	for _, i := range x.others {
		if best != nobody && i > best {
			break
		}
		take(i, rows[i].Match.matches(p))
	}
	return best
}

func (x *index) byName(name string, hostsOnly bool, take func(int, bool)) {
	if name == "" {
		return
	}
	i, ok := x.names[key(hostsOnly, name)]
	take(i, ok)
	for rest := name; ; {
		_, parent, found := strings.Cut(rest, ".")
		if !found {
			return
		}
		i, ok := x.names[key(hostsOnly, "."+parent)]
		take(i, ok)
		rest = parent
	}
}

// governor answers which rows govern a target. Every rule of every row asks it
// the same about one target after another, so it remembers some answers, by all
// that they depend on.
type governor struct {
	seed maphash.Seed
	memo [64]atomic.Pointer[governed]

	rows               []Row
	outbound, inbound  *index
	anyOutbound, anyIn bool
}

func (t *Table) governor() *governor {
	g := &governor{seed: maphash.MakeSeed(), rows: t.Rows, outbound: newIndex(t.Rows, Outbound), inbound: newIndex(t.Rows, Inbound)}
	for i := range t.Rows {
		g.anyOutbound = g.anyOutbound || t.Rows[i].Direction == Outbound
		g.anyIn = g.anyIn || t.Rows[i].Direction == Inbound
	}
	return g
}

// question is all that the answer depends on.
type question struct {
	direction, stated, host, name, domains string
	address                                netip.Addr
	port                                   uint16
}

// governed is a question with its answer, which nobody writes to.
type governed struct {
	question question
	rows     []int
	whole    bool
}

// governing returns the rows that govern a target in one direction, in order:
// for each mail domain it serves the first that matches. Whole is false if for
// some domain there is none. A target of the other direction has neither.
func (g *governor) governing(direction string, t *audit.Target, o *audit.Observation) (list []int, whole bool) {
	q := question{direction, t.Direction, t.Host, t.Name(), t.Labels[DomainLabel], dialled(t, o), t.Port}
	// the names of the two directions differ in the parity of their length
	slot := &g.memo[maphash.String(g.seed, q.host)%uint64(len(g.memo)/2)*2+uint64(len(direction)%2)]
	if known := slot.Load(); known != nil && known.question == q {
		return known.rows, known.whole
	}
	list, whole = g.lookUp(direction, t, o)
	slot.Store(&governed{q, list, whole})
	return list, whole
}

// lookUp finds the answer.
func (g *governor) lookUp(direction string, t *audit.Target, o *audit.Observation) (list []int, whole bool) {
	if t.Direction != "" && t.Direction != direction {
		return nil, true
	}
	x := g.outbound
	if direction == Inbound {
		x = g.inbound
	}
	whole = true
	peers := peersOf(t, o)
	for i := range peers {
		row := x.first(g.rows, &peers[i])
		switch {
		case row == nobody:
			whole = false
		case !slices.Contains(list, row):
			list = append(list, row)
		}
	}
	slices.Sort(list)
	return list, whole
}

// Governing returns the indexes of the rows that govern a target in one
// direction: for each mail domain it serves the first that matches.
func (t *Table) Governing(direction string, target *audit.Target, o *audit.Observation) []int {
	list, _ := t.governor().governing(direction, target, o)
	return list
}

// Subjects returns the identity of every row in reports and waivers, such as
// "gateway:corp/outbound/1:Bank out". They are all different.
func (t *Table) Subjects() []string {
	list := make([]string, len(t.Rows))
	seen := map[string]bool{}
	for i := range t.Rows {
		r := &t.Rows[i]
		base := t.subject(fmt.Sprintf("%s/%d:%s", r.Direction, r.Priority, safeName(r.Name)))
		list[i] = unique(base, "~", seen)
	}
	return list
}

func (t *Table) subject(of string) string { return "gateway:" + t.id() + "/" + of }

func (t *Table) id() string {
	if t.Policy == "" {
		return "gateway"
	}
	return t.Policy
}

// unique returns the text, with a number behind it if it was seen already.
func unique(base, sign string, seen map[string]bool) string {
	s := base
	for n := 2; seen[s]; n++ {
		s = fmt.Sprintf("%s%s%d", base, sign, n)
	}
	seen[s] = true
	return s
}
