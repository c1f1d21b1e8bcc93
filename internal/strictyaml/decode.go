package strictyaml

import (
	"cmp"
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tlsaudit/audit"
)

// Decode parses data and stores the document in v, a pointer to a struct.
//
// Fields are bound by `yaml:"key"`; `yaml:"key,required"` must be present and
// not empty. A field of type audit.Place tagged `yaml:",place"` receives the
// place of the mapping. Fields may be structs, slices, map[string]T, pointers,
// strings, bools, integers, types implementing encoding.TextUnmarshaler or
// Unmarshaler, and Node for a value that is looked at later. The fields of an
// embedded struct count as the struct's own.
func Decode(file string, data []byte, max int, v any) error {
	n, err := Parse(file, data, max)
	if err != nil {
		return err
	}
	return n.Decode(v)
}

// Unmarshaler is implemented by types that may be written in several forms.
type Unmarshaler interface {
	UnmarshalNode(Node) error
}

// Decode stores the value in v, a pointer; see the function Decode.
func (n Node) Decode(v any) error { return n.into(reflect.ValueOf(v).Elem()) }

var (
	nodeType  = reflect.TypeFor[Node]()
	placeType = reflect.TypeFor[audit.Place]()
)

func (n Node) into(v reflect.Value) error {
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(n))
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if n.yaml.ShortTag() == "!!null" {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return n.into(v.Elem())
	}
	switch u := v.Addr().Interface().(type) {
	case Unmarshaler:
		return u.UnmarshalNode(n)
	case encoding.TextUnmarshaler:
		return n.intoText(u)
	}
	switch v.Kind() {
	case reflect.Struct:
		return n.intoStruct(v)
	case reflect.Map:
		return n.intoMap(v)
	case reflect.Slice:
		return n.intoSlice(v)
	case reflect.String:
		text, err := n.Text()
		v.SetString(text)
		return err
	case reflect.Bool:
		b, ok := n.scalarOnly().(bool)
		if !ok {
			return n.Fault("write true or false, without quotes", "true or false is wanted, not %s", n.describe())
		}
		v.SetBool(b)
		return nil
	case reflect.Int:
		i, ok := n.scalarOnly().(int)
		if !ok {
			return n.Fault("write digits only, without quotes, such as 443", "a whole number is wanted, not %s", n.describe())
		}
		v.SetInt(int64(i))
		return nil
	}
	panic("strictyaml: cannot decode into " + v.Type().String())
}

// oneValue is the hint where something else stands in place of a value.
const oneValue = "write one value behind the key, on the same line"

func (n Node) scalarOnly() any {
	if n.yaml.Kind != yaml.ScalarNode {
		return nil
	}
	return n.scalar()
}

// Text returns the value if it is text.
func (n Node) Text() (string, error) {
	if n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!str" {
		return n.yaml.Value, nil
	}
	hint := oneValue
	if n.yaml.Kind == yaml.ScalarNode && n.yaml.Value != "" {
		hint = "put it in quotes: " + strconv.Quote(clip(n.yaml.Value))
	}
	return "", n.Fault(hint, "text is wanted, not %s", n.describe())
}

func (n Node) intoText(u encoding.TextUnmarshaler) error {
	// A word or date is text to its type, whatever YAML takes it for.
	text := n.yaml.Value
	if n.yaml.Kind != yaml.ScalarNode || n.yaml.ShortTag() == "!!null" {
		return n.Fault(oneValue, "text is wanted, not %s", n.describe())
	}
	err := u.UnmarshalText([]byte(text))
	var choice *ChoiceError
	var value *ValueError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &choice):
		return n.Fault(choice.Hint(), "%v", err)
	case errors.As(err, &value):
		return n.Fault(value.Hint, "%v", err)
	}
	return n.Fault("change it to what the message names", "%v", err)
}

func (n Node) intoSlice(v reflect.Value) error {
	items, err := n.Items()
	if err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if err := item.into(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (n Node) intoMap(v reflect.Value) error {
	if n.yaml.Kind != yaml.MappingNode {
		return n.Fault("write name: value, one on each line", "a mapping is wanted, not %s", n.describe())
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		key := n.yaml.Content[i].Value
		value := reflect.New(v.Type().Elem()).Elem()
		if err := n.child(n.yaml.Content[i+1], clip(key)).into(value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key), value)
	}
	return nil
}

func (n Node) intoStruct(v reflect.Value) error {
	if n.yaml.Kind != yaml.MappingNode {
		return n.Fault("write one of the keys, a colon and its value", "a mapping with the keys %s is wanted, not %s", strings.Join(keysOf(v.Type()), ", "), n.describe())
	}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		key := n.child(n.yaml.Content[i], "")
		field := fieldOf(v, key.yaml.Value)
		if !field.IsValid() {
			known := keysOf(v.Type())
			return key.Fault(cmp.Or(hintFor(key.yaml.Value, known), "remove it, or write one of the known keys"), "unknown key %q; known keys: %s", clip(key.yaml.Value), strings.Join(known, ", "))
		}
		if err := n.child(n.yaml.Content[i+1], key.yaml.Value).into(field); err != nil {
			return err
		}
	}
	return n.finish(v)
}

// finish fills the place and looks for what is missing.
func (n Node) finish(v reflect.Value) error {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			if err := n.finish(v.Field(i)); err != nil {
				return err
			}
			continue
		}
		key, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if option == "place" && v.Field(i).Type() == placeType {
			v.Field(i).Set(reflect.ValueOf(n.Place()))
		}
		if option != "required" {
			continue
		}
		if value := n.Get(key); value.IsZero() {
			return n.Fault("add it", "the key %q is missing", key)
		} else if v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0 {
			return value.Fault("give it a value", "must not be empty")
		}
	}
	return nil
}

func fieldOf(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			if field := fieldOf(v.Field(i), key); field.IsValid() {
				return field
			}
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "" && name == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// keysOf lists the keys of a struct in the order they are declared, which is
// the order they are documented in.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			keys = append(keys, keysOf(t.Field(i).Type)...)
			continue
		}
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}

// Number returns the digits of a whole number as they are written, so that the
// caller can say what is wrong with its size.
func (n Node) Number() (string, error) {
	if n.yaml.Kind != yaml.ScalarNode || n.yaml.ShortTag() != "!!int" {
		return "", n.Fault("write digits only, without quotes, such as 443", "a whole number is wanted, not %s", n.describe())
	}
	return n.yaml.Value, nil
}
