package report

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// schemaObject is what a schema says of the members of an object.
type schemaObject struct {
	Properties map[string]any `json:"properties"`
	Required   []string       `json:"required"`
}

// fieldWalk compares a schema with the Go types it describes, both ways: a field
// that is added to a type and forgotten in the schema is a fault, as is a name
// nobody writes.
type fieldWalk struct {
	t    *testing.T
	root schemaObject
	defs map[string]schemaObject
	seen map[reflect.Type]bool
	// names are the definitions that are the shape of a type.
	names map[string]bool
}

func newFieldWalk(t *testing.T, file string) *fieldWalk {
	t.Helper()
	var doc struct {
		schemaObject
		Defs map[string]schemaObject `json:"$defs"`
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return &fieldWalk{t: t, root: doc.schemaObject, defs: doc.Defs, seen: map[reflect.Type]bool{}, names: map[string]bool{}}
}

// follow visits the type below pointers and slices, if it is one of ours.
func (w *fieldWalk) follow(typ reflect.Type) {
	for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice}, typ.Kind()) {
		typ = typ.Elem()
	}
	name := typ.Name()
	if typ == reflect.TypeFor[peer]() { // an audit.WhatIf and whose it is
		name = "WhatIf"
	} else if !strings.HasSuffix(typ.PkgPath(), "/audit") {
		return
	}
	if typ.Kind() != reflect.Struct || w.seen[typ] {
		return
	}
	w.seen[typ] = true
	w.names[name] = true
	if o, ok := w.defs[name]; ok {
		w.visit(typ, o)
	} else {
		w.t.Errorf("the schema has no $defs/%s", name)
	}
}

// visit compares the fields of one type; extra are members that are written
// without one.
func (w *fieldWalk) visit(typ reflect.Type, o schemaObject, extra ...string) {
	known := slices.Clone(extra)
	for _, f := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		if name == "" {
			w.t.Errorf("%s.%s has no JSON name", typ, f.Name)
		}
		known = append(known, name)
		if _, ok := o.Properties[name]; !ok {
			w.t.Errorf("%s.%s: the schema does not know %q", typ, f.Name, name)
		}
		always := !strings.Contains(options, "omit") && !slices.Contains(addedLater, typ.Name()+"."+name)
		if always != slices.Contains(o.Required, name) {
			w.t.Errorf("%s.%s: always written is %v, required in the schema is not", typ, f.Name, always)
		}
		w.follow(f.Type)
	}
	for name := range o.Properties {
		if !slices.Contains(known, name) {
			w.t.Errorf("%s: nothing writes %q", typ, name)
		}
	}
}

// end finds definitions that are the shape of nothing.
func (w *fieldWalk) end() {
	for name := range w.defs {
		if upper := name[0] >= 'A' && name[0] <= 'Z'; upper && !w.names[name] {
			w.t.Errorf("$defs/%s has no Go type", name)
		}
	}
}

func TestSchemaNamesEveryField(t *testing.T) {
	w := newFieldWalk(t, schemaFile)
	w.visit(reflect.TypeFor[audit.Report](), w.root, "evidence", "findings", "matrix", "what_if")
	for _, typ := range []reflect.Type{reflect.TypeFor[audit.Evidence](), reflect.TypeFor[audit.Finding](), reflect.TypeFor[audit.ProfileVerdict](), reflect.TypeFor[peer]()} {
		w.follow(typ)
	}
	w.end()
}

func TestForecastSchemaNamesEveryField(t *testing.T) {
	w := newFieldWalk(t, forecastSchemaFile)
	w.visit(reflect.TypeFor[audit.Forecast](), w.root)
	w.end()
}
