package gateway

import (
	"net/netip"
	"strings"
)

// index finds the rows of one direction and ruleset for a peer without walking
// a table of thousands.
//
// The first row that matches governs. Two kinds of row leave it open whether
// they are the one: a row of which the file does not tell all it is limited by
// (the next one that matches may govern instead, so both are taken), and a row
// through a smart host, where the target does not say whose mail it takes (all
// rows through that host may be meant).
type index struct {
	// names maps what a row lists to the first row that does; see key.
	names map[string]int
	// prefixes does the same for networks.
	prefixes map[netip.Prefix]int
	// others are rows the maps cannot express, open those that leave it open,
	// relays those through smart hosts, each in order.
	others, open, relays []int
	any                  int
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

// open reports whether the row may leave a peer it matches to a later one.
func (r *Row) open() bool { return r.Match.Partial && r.Undecided != "" }

// indexes makes an index for each ruleset of a direction.
func indexes(rows []Row, direction string) []*index {
	var list []*index
	of := map[string]*index{}
	for i := range rows {
		r := &rows[i]
		if r.Direction != direction || r.Disabled {
			continue
		}
		x := of[r.Ruleset]
		if x == nil {
			x = &index{names: map[string]int{}, prefixes: map[netip.Prefix]int{}, any: nobody}
			of[r.Ruleset], list = x, append(list, x)
		}
		x.add(i, r)
	}
	return list
}

func (x *index) add(i int, r *Row) {
	m := &r.Match
	switch {
	case len(m.Via) > 0 || r.open():
		if len(m.Via) > 0 {
			x.relays = append(x.relays, i)
		}
		if r.open() {
			x.open = append(x.open, i)
		}
		return
	case m.Port != 0 || m.NextHop:
		x.others = append(x.others, i)
		return
	case m.Any && x.any == nobody:
		x.any = i
	}
	for _, d := range m.Domains {
		k := key(m.HostsOnly, d)
		if _, ok := x.names[k]; !ok {
			x.names[k] = i
		}
	}
	for _, p := range m.Addresses {
		if _, ok := x.prefixes[p]; !ok {
			x.prefixes[p] = i
		}
	}
}

// governing appends the rows that govern a peer.
func (x *index) governing(rows []Row, p *peer, list []int) []int {
	end := x.first(rows, p)
	stop := len(rows) // no row from here on
	if end != nobody {
		stop = end
	}
	for _, i := range x.relays {
		switch {
		case !rows[i].Match.matches(p):
		case !p.labelled: // a relay: rows behind this one are not for it, unless through it too
			list, stop = append(list, i), min(stop, i)
		case !rows[i].open() && i < stop:
			end, stop = i, i
		}
	}
	for _, i := range x.open {
		if i >= stop {
			break
		}
		if m := &rows[i].Match; (p.labelled || len(m.Via) == 0) && m.matches(p) {
			list = append(list, i)
		}
	}
	if end != nobody && end == stop {
		list = append(list, end)
	}
	return list
}

// first returns the first row that is for a peer for certain, those through
// relays apart, or nobody.
func (x *index) first(rows []Row, p *peer) int {
	best := x.any
	take := func(i int, ok bool) {
		if ok && (best == nobody || i < best) {
			best = i
		}
	}
	for _, host := range p.hosts {
		x.byName(host, true, take)
	}
	for _, name := range p.names() {
		x.byName(name, false, take)
	}
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
