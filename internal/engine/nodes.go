package engine

import (
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
)

// Nodes are names that are audited at several addresses. The observation of the
// first address of a name is held back until the others were observed and
// compared with it; of those, only what is compared is kept meanwhile.
type Nodes struct {
	mu sync.Mutex
	of map[string]*nodes // by subject of every address
}

// nodes is one name.
type nodes struct {
	targets []audit.Target
	seen    map[string]*traits // by subject
	lead    *audit.Observation
}

// NewNodes returns the nodes of groups of targets, each at least two addresses of
// one name.
func NewNodes(groups [][]audit.Target) *Nodes {
	n := &Nodes{of: map[string]*nodes{}}
	for _, group := range groups {
		g := &nodes{targets: group, seen: map[string]*traits{}}
		for _, t := range group {
			n.of[t.Subject()] = g
		}
	}
	return n
}

// add takes what was observed of one target and returns what can be judged now:
// nothing as long as other addresses of the name are awaited.
func (n *Nodes) add(subject string, o *audit.Observation) []*audit.Observation {
	if n == nil {
		return []*audit.Observation{o}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.of[subject]
	if g == nil {
		return []*audit.Observation{o}
	}
	g.seen[subject] = traitsOf(o)
	var ready []*audit.Observation
	if subject == g.targets[0].Subject() {
		g.lead = o
	} else {
		ready = append(ready, o)
	}
	if g.lead != nil && len(g.seen) == len(g.targets) {
		ready = append(ready, g.compared())
		n.forget(g)
	}
	return ready
}

// rest returns the observations that are still held back when a run is over
// before all addresses were observed.
func (n *Nodes) rest() (held []*audit.Observation) {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.of {
		if g.lead != nil {
			held = append(held, g.compared())
			g.lead = nil
		}
	}
	slices.SortFunc(held, func(a, b *audit.Observation) int {
		return strings.Compare(a.Target.Subject(), b.Target.Subject())
	})
	return held
}

func (n *Nodes) forget(g *nodes) {
	for _, t := range g.targets {
		delete(n.of, t.Subject())
	}
}

// compared writes down in what the other addresses differ from the first.
func (g *nodes) compared() *audit.Observation {
	lead := g.seen[g.targets[0].Subject()]
	g.lead.Nodes = make([]audit.Node, 0, len(g.targets)-1)
	for _, t := range g.targets[1:] {
		node := audit.Node{IP: t.IP, Reach: audit.ReachUnknown, Reason: "the run ended before the address was observed"}
		if other := g.seen[t.Subject()]; other != nil {
			node.Reach, node.Reason = other.reach, other.reason
			node.Differs, node.Open = lead.compare(other)
		}
		g.lead.Nodes = append(g.lead.Nodes, node)
	}
	return g.lead
}
