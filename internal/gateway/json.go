package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// jsonNode is a value of a JSON document with its position.
type jsonNode struct {
	s    *source
	path string
	at   at
	// value is nil, bool, string, json.Number, []*jsonNode or *jsonObject.
	value any
}

// jsonObject keeps the order of its keys.
type jsonObject struct {
	keys   []jsonKey
	values map[string]*jsonNode
}

type jsonKey struct {
	name string
	at   at
}

const maxDepth = 32

// jsonReader builds the tree and keeps count of positions.
type jsonReader struct {
	s       *source
	decoder *json.Decoder
	// offset and at are a byte and its position, moving forward.
	offset int
	at     at
	keys   int
}

// parseJSON reads the only document of a file.
func (s *source) parseJSON() (*jsonNode, error) {
	r := &jsonReader{s: s, decoder: json.NewDecoder(strings.NewReader(s.text)), at: at{1, 1}}
	r.decoder.UseNumber()
	n, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	p := r.next()
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, s.fault(p, "keep one document in a file", "something follows the end of the document")
	}
	return n, nil
}

// next is the position of the token to come.
func (r *jsonReader) next() at {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.s.text) && strings.IndexByte(" \t\r\n,:", r.s.text[offset]) >= 0 {
		offset++
	}
	for _, c := range r.s.text[min(r.offset, offset):offset] {
		r.at.col++
		if c == '\n' {
			r.at = at{r.at.line + 1, 1}
		}
	}
	r.offset = offset
	return r.at
}

func (r *jsonReader) token() (json.Token, at, error) {
	p := r.next()
	token, err := r.decoder.Token()
	if err == nil {
		return token, p, nil
	}
	cause := err.Error()
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		cause = "the document ends too early"
	} else if errors.As(err, &syntax) {
		// the decoder names the byte behind the one at fault
		for _, c := range r.s.text[min(r.offset, len(r.s.text)):max(r.offset, min(int(syntax.Offset)-1, len(r.s.text)))] {
			r.at.col++
			if c == '\n' {
				r.at = at{r.at.line + 1, 1}
			}
		}
		p = r.at
	}
	return nil, p, r.s.fault(p, "check the commas, quotes and brackets here", "not valid JSON: %s", cause)
}

func (r *jsonReader) value(path string, depth int) (*jsonNode, error) {
	token, p, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &jsonNode{s: r.s, path: path, at: p, value: token}
	delim, ok := token.(json.Delim)
	if !ok {
		return n, nil
	}
	if depth >= maxDepth {
		return nil, r.s.fault(p, "take levels out", "nested deeper than %d levels", maxDepth)
	}
	if delim == '[' {
		var list []*jsonNode
		for r.decoder.More() {
			item, err := r.value(path+"["+itoa(uint16(min(len(list), 65535)))+"]", depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		n.value = list
		_, _, err := r.token()
		return n, err
	}
	object := &jsonObject{values: map[string]*jsonNode{}}
	n.value = object
	for r.decoder.More() {
		if err := r.member(object, path, depth); err != nil {
			return nil, err
		}
	}
	_, _, err = r.token()
	return n, err
}

func (r *jsonReader) member(object *jsonObject, path string, depth int) error {
	token, p, err := r.token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	if _, twice := object.values[name]; twice {
		return r.s.fault(p, "keep one of the two", "key %s stands here a second time", quote(name))
	}
	if r.keys++; r.keys > maxMembers {
		return r.s.fault(p, "split the file", "more than %d keys", maxMembers)
	}
	below := clip(name)
	if path != "" {
		below = path + "." + below
	}
	value, err := r.value(below, depth+1)
	if err != nil {
		return err
	}
	object.keys = append(object.keys, jsonKey{name, p})
	object.values[name] = value
	return nil
}

func (n *jsonNode) fault(hint, format string, args ...any) error {
	if n.path != "" {
		format = strings.ReplaceAll(n.path, "%", "%%") + ": " + format
	}
	return n.s.fault(n.at, hint, format, args...)
}

// object returns the members of an object; known, if given, are the only keys
// it may have.
func (n *jsonNode) object(known ...string) (*jsonObject, error) {
	o, ok := n.value.(*jsonObject)
	if !ok {
		return nil, n.fault("write { \"key\": value }", "an object is wanted")
	}
	for _, k := range o.keys {
		var choice *strictyaml.ChoiceError
		if len(known) > 0 && errors.As(strictyaml.Choose(k.name, known), &choice) {
			return nil, n.s.fault(k.at, choice.Hint(), "unknown key: %v", choice)
		}
	}
	return o, nil
}

// list returns the entries of a list.
func (n *jsonNode) list() ([]*jsonNode, error) {
	list, ok := n.value.([]*jsonNode)
	if !ok {
		return nil, n.fault("write [ ... ]", "a list is wanted")
	}
	return list, nil
}

// text returns a text.
func (n *jsonNode) text() (string, error) {
	s, ok := n.value.(string)
	if !ok {
		return "", n.fault("write it in double quotes", "text is wanted")
	}
	return s, nil
}

// truth returns true or false.
func (n *jsonNode) truth() (bool, error) {
	b, ok := n.value.(bool)
	if !ok {
		return false, n.fault("write true or false, without quotes", "true or false is wanted")
	}
	return b, nil
}

// absent reports whether a value is missing or null.
func (n *jsonNode) absent() bool { return n == nil || n.value == nil }

// need returns a member that has to be there.
func (n *jsonNode) need(o *jsonObject, key string) (*jsonNode, error) {
	v := o.values[key]
	if v.absent() {
		return nil, n.fault("add it", "the key %s is missing", quote(key))
	}
	return v, nil
}

// jsonScalar returns a value as it is written: a number, or a text.
func jsonScalar(n *jsonNode, number bool) (string, bool) {
	if number {
		v, ok := n.value.(json.Number)
		return v.String(), ok
	}
	v, ok := n.value.(string)
	return v, ok
}

// jsonTexts returns a list of texts with their positions; none if it is absent.
func jsonTexts(n *jsonNode) ([]cellText, error) {
	if n.absent() {
		return nil, nil
	}
	list, err := n.list()
	if err != nil {
		return nil, err
	}
	var texts []cellText
	for _, item := range list {
		text, err := item.text()
		if err != nil {
			return nil, err
		}
		texts = append(texts, cellText{text, item.at})
	}
	return texts, nil
}
