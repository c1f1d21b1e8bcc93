// Package hypertext holds what the pages of this program share: the report in one file
// and the dashboard. It knows how text is made harmless in a template, how a bar
// is laid out and how a diff is told line by line; not what stands on a page.
package hypertext

import (
	"html/template"
	"text/template/parse"
)

// CleanActions puts the function of that name, which the templates must have, at
// the end of everything they print, as html/template does with its own escapes:
// a template cannot forget it.
func CleanActions(t *template.Template, name string) {
	for _, part := range t.Templates() {
		if part.Tree != nil {
			cleanActions(part.Tree.Root, parse.NewIdentifier(name))
		}
	}
}

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
