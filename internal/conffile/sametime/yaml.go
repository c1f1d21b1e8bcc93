package sametime

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// What is read of YAML at most. An alias counts as often as it is used.
const (
	yamlBytes = 512 << 10
	yamlDepth = 100
	yamlNodes = 200_000
)

// document is YAML of another product: strictyaml is for what people write for
// this program and refuses aliases, hexadecimal numbers and several documents,
// all of which are at home here.
type document struct {
	file *conftree.File
	root *yaml.Node
	// ascii is set if every character of the file is one byte.
	ascii bool
}

// maxColumns is the longest line of other characters in which nodes are placed.
const maxColumns = 10_000

// readYAML parses all documents of a file. Faults are said in the document; kind
// is what the product makes of YAML that is not valid or has a key twice.
func readYAML(d *confdoc.Document, f *conftree.File, kind confdoc.FaultKind) (list []document) {
	if len(f.Text) > yamlBytes {
		d.Fail(confdoc.Unclear, f.Place(0), fmt.Sprintf("the file is larger than the %d bytes that are read", yamlBytes), "split it")
		return nil
	}
	if i := strings.IndexFunc(f.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != 0x85 }); i >= 0 {
		d.Fail(kind, f.Place(i), "not valid YAML: a control character", "remove it")
		return nil
	}
	ascii := strings.IndexFunc(f.Text, func(r rune) bool { return r > 0x7f }) < 0
	decoder := yaml.NewDecoder(strings.NewReader(f.Text))
	budget := yamlNodes
	for {
		root, err := nextYAML(decoder)
		switch {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			d.Fail(kind, yamlPlace(f, err), "not valid YAML", "check the indentation and the quotes on this line and the one before; a list entry is written \"- \", with a space")
			return nil
		}
		if len(root.Content) == 0 {
			continue
		}
		doc := document{f, root.Content[0], ascii}
		if !doc.check(d, doc.root, 0, &budget, kind) {
			return nil
		}
		list = append(list, doc)
	}
}

// nextYAML decodes one document; a panic of the library is an error too.
func nextYAML(decoder *yaml.Decoder) (_ *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	var n yaml.Node
	if err := decoder.Decode(&n); err != nil {
		return nil, err
	}
	return &n, nil
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// yamlPlace is the line the library names; its words are not passed on, since
// they may quote the file.
func yamlPlace(f *conftree.File, err error) audit.Place {
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	text, at := f.Line(min(max(line, 1), f.Lines()))
	return f.Place(at + len(text) - len(strings.TrimLeft(text, " \t")))
}

// check bounds depth and the growth by aliases, and finds keys that stand twice.
func (y document) check(d *confdoc.Document, n *yaml.Node, depth int, budget *int, kind confdoc.FaultKind) bool {
	*budget--
	if depth > yamlDepth || *budget < 0 {
		d.Fail(confdoc.Unclear, y.place(n), "the YAML is nested deeper, or grows larger by its aliases, than is read", "write it out without aliases")
		return false
	}
	if n.Kind == yaml.AliasNode {
		return y.check(d, n.Alias, depth+1, budget, kind)
	}
	if n.Kind == yaml.ScalarNode && oddSpace(n.Value) >= 0 && aboutSametime.MatchString(n.Value) {
		d.Fail(confdoc.Unclear, y.place(n), "a character that cannot be seen sticks to a name or a value here: the setting is probably lost", "type the line again, with plain spaces or none")
		return false
	}
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode && c.ShortTag() != "!!merge" {
			if seen[c.Value] {
				d.Fail(kind, y.place(c), fmt.Sprintf("the key %s stands here a second time", clip(confdoc.RedactText(c.Value))), "keep one of the two")
				return false
			}
			seen[c.Value] = true
		}
		if !y.check(d, c, depth+1, budget, kind) {
			return false
		}
	}
	return true
}

var aboutSametime = regexp.MustCompile(`STI_|TLS|env_file|mongodb|ldap|^[^a-z]*1533`)

// resolve follows aliases; check has bounded them.
func resolve(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < yamlDepth; i++ {
		n = n.Alias
	}
	return n
}

// item is one key of a mapping with its value, which may have come by a merge.
type item struct{ key, value *yaml.Node }

// items lists the keys of a mapping; those merged in ("<<") come after its own
// and only where it has none of the name.
func items(n *yaml.Node) []item { return itemsOf(n, 0) }

