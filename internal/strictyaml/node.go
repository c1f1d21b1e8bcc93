package strictyaml

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"tlsaudit/audit"
)

// Node is one value of a document with its place. The zero Node stands for a
// key that was left out.
type Node struct {
	file string
	// path is how a person would point at it, such as "rules[2].level".
	path string
	yaml *yaml.Node
}

// IsZero reports whether the value was left out.
func (n Node) IsZero() bool { return n.yaml == nil }

// Place returns where the value stands.
func (n Node) Place() audit.Place {
	if n.yaml == nil {
		return audit.Place{File: n.file}
	}
	return audit.Place{File: n.file, Line: max1(n.yaml.Line), Col: max1(n.yaml.Column)}
}

// Fault returns the error that something is wrong with this value; format is
// prefixed with the path of the value. The hint may be empty.
func (n Node) Fault(hint, format string, args ...any) *audit.InputError {
	cause := fmt.Sprintf(format, args...)
	if n.path != "" {
		cause = n.path + ": " + cause
	}
	return &audit.InputError{Place: n.Place(), Cause: cause, Hint: hint}
}

func (n Node) child(y *yaml.Node, path string) Node {
	switch {
	case path == "":
		path = n.path
	case n.path != "" && path[0] != '[':
		path = n.path + "." + path
	default:
		path = n.path + path
	}
	return Node{file: n.file, path: path, yaml: y}
}

// Get returns the value of a key; zero if this is no mapping or has no such key.
func (n Node) Get(key string) Node {
	if n.yaml == nil || n.yaml.Kind != yaml.MappingNode {
		return Node{file: n.file}
	}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		if n.yaml.Content[i].Value == key {
			return n.child(n.yaml.Content[i+1], clip(key))
		}
	}
	return Node{file: n.file}
}

// Items returns the entries of a list, or an error naming what stands there
// instead.
func (n Node) Items() ([]Node, error) {
	if n.yaml.Kind != yaml.SequenceNode {
		return nil, n.Fault("write one entry per line, each with a leading \"- \"", "a list is wanted, not %s", n.describe())
	}
	items := make([]Node, len(n.yaml.Content))
	for i, c := range n.yaml.Content {
		items[i] = n.child(c, "["+strconv.Itoa(i)+"]")
	}
	return items, nil
}

// IsText and IsMapping tell the two forms apart of a value that may be written
// as one or the other.
func (n Node) IsText() bool { return n.yaml != nil && n.yaml.ShortTag() == "!!str" }

// IsMapping reports whether the value is a mapping.
func (n Node) IsMapping() bool { return n.yaml != nil && n.yaml.Kind == yaml.MappingNode }

// IsList reports whether the value is a list.
func (n Node) IsList() bool { return n.yaml != nil && n.yaml.Kind == yaml.SequenceNode }

// Keys returns the keys of a mapping in the order they are written; none if
// this is no mapping.
func (n Node) Keys() []string {
	var keys []string
	for i := 0; n.IsMapping() && i+1 < len(n.yaml.Content); i += 2 {
		keys = append(keys, n.yaml.Content[i].Value)
	}
	return keys
}

// Any returns the value as an untyped tree of map[string]any, []any, string,
// int, float64, bool and nil.
func (n Node) Any() any {
	if n.yaml == nil {
		return nil
	}
	switch n.yaml.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.yaml.Content)/2)
		for i := 0; i+1 < len(n.yaml.Content); i += 2 {
			m[n.yaml.Content[i].Value] = n.child(n.yaml.Content[i+1], "").Any()
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.yaml.Content))
		for i, c := range n.yaml.Content {
			list[i] = n.child(c, "").Any()
		}
		return list
	}
	return n.scalar()
}

func (n Node) scalar() any {
	switch n.yaml.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if n.yaml.Decode(&v) == nil {
			return v
		}
	case "!!int":
		var v int
		if n.yaml.Decode(&v) == nil {
			return v
		}
	case "!!float":
		var v float64
		if n.yaml.Decode(&v) == nil {
			return v
		}
	}
	return n.yaml.Value
}

// describe says what stands here, for "X is wanted, not ...".
func (n Node) describe() string {
	switch n.yaml.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	kind := map[string]string{"!!str": "the text", "!!int": "the number", "!!float": "the number", "!!bool": "the truth value", "!!timestamp": "the date"}[n.yaml.ShortTag()]
	if kind == "" {
		return "an empty value"
	}
	return fmt.Sprintf("%s %q", kind, clip(n.yaml.Value))
}

// clip shortens text that is quoted in an error.
func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
