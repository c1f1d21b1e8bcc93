package gateway

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"
)

func itoa(n uint16) string { return strconv.Itoa(int(n)) }

// clash is what makes a row ambiguous; empty texts for nothing.
type clash struct {
	// priority names a row with the same priority, member a row of another
	// level that lists the same member.
	priority, member string
	// overlap names a row of another level with a member that contains one of
	// this row, or is contained in one.
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

// member is what a row lists, with all that limits it.
type member struct {
	ruleset, name string
	network       network
}

// listed is a member as a row writes it, with those that contain it.
type listed struct {
	text  string
	key   member
	above iter.Seq[member]
}

// members lists those of a row.
func (r *Row) members() iter.Seq[listed] {
	m := &r.Match
	named := func(text string) member { return member{ruleset: r.Ruleset, name: patternKey(m, text)} }
	return func(yield func(listed) bool) {
		for _, d := range m.Domains {
			above := func(yield func(member) bool) {
				for _, w := range wider(d)[1:] {
					if !r.byPriority() || !yield(named(w)) {
						return
					}
				}
			}
			if !yield(listed{d, named(d), above}) {
				return
			}
		}
		for _, p := range m.Addresses {
			key, above := member{ruleset: r.Ruleset, network: network{p, m.Port}}, func(yield func(member) bool) {
				for bits := p.Bits() - 1; bits >= 0; bits-- {
					if !yield(member{ruleset: r.Ruleset, network: network{netip.PrefixFrom(p.Addr(), bits).Masked(), m.Port}}) {
						return
					}
				}
			}
			if m.NextHop {
				key, above = named(p.String()), func(func(member) bool) {}
			}
			if !yield(listed{p.String(), key, above}) {
				return
			}
		}
	}
}

// byPriority reports whether the product looks rows up in the order they are
// given. The others take the most specific name first, so that an exception
// from a wider one is no contradiction.
func (r *Row) byPriority() bool {
	return r.Product == "" || r.Product == Forcepoint || r.Product == eximConfiguration.Product
}

// holder is a row with the member it lists.
type holder struct {
	row  int
	text string
}

// holders are rows, one for each demand there is.
type holders []holder

func (h holders) add(rows []Row, row int, text string) holders {
	for _, other := range h {
		if same(&rows[other.row], &rows[row]) {
			return h
		}
	}
	return append(h, holder{row, text})
}

// other returns the first that demands something else than a row.
func (h holders) other(rows []Row, row int) (holder, bool) {
	for _, other := range h {
		if !same(&rows[other.row], &rows[row]) {
			return other, true
		}
	}
	return holder{}, false
}

// markMembers marks rows whose members are those of rows with another demand,
// contain them or lie in them.
func markMembers(rows []Row, direction string, list []clash) {
	held, inside := map[member]holders{}, map[member]holders{}
	each := func(visit func(i int, m listed)) {
		for i := range rows {
			if r := &rows[i]; r.Direction == direction && !r.Disabled {
				for m := range r.members() {
					visit(i, m)
				}
			}
		}
	}
	each(func(i int, m listed) { held[m.key] = held[m.key].add(rows, i, m.text) })
	each(func(i int, m listed) {
		if other, ok := held[m.key].other(rows, i); ok && list[i].member == "" {
			list[i].member = named(&rows[other.row]) + " lists " + clip(m.text) + " too"
		}
		for wider := range m.above {
			around, ok := held[wider]
			if !ok {
				continue
			}
			inside[wider] = inside[wider].add(rows, i, m.text)
			if other, ok := around.other(rows, i); ok && list[i].overlap == "" {
				list[i].overlap = fmt.Sprintf("%s has %s, which contains %s", named(&rows[other.row]), clip(other.text), clip(m.text))
			}
		}
	})
	each(func(i int, m listed) {
		if other, ok := inside[m.key].other(rows, i); ok && list[i].overlap == "" {
			list[i].overlap = fmt.Sprintf("%s has %s, which lies in %s", named(&rows[other.row]), clip(other.text), clip(m.text))
		}
	})
}
