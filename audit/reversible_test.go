package audit_test

import (
	"encoding"
	"reflect"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// TestReversible: what a value of evidence is written as can be read again, so
// that a record that could be written is never lost. Values of enumerations
// that there are not must not be written.
func TestReversible(t *testing.T) {
	seen, tried := map[reflect.Type]bool{}, 0
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		if strings.HasPrefix(typ.PkgPath(), "tlsaudit/") && reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			tried++
			tryReversible(t, typ)
			return
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(typ.Elem())
		case reflect.Map:
			walk(typ.Key())
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[audit.Evidence]())
	walk(reflect.TypeFor[audit.Finding]())
	if tried < 8 {
		t.Errorf("only %d types were tried", tried)
	}
}

// tryReversible writes values of typ and reads back those that can be written.
func tryReversible(t *testing.T, typ reflect.Type) {
	t.Helper()
	if !typ.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		t.Errorf("%s is read strictly and written anyhow", typ)
		return
	}
	var values []reflect.Value
	for n := range 1 << 16 {
		v := reflect.New(typ).Elem()
		switch {
		case !v.CanUint():
			v.SetString([]string{"", "nonsense"}[n%2])
		case v.OverflowUint(uint64(n)):
			continue
		default:
			v.SetUint(uint64(n))
		}
		values = append(values, v)
		if !v.CanUint() && n > 0 {
			break
		}
	}
	refused := 0
	for _, v := range values {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			refused++
			continue
		}
		again := reflect.New(typ)
		if err := again.Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
			t.Errorf("%s: %v is written as %q and cannot be read: %v", typ, v, text, err)
		} else if again.Elem().Interface() != v.Interface() {
			t.Errorf("%s: %v is written as %q and read as %v", typ, v, text, again.Elem())
		}
	}
	if bounded := typ.Size() != 2 && typ.Size() != 4; bounded && refused == 0 {
		t.Errorf("%s: every value is written", typ)
	}
}
