package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// item is an element of the list the tests read.
type item struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// read returns the elements of "list" and passes over everything else.
func read(in io.Reader) (list []item, err error) {
	r := NewReader("f.json", in)
	for name, err := range r.Members() {
		if err != nil {
			return list, err
		}
		if name != "list" {
			continue
		}
		for err := range r.Elements() {
			if err != nil {
				return list, err
			}
			var v item
			if err := r.Decode(&v); err != nil {
				return list, err
			}
			list = append(list, v)
		}
	}
	return list, r.End()
}

func TestRead(t *testing.T) {
	const document = "\xef\xbb\xbf" + ` { "a" : {"list": [1, "]}\"", {}], "b": null} , "list":[{"name":"é\"\\]", "n":1, "later":[[{}]]},
	 { "n": 2 } ], "s":"x" , "n":-1.5e3,"t":true, "empty":[], "none": {} }` + "\n"
	want := []item{{"é\"\\]", 1}, {"", 2}}
	for name, in := range map[string]io.Reader{"at once": strings.NewReader(document), "byte by byte": iotest.OneByteReader(strings.NewReader(document))} {
		got, err := read(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFaults(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1)
	tests := []struct{ name, in, want string }{
		{"empty", "", "f.json:1:1: the file ends here, in the middle of the document"},
		{"no object", "[]", "f.json:1:1: not valid JSON: '[' where '{' is wanted"},
		{"no list", `{"list": {}}`, "f.json:1:10: list: not valid JSON: '{' where '[' is wanted"},
		{"cut off", "{\"list\": [\n{\"n\":1},\n{\"n\":2,", "f.json:3:8: list[1]: the file ends here, in the middle of the document"},
		{"cut off while skipping", `{"a":[1,{"b`, "f.json:1:12: a: the file ends here, in the middle of the document"},
		{"cut off behind a list", `{"list":[]`, "f.json:1:11: the file ends here, in the middle of the document"},
		{"wrong kind", "{\"list\": [\n{\"name\":\n 7}]}", "f.json:3:2: list[0].name: 7 is out of place: text is wanted"},
		{"syntax in a value", `{"list": [{"n" 1}]}`, `f.json:1:16: list[0]: not valid JSON: invalid character '1' after object key`},
		{"wrong bracket", `{"a":[1}}`, "f.json:1:8: a: not valid JSON: '}' closes nothing"},
		{"no value", `{"a":,}`, "f.json:1:6: a: not valid JSON: ',' where a value is wanted"},
		{"no name", `{1:2}`, "f.json:1:2: not valid JSON: '1' where the name of a member is wanted"},
		{"no colon", `{"a" 1}`, "f.json:1:6: not valid JSON: '1' where ':' is wanted"},
		{"no comma", `{"a":1 "b":2}`, "f.json:1:8: not valid JSON: '\"' where ',' or '}' is wanted"},
		{"control character", "{\"a\":\"x\ny\"}", "f.json:1:8: a: not valid JSON: control character '\\n' in a string"},
		{"twice", `{"list":[],"list":[]}`, `f.json:1:12: the member "list" stands here a second time`},
		{"behind the end", `{}{}`, "f.json:1:3: '{' stands behind the end of the document"},
		{"deep, skipped", `{"a":` + deep, "f.json:1:69: a: nested deeper than 64 levels"},
		{"deep, decoded", `{"list":[` + deep, "f.json:1:72: list[0]: nested deeper than 64 levels"},
		{"large", `{"list":["` + strings.Repeat("x", MaxValue) + `"]}`, "f.json:1:10: list[0]: a value larger than 4194304 bytes"},
		{"long name", `{"` + strings.Repeat("x", 2000) + `":1}`, "f.json:1:2: a value larger than 1024 bytes"},
		{"many members", manyMembers(), "f.json:1:7892: more than 1000 members"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(strings.NewReader(tt.in))
			var fault *audit.InputError
			if !errors.As(err, &fault) {
				t.Fatalf("%T is no *audit.InputError: %v", err, err)
			}
			if diff := cmp.Diff(tt.want+"\nhint: "+hint, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func manyMembers() string {
	var b strings.Builder
	b.WriteString("{")
	for i := range MaxMembers + 1 {
		fmt.Fprintf(&b, `"%d":1,`, i)
	}
	return b.String()
}

// TestBrokenReader: a disk that fails is not the end of a document.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := read(io.MultiReader(strings.NewReader(`{"list":[{"n":1}`), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "f.json:1:17: list: cannot read on: disk on fire\nhint: check the disk") {
		t.Errorf("error %v", err)
	}
}

// TestSpaceIsNotHeld: what carries nothing costs nothing.
func TestSpaceIsNotHeld(t *testing.T) {
	const size = 16 << 20
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			in := io.MultiReader(strings.NewReader(`{"a":[`), io.LimitReader(spaces{}, size), strings.NewReader(`],"list":[]}`))
			if _, err := read(in); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 1<<20 {
		t.Errorf("%d bytes allocated for %d of space", allocated, size)
	}
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = " \n"[i%2]
	}
	return len(b), nil
}

// FuzzRead: what encoding/json takes for a document with a list of items is
// read to the same items; nothing else is read to its end without a fault.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"a":{"list":[1]},"list":[{"name":"x","n":1}],"b":[[],{}]}`))
	f.Add([]byte(`{"list":[{"n":1.5}]}`))
	f.Add([]byte(`{"list":[null, {"n":1}`))
	f.Add([]byte("{\"\xff\":\"\\ud800\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := read(bytes.NewReader(data))
		var fault *audit.InputError
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("%T is no *audit.InputError: %v", err, err)
		}
		var want map[string]json.RawMessage
		var list []item
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		if json.Unmarshal(data, &want) != nil || want == nil || want["list"] != nil && json.Unmarshal(want["list"], &list) != nil {
			return // skipped parts are not validated; but bounds and faults are
		}
		switch {
		case err != nil && mayRefuse(fault.Cause):
		case err != nil && want["list"] != nil && list == nil: // null is no list
		case err != nil:
			t.Errorf("valid, but: %v", err)
		case len(got) != len(list):
			t.Errorf("%d items, want %d", len(got), len(list))
		default:
			for i := range got {
				if got[i] != list[i] {
					t.Errorf("item %d is %+v, want %+v", i, got[i], list[i])
				}
			}
		}
	})
}

// mayRefuse reports whether a fault is about bounds encoding/json does not have.
func mayRefuse(cause string) bool {
	for _, bound := range []string{"a second time", "nested deeper", "larger than", "more than"} {
		if strings.Contains(cause, bound) {
			return true
		}
	}
	return false
}
