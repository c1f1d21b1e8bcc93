package policy

import (
	"fmt"
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

var quoted = regexp.MustCompile(`"([^"]+)"`)

// fault places the message of a check at what it quotes: a parameter, an item
// of its list, or, for a rule that is derived, the value it is made of.
func (d *demand) fault(message string) error {
	hint := "tlsaudit explain " + d.rule.Check + " shows the parameters"
	if cause, near, ok := strings.Cut(message, "; did you mean "); ok {
		message, hint = cause, "did you mean "+near
	}
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(message, -1) {
		words = append(words, m[1])
	}
	for _, section := range []strictyaml.Node{d.changed, d.node, d.source} {
		if place, ok := narrowed(section, words); ok {
			return place.Fault(hint, "%s", message)
		}
	}
	for _, section := range []strictyaml.Node{d.changed, d.node} {
		if !section.IsZero() {
			return section.Fault(hint, "%s", message)
		}
	}
	return &audit.InputError{Place: *d.rule.Place, Cause: "rule " + d.rule.ID + ": " + message, Hint: hint}
}

// narrowed follows words into a section: each is a key or a value below the one
// before. It returns false if none of them is there.
func narrowed(section strictyaml.Node, words []string) (strictyaml.Node, bool) {
	at, any := section, false
	for _, word := range words {
		if n, ok := below(at, word); ok {
			at, any = n, true
		}
	}
	return at, any
}

// below finds the value of a key, or a value, within a node: the nearest to its
// top.
func below(n strictyaml.Node, word string) (strictyaml.Node, bool) {
	level := []strictyaml.Node{n}
	for len(level) > 0 {
		var next []strictyaml.Node
		for _, one := range level {
			if found := one.Get(word); !found.IsZero() {
				return found, true
			}
			for _, child := range children(one) {
				if !child.IsMapping() && !child.IsList() && fmt.Sprint(child.Any()) == word {
					return child, true
				}
				next = append(next, child)
			}
		}
		level = next
	}
	return strictyaml.Node{}, false
}

func children(n strictyaml.Node) []strictyaml.Node {
	var list []strictyaml.Node
	for _, key := range n.Keys() {
		list = append(list, n.Get(key))
	}
	if n.IsList() {
		if items, err := n.Items(); err == nil {
			list = append(list, items...)
		}
	}
	return list
}
