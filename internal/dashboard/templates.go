package dashboard

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"
	"text/template/parse"
)

// href is an address made by link: it needs no cleaning, which would change it.
type href string

// exact is a value that is sent back as it is, such as that of a form's field.
// Nobody reads it.
type exact string

// load reads the templates and puts clean at the end of all they print.
func load(clean func(string) string) (*template.Template, error) {
	t, err := template.New("page").Funcs(words(clean)).ParseFS(web, "web/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading the templates: %w", err)
	}
	for _, part := range t.Templates() {
		if part.Tree != nil {
			cleanActions(part.Tree.Root, parse.NewIdentifier("clean"))
		}
	}
	return t, nil
}

// words are the functions of the templates. They depend on nothing but what they
// are handed.
func words(clean func(string) string) template.FuncMap {
	return template.FuncMap{
		"clean":   func(v any) any { return cleanAny(clean, v) },
		"exact":   func(s string) exact { return exact(escaped(clean, s)) },
		"pieces":  func(v any) []piece { return pieces(fmt.Sprint(cleanAny(clean, v))) },
		"diff":    func(s string) []diffLine { return diffLines(clean, s) },
		"lines":   func(s string) []string { return cleanLines(clean, s) },
		"num":     num,
		"plural":  plural,
		"stamp":   stamp,
		"day":     day,
		"share":   shareText,
		"class":   verdictClass,
		"word":    verdictWord,
		"holds":   holds,
		"answer":  answerWord,
		"key":     keyText,
		"join":    func(list []string) string { return strings.Join(list, ", ") },
		"runAt":   func(run string) href { return link("/runs/" + run) },
		"subject": func(s string) href { return link("/subject", "s", s) },
		"system":  func(s string) href { return link("/system", "name", s) },
		"rule":    func(profile, rule string) href { return link("/rule", "profile", profile, "rule", rule) },
	}
}

// cleanActions puts clean at the end of everything a template prints, as
// html/template does with its own escapes: a template cannot forget it.
func cleanActions(node parse.Node, clean *parse.IdentifierNode) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			cleanActions(child, clean)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{clean}})
		}
	case *parse.IfNode:
		cleanActions(n.List, clean)
		cleanActions(n.ElseList, clean)
	case *parse.RangeNode:
		cleanActions(n.List, clean)
		cleanActions(n.ElseList, clean)
	case *parse.WithNode:
		cleanActions(n.List, clean)
		cleanActions(n.ElseList, clean)
	}
}

// cleanAny is clean for whatever a template prints.
func cleanAny(clean func(string) string, v any) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case int:
		return v
	case href:
		return string(v)
	case exact:
		return string(v)
	case fmt.Stringer:
		return clean(v.String())
	case []string:
		return clean(strings.Join(v, ", "))
	case nil:
		return ""
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return clean(r.String())
	}
	return clean(fmt.Sprint(v))
}
