package gateway

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"sync/atomic"

	"tlsaudit/audit"
)

// governor answers which rows govern a target. Every rule of every row asks it
// the same about one target after another, so it remembers some answers, by all
// that they depend on.
type governor struct {
	seed maphash.Seed
	memo [64]atomic.Pointer[governed]

	rows []Row
	// outbound and inbound hold an index for every ruleset.
	outbound, inbound []*index
	// anyOutbound and anyInbound say that there is a row, also one switched off.
	anyOutbound, anyInbound bool
}

func (t *Table) governor() *governor {
	g := &governor{seed: maphash.MakeSeed(), rows: t.Rows, outbound: indexes(t.Rows, Outbound), inbound: indexes(t.Rows, Inbound)}
	for i := range t.Rows {
		g.anyOutbound = g.anyOutbound || t.Rows[i].Direction == Outbound
		g.anyInbound = g.anyInbound || t.Rows[i].Direction == Inbound
	}
	return g
}

// of returns the indexes of one direction.
func (g *governor) of(direction string) []*index {
	if direction == Inbound {
		return g.inbound
	}
	return g.outbound
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
// for each mail domain it serves the first that matches in each ruleset, and
// those beside it that may. Whole is false if for some domain there is none. A
// target of the other direction has neither.
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
	whole = true
	peers := peersOf(t, o)
	for i := range peers {
		before := len(list)
		for _, x := range g.of(direction) {
			list = x.governing(g.rows, &peers[i], list)
		}
		whole = whole && len(list) > before
	}
	slices.Sort(list)
	return slices.Compact(list), whole
}

// Governing returns the indexes of the rows that govern a target in one
// direction: for each mail domain it serves the first that matches, and those
// beside it that may.
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