func itemsOf(n *yaml.Node, depth int) (list []item) {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode || depth > 10 {
		return nil
	}
	seen := map[string]bool{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.ShortTag() != "!!merge" {
			seen[key.Value] = true
			list = append(list, item{key, n.Content[i+1]})
			continue
		}
		if from := resolve(n.Content[i+1]); from.Kind == yaml.SequenceNode {
			merged = append(merged, from.Content...)
		} else {
			merged = append(merged, from)
		}
	}
	for _, from := range merged {
		for _, it := range itemsOf(from, depth+1) {
			if !seen[it.key.Value] {
				seen[it.key.Value] = true
				list = append(list, it)
			}
		}
	}
	return list
}

// get returns the value of a key with its key, nil if there is none.
func get(n *yaml.Node, name string) (it item) {
	for _, it := range items(n) {
		if it.key.Value == name {
			return it
		}
	}
	return item{}
}

// scalar returns the text of a value; a number as YAML understands it is told
// apart in number if that is not what is written.
func scalar(n *yaml.Node) (text, number string, ok bool) {
	n = resolve(n)
	if n == nil || n.Kind != yaml.ScalarNode {
		return "", "", false
	}
	switch n.ShortTag() {
	case "!!null":
		return "", "", false
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			if s := strconv.FormatInt(i, 10); s != n.Value {
				return n.Value, s, true
			}
		}
	}
	return n.Value, "", true
}

// place is where a node stands.
func (y document) place(n *yaml.Node) audit.Place { return y.file.Place(y.offset(n)) }

// offset is where a node begins in the text, as far as the library counts lines
// the way the file does; what is built on it looks at the text there.
func (y document) offset(n *yaml.Node) int {
	if n == nil || n.Line < 1 || n.Line > y.file.Lines() {
		return 0
	}
	line, at := y.file.Line(n.Line)
	column := n.Column - 1
	if y.ascii {
		return at + min(max(column, 0), len(line))
	}
	if len(line) > maxColumns {
		return at // not worth a walk through the line for every node of it
	}
	for i := range line {
		if column <= 0 {
			return at + i
		}
		column--
	}
	return at + len(line)
}

// span is the text of a scalar on one line, quotes included; ok is false where
// the text is not what the node says.
func (y document) span(n *yaml.Node) (start, end int, ok bool) {
	start = y.offset(n)
	text := y.file.Text[start:]
	switch {
	case n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		if text == "" || text[0] != '"' && text[0] != '\'' {
			return start, start, false
		}
		i := strings.IndexByte(text[1:], text[0])
		if i < 0 || text[1:i+1] != n.Value {
			return start, start, false
		}
		return start, start + i + 2, true
	default:
		return start, start + len(n.Value), n.Value != "" && strings.HasPrefix(text, n.Value)
	}
	return start, start, false
}

// yamlNode is a node of the library.
type yamlNode = *yaml.Node

// words lists every text in a tree with the path to it, "mongo.url", bounded by
// what check has let through.
func words(n *yaml.Node, path string, visit func(path string, key, n yamlNode)) {
	walkYAML(nil, n, path, 0, visit)
}

// maxPath bounds how much of a path is kept: its end says what a value is.
const maxPath = 120

func walkYAML(key, n *yaml.Node, path string, depth int, visit func(path string, key, n yamlNode)) {
	if n == nil || depth > yamlDepth || n.Kind == yaml.AliasNode {
		return // the anchor is visited where it stands
	}
	switch n.Kind {
	case yaml.ScalarNode:
		visit(path, key, n)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			walkYAML(key, c, path, depth+1, visit)
		}
	case yaml.MappingNode:
		path = path[max(0, len(path)-maxPath):]
		for i := 0; i+1 < len(n.Content); i += 2 {
			walkYAML(n.Content[i], n.Content[i+1], strings.TrimPrefix(path+"."+clip(n.Content[i].Value), "."), depth+1, visit)
		}
	}
}

// commented returns the first line on which a key stands in a comment, with
// its colon; 0 if there is none.
func commented(f *conftree.File, key string) (line int) {
	for n := 1; n <= f.Lines(); n++ {
		text, _ := f.Line(n)
		rest, ok := strings.CutPrefix(strings.TrimSpace(text), "#")
		if after, found := strings.CutPrefix(strings.TrimLeft(rest, "# \t"), key); ok && found && strings.HasPrefix(strings.TrimLeft(after, " \t"), ":") {
			return n
		}
	}
	return 0
}

// The kinds of nodes.
const (
	yamlMapping  = yaml.MappingNode
	yamlSequence = yaml.SequenceNode
	yamlScalar   = yaml.ScalarNode
)
