package policy

import (
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// scope limits rules to some targets. Every key that is given has to hold; the
// entries of one key are alternatives. Upper and lower case are the same.
type scope struct {
	systems   []glob
	labels    map[string]glob
	targets   []glob
	protocols []string
}

// scopeDoc is a scope as it is written.
type scopeDoc struct {
	Systems   []glob          `yaml:"systems"`
	Labels    map[string]glob `yaml:"labels"`
	Targets   []targetGlob    `yaml:"targets"`
	Protocols []protocolName  `yaml:"protocols"`
}

// read returns the scope; n is where it stands.
func (doc *scopeDoc) read(n strictyaml.Node) (*scope, error) {
	if len(doc.Systems)+len(doc.Labels)+len(doc.Targets)+len(doc.Protocols) == 0 {
		return nil, n.Fault("add systems, labels, targets or protocols, or leave the scope off", "the scope names nothing")
	}
	s := &scope{systems: doc.Systems, labels: doc.Labels}
	for _, t := range doc.Targets {
		s.targets = append(s.targets, glob(t))
	}
	for _, p := range doc.Protocols {
		s.protocols = append(s.protocols, string(p))
	}
	return s, nil
}

// matches reports whether the target is in the scope.
func (s *scope) matches(t *audit.Target) bool {
	if len(s.systems) > 0 && !slices.ContainsFunc(s.systems, func(g glob) bool { return g.matches(t.System) }) {
		return false
	}
	for key, g := range s.labels {
		if !labelled(t, key, g) {
			return false
		}
	}
	if len(s.protocols) > 0 && !slices.ContainsFunc(s.protocols, t.IsOf) {
		return false
	}
	if len(s.targets) == 0 {
		return true
	}
	subject := t.Subject()
	plain, _, _ := strings.Cut(subject, "?")
	return slices.ContainsFunc(s.targets, func(g glob) bool { return g.matches(subject) || g.matches(plain) })
}

// labelled reports whether the target has the label, whatever the case of its
// name.
func labelled(t *audit.Target, key string, g glob) bool {
	for name, value := range t.Labels {
		if strings.EqualFold(name, key) && g.matches(value) {
			return true
		}
	}
	return false
}

// String says in words what is in the scope, such as "system mail, label
// env=prod".
func (s *scope) String() string {
	var parts []string
	add := func(word string, list []string) {
		if len(list) > 0 {
			parts = append(parts, word+" "+strings.Join(list, " or "))
		}
	}
	add("system", globWords(s.systems))
	for _, key := range slices.Sorted(maps.Keys(s.labels)) {
		parts = append(parts, "label "+key+"="+string(s.labels[key]))
	}
	add("target", globWords(s.targets))
	add("protocol", s.protocols)
	return strings.Join(parts, ", ")
}

func globWords(list []glob) []string {
	var words []string
	for _, g := range list {
		words = append(words, string(g))
	}
	return words
}

// limit adds a condition on the target to a rule, and its words. The scopes,
// of which one holds wherever the condition does, are for Conflicts.
func (d *demand) limit(words string, in func(*audit.Target) bool, scopes ...*scope) {
	if len(scopes) > 0 {
		d.limits = append(slices.Clone(d.limits), scopes)
	}
	before := d.rule.Match
	d.rule.Match = func(t *audit.Target, o *audit.Observation) bool {
		return in(t) && (before == nil || before(t, o))
	}
	if d.rule.Scope != "" {
		words = d.rule.Scope + "; " + words
	}
	d.rule.Scope = words
}

// anyOf reports whether one of the scopes holds.
func anyOf(scopes []*scope, t *audit.Target) bool {
	return slices.ContainsFunc(scopes, func(s *scope) bool { return s.matches(t) })
}

// apart reports whether no target can be in both scopes.
func (s *scope) apart(other *scope) bool {
	if none(s.systems, other.systems, glob.overlaps) || none(s.targets, other.targets, sameTarget) {
		return true
	}
	for key, g := range s.labels {
		for name, h := range other.labels {
			if name == key && !g.overlaps(h) {
				return true
			}
		}
	}
	mine, yours := s.of(), other.of()
	return none(mine, yours, glob.overlaps) || none(mine, other.targets, sameTarget) || none(yours, s.targets, sameTarget)
}

// of are patterns for the subjects of the protocols the scope names.
func (s *scope) of() []glob {
	var list []glob
	for _, p := range s.protocols {
		list = append(list, glob(p+"://*"))
	}
	return list
}

// none reports whether there are two lists and no pair of them that agrees.
func none(a, b []glob, agree func(g, h glob) bool) bool {
	for _, g := range a {
		for _, h := range b {
			if agree(g, h) {
				return false
			}
		}
	}
	return len(a) > 0 && len(b) > 0
}

// sameTarget reports whether two patterns can mean the same target: either may
// leave off what stands behind the question mark of its subject.
func sameTarget(g, h glob) bool {
	return g.overlaps(h) || (g + "?*").overlaps(h) || g.overlaps(h+"?*")
}

func scopeWords(scopes []*scope) string {
	var words []string
	for _, s := range scopes {
		words = append(words, s.String())
	}
	return strings.Join(words, ", or ")
}
