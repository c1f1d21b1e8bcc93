package engine

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// traits are the facts about one address that are compared with those of others.
type traits struct {
	reach  audit.Reach
	reason string
	list   []trait
}

// trait is one fact: an answer, or a set of names.
type trait struct {
	what  string
	state traitState
	names []string // sorted
}

// traitState says what is known about a trait.
type traitState uint8

const (
	unasked traitState = iota
	open
	settled
)

// traitsOf takes from an observation what is compared.
func traitsOf(o *audit.Observation) *traits {
	t := &traits{reach: o.Reach, reason: o.Reason}
	if o.Reach != audit.ReachTLS {
		return t
	}
	for _, v := range audit.Versions {
		f := o.Version(v)
		t.add(v.String(), f.Answer, f.Answer.Known(), f.Answer.String())
		if f.Answer != audit.Accepted {
			continue
		}
		var suites, groups []string
		for i := range f.Suites {
			suites = append(suites, f.Suites[i].Name)
		}
		for _, g := range o.Groups {
			if g.Version == v && g.Answer == audit.Accepted {
				groups = append(groups, g.Name)
			}
		}
		t.add(v.String()+" suites", f.SuitesAnswer, f.SuitesAnswer == audit.Accepted, suites...)
		t.add(v.String()+" groups", f.GroupsAnswer, f.GroupsAnswer == audit.Accepted, groups...)
	}
	var leaves, trust []string
	told := true
	for i := range o.Chains {
		c := &o.Chains[i]
		if len(c.Certificates) > 0 {
			leaves = append(leaves, "SHA-256 "+c.Certificates[0].SHA256)
		}
		told = told && c.Trust.Answer.Known()
		trust = append(trust, c.Trust.Answer.String())
	}
	complete := o.ChainsAnswer == audit.Accepted && len(o.Chains) > 0
	t.add("leaf certificates", o.ChainsAnswer, complete, leaves...)
	t.add("trust in the certificates", o.ChainsAnswer, complete && told, trust...)
	return t
}

func (t *traits) add(what string, asked audit.Answer, known bool, names ...string) {
	state := open
	switch {
	case known:
		state = settled
	case asked == audit.NotAsked:
		state = unasked
	}
	slices.Sort(names)
	t.list = append(t.list, trait{what, state, slices.Compact(names)})
}

// get returns a trait, nil if it is one of a version that is not accepted.
func (t *traits) get(what string) *trait {
	for i := range t.list {
		if t.list[i].what == what {
			return &t.list[i]
		}
	}
	return nil
}

// compare says in what another address differs, and what could not be compared.
// A fact that was asked at neither is none, and what belongs to a version that
// is accepted at one of the two only is said with the version.
func (t *traits) compare(other *traits) (differs, undecided []string) {
	if t.reach != audit.ReachTLS || other.reach != audit.ReachTLS {
		if answers(t) && answers(other) && t.reach != other.reach {
			return []string{fmt.Sprintf("%s, not %s", reachWord(other), reachWord(t))}, nil
		}
		return nil, nil
	}
	for i := range t.list {
		a := &t.list[i]
		b := other.get(a.what)
		switch {
		case b == nil:
			// of a version the other does not accept, or may not
		case a.state == settled && b.state == settled:
			if text := a.differs(b); text != "" {
				differs = append(differs, a.what+": "+text)
			}
		case a.state != unasked || b.state != unasked:
			undecided = append(undecided, a.what)
		}
	}
	return differs, undecided
}

func answers(t *traits) bool { return t.reach == audit.ReachTLS || t.reach == audit.ReachNoTLS }

func reachWord(t *traits) string {
	if t.reach == audit.ReachTLS {
		return "TLS is spoken"
	}
	return "no TLS is spoken"
}

// named bounds the names of a difference in each direction.
const named = 6

// differs says what b has besides, and what it lacks.
func (t *trait) differs(b *trait) string {
	more, less := without(b.names, t.names), without(t.names, b.names)
	switch {
	case len(more)+len(less) == 0:
		return ""
	case len(more) == 1 && len(less) == 1:
		return more[0] + ", not " + less[0]
	}
	var parts []string
	if len(more) > 0 {
		parts = append(parts, "besides "+some(more))
	}
	if len(less) > 0 {
		parts = append(parts, "without "+some(less))
	}
	return strings.Join(parts, ", ")
}

func without(list, other []string) (rest []string) {
	for _, s := range list {
		if _, found := slices.BinarySearch(other, s); !found {
			rest = append(rest, s)
		}
	}
	return rest
}

func some(names []string) string {
	if more := len(names) - named; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), more)
	}
	return strings.Join(names, ", ")
}
