package gateway

import (
	"fmt"
	"net/netip"
	"strconv"
)

func itoa(n uint16) string { return strconv.Itoa(int(n)) }

// clash is what makes a row ambiguous; empty texts for nothing.
type clash struct {
	// priority names a row with the same priority, member a row of another
	// level that lists the same member.
	priority, member string
	// overlap names a row of another level whose network contains, or is
	// contained in, one of this row.
	overlap string
}

// clashes looks for rows that contradict each other.
func clashes(t *Table) []clash {
	list := make([]clash, len(t.Rows))
	for _, direction := range []string{Outbound, Inbound} {
		markPriorities(t.Rows, direction, list)
		markMembers(t.Rows, direction, list)
	}
	return list
}

func markPriorities(rows []Row, direction string, list []clash) {
	seen := map[[2]int]int{}
	for i := range rows {
		if rows[i].Direction != direction || rows[i].Disabled {
			continue
		}
		key := [2]int{rows[i].Source, rows[i].Priority}
		first, twice := seen[key]
		if !twice {
			seen[key] = i
			continue
		}
		list[i].priority = named(&rows[first])
		if list[first].priority == "" {
			list[first].priority = named(&rows[i])
		}
	}
}

// same reports whether two rows demand the same.
func same(a, b *Row) bool {
	return a.Level == b.Level && a.Strength() == b.Strength()
}

func named(r *Row) string { return fmt.Sprintf("%q (%s)", clip(r.Name), r.Place) }

func markMembers(rows []Row, direction string, list []clash) {
	domains := map[string]int{}
	networks := map[netip.Prefix]int{}
	for i := range rows {
		r := &rows[i]
		if r.Direction != direction || r.Disabled {
			continue
		}
		for _, d := range r.Match.Domains {
			k := patternKey(&r.Match, d)
			if first, ok := domains[k]; !ok {
				domains[k] = i
			} else if first != i && !same(&rows[first], r) {
				both(list, rows, first, i, "lists "+clip(d)+" too")
			}
		}
		for _, p := range r.Match.Addresses {
			if first, ok := networks[p]; !ok {
				networks[p] = i
			} else if first != i && !same(&rows[first], r) {
				both(list, rows, first, i, "lists "+p.String()+" too")
			}
		}
	}
	for i := range rows {
		r := &rows[i]
		if r.Direction != direction || r.Disabled {
			continue
		}
		for _, p := range r.Match.Addresses {
			for bits := p.Bits() - 1; bits >= 0; bits-- {
				wider := netip.PrefixFrom(p.Addr(), bits).Masked()
				first, ok := networks[wider]
				if !ok || first == i || same(&rows[first], r) {
					continue
				}
				if list[i].overlap == "" {
					list[i].overlap = fmt.Sprintf("%s has %s, which contains %s", named(&rows[first]), wider, p)
				}
				if list[first].overlap == "" {
					list[first].overlap = fmt.Sprintf("%s has %s, which lies in %s", named(r), p, wider)
				}
			}
		}
	}
}

func both(list []clash, rows []Row, a, b int, what string) {
	if list[a].member == "" {
		list[a].member = named(&rows[b]) + " " + what
	}
	if list[b].member == "" {
		list[b].member = named(&rows[a]) + " " + what
	}
}
