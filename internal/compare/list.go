package compare

import (
	"cmp"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// MaxListed is how many changes are listed where nothing else is said.
const MaxListed = 100_000

// list gathers changes, subject by subject in ascending order. Beyond its limit
// it drops what a reader wants least: the last subject of the last kind.
type list struct {
	limit     int
	unchanged bool

	// kinds are the changes of each kind, indexed as audit.ChangeKinds.
	kinds   [][]audit.Change
	held    int
	counts  map[audit.ChangeKind]int
	omitted int
	// pending are the changes of the subject at hand.
	pending []audit.Change
}

// rank is the place of a kind among ChangeKinds.
func rank(k audit.ChangeKind) int { return slices.Index(audit.ChangeKinds, k) }

// add counts a change.
func (l *list) add(c audit.Change) {
	if l.counts == nil {
		l.counts = map[audit.ChangeKind]int{}
		l.kinds = make([][]audit.Change, len(audit.ChangeKinds))
	}
	l.counts[c.Kind]++
	if c.Kind == audit.ChangeUnchanged && !l.unchanged {
		return
	}
	l.pending = append(l.pending, c)
}

// end puts the changes of one subject in their order.
func (l *list) end() {
	slices.SortFunc(l.pending, func(a, b audit.Change) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), strings.Compare(a.Profile, b.Profile), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	for i := range l.pending {
		l.keep(l.pending[i])
	}
	l.pending = l.pending[:0]
}

// keep lists a change, in place of a lesser one if there is no room.
func (l *list) keep(c audit.Change) {
	at := rank(c.Kind)
	if l.held < cmp.Or(l.limit, MaxListed) {
		l.kinds[at] = append(l.kinds[at], c)
		l.held++
		return
	}
	l.omitted++
	for least := len(l.kinds) - 1; least > at; least-- {
		if n := len(l.kinds[least]); n > 0 {
			l.kinds[least] = l.kinds[least][:n-1]
			l.kinds[at] = append(l.kinds[at], c)
			return
		}
	}
}

// all returns what was gathered, in the order of audit.ChangeKinds.
func (l *list) all() *audit.Changes {
	c := &audit.Changes{Counts: l.counts, List: slices.Concat(l.kinds...), Omitted: l.omitted}
	if c.Counts == nil {
		c.Counts = map[audit.ChangeKind]int{}
	}
	if c.List == nil {
		c.List = []audit.Change{}
	}
	return c
}
