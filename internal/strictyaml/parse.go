package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"tlsaudit/audit"
)

// MaxDepth bounds the nesting of lists and mappings.
const MaxDepth = 32

// Parse reads the only document of data, of at most max bytes. The name of the
// file is used in errors and places only.
func Parse(file string, data []byte, max int) (Node, error) {
	if len(data) > max {
		return Node{}, &audit.InputError{
			Place: audit.Place{File: file, Line: 1 + bytes.Count(data[:max], []byte("\n")), Col: 1},
			Cause: fmt.Sprintf("the file is larger than %d bytes", max),
			Hint:  "split it into several files",
		}
	}
	if err := checkText(file, data); err != nil {
		return Node{}, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	document, err := next(decoder)
	if errors.Is(err, io.EOF) || err == nil && empty(document) {
		return Node{}, &audit.InputError{
			Place: audit.Place{File: file, Line: 1, Col: 1},
			Cause: "the document is empty",
			Hint:  "write its keys, or name another file",
		}
	}
	if err != nil {
		return Node{}, syntaxError(file, data, err)
	}
	if second, err := next(decoder); err == nil {
		return Node{}, &audit.InputError{
			Place: audit.Place{File: file, Line: max1(second.Line), Col: max1(second.Column)},
			Cause: "a second YAML document begins here; only one is read",
			Hint:  `remove the "---" and join the documents, or keep each in a file of its own`,
		}
	} else if !errors.Is(err, io.EOF) {
		return Node{}, syntaxError(file, data, err)
	}
	node := Node{file: file, yaml: document.Content[0]}
	return node, node.check(0)
}

// next decodes one document. The library reports faults as panics inside and
// recovers its own; any other is turned into an error here, because the bytes
// are foreign.
func next(d *yaml.Decoder) (_ *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	var document yaml.Node
	if err := d.Decode(&document); err != nil {
		return nil, err
	}
	return &document, nil
}

func empty(document *yaml.Node) bool {
	if len(document.Content) == 0 {
		return true
	}
	root := document.Content[0]
	return root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" && root.Value == ""
}

func max1(n int) int { return max(n, 1) }

// checkText refuses bytes that are not text before the parser sees them: its
// own message for them has no position.
func checkText(file string, data []byte) error {
	line, col := 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		place := audit.Place{File: file, Line: line, Col: col}
		switch {
		case r == utf8.RuneError && size == 1:
			return &audit.InputError{Place: place, Cause: fmt.Sprintf("byte 0x%02X is not UTF-8 text", data[0]), Hint: "save the file as UTF-8"}
		case r != '\n' && r != '\r' && r != '\t' && unicode.IsControl(r):
			return &audit.InputError{Place: place, Cause: fmt.Sprintf("control character %U", r), Hint: "remove it"}
		case r == '\n':
			line, col = line+1, 1
		case r != '\uFEFF':
			col++
		}
		data = data[size:]
	}
	return nil
}

var lineOf = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxError translates the library's "yaml: line 3: did not find ...". It
// gives no column, so the place is the first character of that line.
func syntaxError(file string, data []byte, err error) error {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOf.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = err.Error()[len(m[0]):]
	}
	line, col := max1(line), 1
	if lines := bytes.Split(data, []byte("\n")); line <= len(lines) {
		text := string(lines[line-1])
		col = 1 + len(text) - len(strings.TrimLeft(text, " \t"))
	}
	return &audit.InputError{
		Place: audit.Place{File: file, Line: line, Col: col},
		Cause: "not valid YAML: " + text,
		Hint:  "check the indentation and the quotes on this line and the one before",
		Err:   err,
	}
}

// check walks the whole tree once, refusing what makes YAML ambiguous.
func (n Node) check(depth int) error {
	if depth > MaxDepth {
		return n.Fault("take levels out", "nested deeper than %d levels", MaxDepth)
	}
	if n.yaml.Kind == yaml.AliasNode || n.yaml.Anchor != "" {
		return n.Fault("write the value out where it is needed", "anchors and aliases (&%s, *%[1]s) are not read", clip(n.yaml.Anchor+aliasName(n.yaml)))
	}
	if n.yaml.Style&yaml.TaggedStyle != 0 {
		return n.Fault("remove it; put text in quotes", "the tag %s is not read", clip(n.yaml.Tag))
	}
	if r, found := hidden(n.yaml.Value); found {
		return n.Fault("remove it", "the invisible character %U, which a reader of a report would not see", r)
	}
	if n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!int" && !decimal(n.yaml.Value) {
		return n.Fault("write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text",
			"%s is not a plain decimal number: YAML reads it as %v", clip(n.yaml.Value), n.scalar())
	}
	lines := map[string]int{} // keys seen, by the line they stand on
	for i, child := range n.yaml.Content {
		c := n.child(child, "")
		if n.yaml.Kind == yaml.MappingNode && i%2 == 0 {
			if err := c.checkKey(lines); err != nil {
				return err
			}
		}
		if err := c.check(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// decimal reports whether a whole number is written the one way everybody reads
// alike. YAML takes 010 for 8, and knows 0x10, 0b1, 1_0 and +1 as well.
func decimal(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (digits[0] != '0' || s == "0")
}

// hidden returns the first character of a value that changes how text looks
// without being seen: control characters, however they are escaped, and format
// characters such as those that turn the direction of writing.
func hidden(value string) (rune, bool) {
	for _, r := range value {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			return r, true
		}
	}
	return 0, false
}

func aliasName(n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		return n.Value
	}
	return ""
}

// checkKey checks one key of a mapping against those before it.
func (n Node) checkKey(lines map[string]int) error {
	switch {
	case n.yaml.Kind == yaml.AliasNode:
		return nil // check says what is wrong
	case n.yaml.ShortTag() == "!!merge":
		return n.Fault("write the keys out where they are needed", "merge keys (<<) are not read")
	case n.yaml.Kind != yaml.ScalarNode || n.yaml.ShortTag() != "!!str":
		return n.Fault("put it in quotes if it is meant as text", "a key must be text, not %s", n.describe())
	}
	if line, twice := lines[n.yaml.Value]; twice {
		return n.Fault("keep one of the two", "key %q stands here a second time; the first is on line %d", clip(n.yaml.Value), line)
	}
	lines[n.yaml.Value] = n.yaml.Line
	return nil
}
