package policy

import (
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// scope limits rules to some targets. Every key that is given has to hold; the
// entries of one key are alternatives.
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
		if value, ok := t.Labels[key]; !ok || !g.matches(value) {
			return false
		}
	}
	if len(s.protocols) > 0 && !slices.Contains(s.protocols, t.Protocol) {
		return false
	}
	if len(s.targets) == 0 {
		return true
	}
	subject := t.Subject()
	plain, _, _ := strings.Cut(subject, "?")
	return slices.ContainsFunc(s.targets, func(g glob) bool { return g.matches(subject) || g.matches(plain) })
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

// glob is a pattern for a whole value. An asterisk stands for any characters,
// also none; nothing else is special.
type glob string

// maxGlob bounds a pattern in bytes.
const maxGlob = 1024

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *glob) UnmarshalText(b []byte) error {
	*g = glob(b)
	switch text := string(b); {
	case strings.TrimSpace(text) == "":
		return &strictyaml.ValueError{Cause: "the pattern is blank", Hint: "write the name, with * for any characters"}
	case len(text) > maxGlob:
		return &strictyaml.ValueError{Cause: "the pattern is longer than 1024 bytes", Hint: "write the name, with * for any characters"}
	case strings.Contains(text, "**"):
		return &strictyaml.ValueError{Cause: "the pattern has two asterisks in a row", Hint: "write one *: it stands for any characters, dots and slashes too"}
	}
	return nil
}

// targetGlob is a glob for subjects such as "smtp://mx.example.com:25".
type targetGlob glob

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *targetGlob) UnmarshalText(b []byte) error {
	if err := (*glob)(g).UnmarshalText(b); err != nil {
		return err
	}
	const hint = "write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"
	text := strings.ToLower(string(b))
	*g = targetGlob(text)
	switch {
	case strings.ContainsAny(text, "^$()|\\ \t\n") || strings.Contains(text, ".*"):
		return &strictyaml.ValueError{Cause: `"` + text + `" is no pattern for targets`, Hint: hint}
	case !strings.Contains(text, "://") && !strings.HasPrefix(text, "*"):
		return &strictyaml.ValueError{Cause: `"` + text + `" has no protocol://`, Hint: hint}
	}
	return nil
}

// matches compares the whole value.
func (g glob) matches(value string) bool {
	parts := strings.Split(string(g), "*")
	if len(parts) == 1 {
		return value == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(value) < len(first)+len(last) || !strings.HasPrefix(value, first) || !strings.HasSuffix(value, last) {
		return false
	}
	rest := value[len(first) : len(value)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
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

// apart reports whether no target can be in both scopes. Patterns are taken to
// overlap.
func (s *scope) apart(other *scope) bool {
	if differ(s.systems, other.systems) || differ(s.targets, other.targets) {
		return true
	}
	for key, g := range s.labels {
		if h, ok := other.labels[key]; ok && differ([]glob{g}, []glob{h}) {
			return true
		}
	}
	return len(s.protocols) > 0 && len(other.protocols) > 0 &&
		!slices.ContainsFunc(s.protocols, func(p string) bool { return slices.Contains(other.protocols, p) })
}

// differ reports whether two lists name values and have none in common.
func differ(a, b []glob) bool {
	for _, g := range a {
		for _, h := range b {
			if g == h || strings.Contains(string(g+h), "*") {
				return false
			}
		}
	}
	return len(a) > 0 && len(b) > 0
}

func scopeWords(scopes []*scope) string {
	var words []string
	for _, s := range scopes {
		words = append(words, s.String())
	}
	return strings.Join(words, ", or ")
}
