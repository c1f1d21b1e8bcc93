package sametime

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"tlsaudit/internal/conftree"
)

// readMap adds the variables of a mapping: "environment:" of compose,
// "sametimeIni:" of the Helm chart.
func (p *params) readMap(y document, n *yaml.Node, rank int, substitutes bool) {
	for _, it := range items(n) {
		text, number, ok := scalar(it.value)
		e := y.entry(it.key.Value, text, rank, formMap)
		e.number = number
		if start, end, ok := y.span(it.key); ok {
			e.keyStart, e.keyEnd = start, end
		} else {
			e.keyStart = y.offset(it.key)
			e.keyEnd = e.keyStart
		}
		if value := it.value; ok && value.Kind == yaml.ScalarNode {
			if start, end, ok := y.span(value); ok {
				e.start, e.end = start, end
			}
		}
		if !ok {
			e.open = clip(e.key) + " has no value here"
		}
		if substitutes {
			e.substituted(text)
		}
		p.add(e)
	}
}

// readList adds the variables of a list of "NAME=value".
func (p *params) readList(y document, n *yaml.Node, rank int) {
	n = resolve(n)
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for _, c := range n.Content {
		text, _, ok := scalar(c)
		key, value, found := strings.Cut(text, "=")
		if !ok {
			continue
		}
		e := y.entry(key, value, rank, formList)
		e.keyStart = y.offset(resolve(c))
		e.keyEnd = e.keyStart
		if start, end, ok := y.span(c); ok {
			quoted := end-start-len(text) == 2
			if quoted {
				start, end = start+1, end-1
			}
			e.keyStart, e.keyEnd = start, start+len(key)
			if found {
				e.start, e.end = start+len(key)+1, end
			}
		}
		if !found {
			e.open = clip(e.key) + " has no value here: it comes from the machine the container is started on"
		}
		e.substituted(value)
		p.add(e)
	}
}

func (y document) entry(key, value string, rank int, form form) entry {
	e := entry{file: y.file, key: key, value: value, rank: rank, form: form, start: -1}
	section, name, misnamed, ours := sti(key)
	e.section, e.name, e.misnamed = section, name, misnamed
	if !ours {
		e.section, e.name = "", key
	}
	return e
}

// indentOf is the white space a line begins with, if there is nothing else in
// front of an offset.
func indentOf(f *conftree.File, offset int) (indent string, ok bool) {
	text, at := f.Line(f.LineAt(offset))
	indent = text[:offset-at]
	return indent, strings.Trim(indent, " ") == ""
}
