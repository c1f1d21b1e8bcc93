package jsonstream

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/near"
)

// misfit is a value that does not fit where it stands. encoding/json names Go
// types and places no fault of a word, so that the value is looked for anew;
// the time this takes is that of reading the value once per level.
type misfit struct {
	r     *Reader
	path  []string
	place audit.Place
	raw   []byte
	want  reflect.Type
	err   error
}

// narrow moves on to the innermost value that does not fit.
func (m *misfit) narrow() {
	for m.want.Kind() == reflect.Pointer && !unmarshals(m.want) {
		m.want = m.want.Elem()
	}
	if unmarshals(m.want) || len(m.raw) == 0 {
		return
	}
	in := m.r.at(m.place, m.raw, m.path)
	switch kind := m.want.Kind(); {
	case m.raw[0] == '{' && (kind == reflect.Struct || kind == reflect.Map):
		for name, err := range in.Members() {
			if err != nil {
				return
			}
			if t := memberType(m.want, name); t != nil && m.into(in, t) {
				return
			}
		}
	case m.raw[0] == '[' && (kind == reflect.Slice || kind == reflect.Array):
		for err := range in.Elements() {
			if err != nil || m.into(in, m.want.Elem()) {
				return
			}
		}
	}
}

// into tries the value at hand, and moves there if it does not fit.
func (m *misfit) into(in *Reader, want reflect.Type) bool {
	place := in.Place()
	raw, err := in.raw(MaxValue)
	if err != nil {
		return false
	}
	if err = json.Unmarshal(raw, reflect.New(want).Interface()); err == nil {
		return false
	}
	m.path, m.place, m.raw, m.want, m.err = slices.Clone(in.path), place, bytes.Clone(raw), want, err
	m.narrow()
	return true
}

// unmarshals reports whether a type has its own way to be read.
func unmarshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// memberType returns what encoding/json reads a member into, nil if it passes
// over it.
func memberType(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	var folded reflect.Type
	for _, f := range reflect.VisibleFields(t) {
		known, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || known == "-" || f.Anonymous && known == "":
			continue
		case known == "":
			known = f.Name
		}
		if known == name {
			return f.Type
		}
		if folded == nil && strings.EqualFold(known, name) {
			folded = f.Type
		}
	}
	return folded
}

// fault says what is wrong in the words of the document.
func (m *misfit) fault() *audit.InputError {
	named := Reader{path: m.path}
	var kind *json.UnmarshalTypeError
	var word *audit.WordError
	var when *time.ParseError
	text, advice := m.err.Error(), ""
	switch {
	case errors.As(m.err, &word):
		if meant := near.Word(word.Word, word.Known); meant != "" {
			advice = fmt.Sprintf("did you mean %q?", meant)
		}
	case errors.As(m.err, &when):
		text = fmt.Sprintf("%s is not a time: one such as \"2006-01-02T15:04:05Z\" is wanted", clipped(m.raw))
	case errors.As(m.err, &kind):
		text = fmt.Sprintf("%s is out of place: %s is wanted", m.value(), wanted(m.want))
	}
	fault := named.Fault(m.place, "%s", clipped([]byte(text)))
	fault.Err = m.err
	if advice != "" {
		fault.Hint = advice
	}
	return fault
}

// value names what stands in the document.
func (m *misfit) value() string {
	switch m.raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return clipped(m.raw)
}

// wanted names what a type is written as.
func wanted(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch kind := t.Kind(); {
	case unmarshals(t), kind == reflect.String:
		return "text"
	case kind == reflect.Bool:
		return "true or false"
	case kind >= reflect.Int && kind <= reflect.Int64:
		return "a whole number"
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		return fmt.Sprintf("a whole number from 0 to %d", ^uint64(0)>>(64-t.Bits()))
	case kind == reflect.Float32, kind == reflect.Float64:
		return "a number"
	case kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return "text in base64"
	case kind == reflect.Slice, kind == reflect.Array:
		return "a list"
	}
	return "an object"
}

// clipped shortens foreign text that is quoted.
func clipped(text []byte) string {
	const most = 300
	if r := []rune(string(text[:min(len(text), 4*most)])); len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(text)
}
