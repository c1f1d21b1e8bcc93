package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

type colour string

func (c *colour) UnmarshalText(b []byte) error {
	*c = colour(b)
	return Choose(string(b), []string{"red", "green"})
}

type part struct {
	Place audit.Place `yaml:",place"`
	Name  string      `yaml:"name,required"`
	Count int         `yaml:"count"`
	Good  *bool       `yaml:"good"`
}

type common struct {
	Mark string `yaml:"mark"`
	Must string `yaml:"must,required"`
}

type joined struct {
	Title string `yaml:"title,required"`
	common
}

// TestEmbedded: the keys of an embedded struct are the struct's own.
func TestEmbedded(t *testing.T) {
	var v joined
	if err := Decode("f.yaml", []byte("title: T\nmark: m\nmust: u\n"), 100, &v); err != nil {
		t.Fatal(err)
	}
	if v.Title != "T" || v.Mark != "m" || v.Must != "u" {
		t.Errorf("%+v", v)
	}
	for in, want := range map[string]string{
		"title: T\n":                   "f.yaml:1:1: the key \"must\" is missing\nhint: add it",
		"title: T\nmust: u\nmrak: m\n": "f.yaml:3:1: unknown key \"mrak\"; known keys: title, mark, must\nhint: did you mean \"mark\"?",
	} {
		if err := Decode("f.yaml", []byte(in), 100, &v); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", in, err, want)
		}
	}
}

func TestKeys(t *testing.T) {
	n, err := Parse("f.yaml", []byte("b: 1\na: [x]\n"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "a"}, n.Keys()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !n.Get("a").IsList() || n.Get("b").IsList() || n.IsList() || n.Get("c").IsList() || n.Get("a").Keys() != nil {
		t.Error("lists and mappings are mixed up")
	}
}

type sample struct {
	Title  string            `yaml:"title,required"`
	Colour colour            `yaml:"colour"`
	Parts  []part            `yaml:"parts"`
	Labels map[string]string `yaml:"labels"`
	Raw    Node              `yaml:"raw"`
}

func TestDecode(t *testing.T) {
	var got sample
	err := Decode("f.yaml", []byte("title: T\ncolour: red\nparts:\n- {name: a, count: 3, good: true}\n- name: b\n  good: null\nlabels: {x: 'y'}\nraw: [1, two, 2.5, true, null, {k: v}, 2026-01-02]\n"), 1000, &got)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := sample{Title: "T", Colour: "red", Labels: map[string]string{"x": "y"}, Parts: []part{
		{Place: audit.Place{File: "f.yaml", Line: 4, Col: 3}, Name: "a", Count: 3, Good: &yes},
		{Place: audit.Place{File: "f.yaml", Line: 5, Col: 3}, Name: "b"},
	}}
	raw := got.Raw
	got.Raw = Node{}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b Node) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tree := []any{1, "two", 2.5, true, nil, map[string]any{"k": "v"}, "2026-01-02"}
	if diff := cmp.Diff(any(tree), raw.Any()); diff != "" {
		t.Errorf("raw (-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "f.yaml:1:1: the document is empty\nhint: write its keys, or name another file"},
		{"comments only", "# nothing\n", "f.yaml:1:1: the document is empty\nhint: write its keys, or name another file"},
		{"unknown key", "title: T\ncolor: red\n", "f.yaml:2:1: unknown key \"color\"; known keys: title, colour, parts, labels, raw\nhint: did you mean \"colour\"?"},
		{"unknown key, nothing near", "title: T\nzzz: red\n", "f.yaml:2:1: unknown key \"zzz\"; known keys: title, colour, parts, labels, raw\nhint: remove it, or write one of the known keys"},
		{"duplicate key", "title: T\nparts: []\ntitle: U\n", "f.yaml:3:1: key \"title\" stands here a second time; the first is on line 1\nhint: keep one of the two"},
		{"duplicate key deep", "title: T\nraw:\n- {a: 1, a: 2}\n", "f.yaml:3:10: key \"a\" stands here a second time; the first is on line 3\nhint: keep one of the two"},
		{"wrong type, number for text", "title: 6.0\n", "f.yaml:1:8: title: text is wanted, not the number \"6.0\"\nhint: put it in quotes: \"6.0\""},
		{"wrong type, text for list", "title: T\nparts: many\n", "f.yaml:2:8: parts: a list is wanted, not the text \"many\"\nhint: write one entry per line, each with a leading \"- \""},
		{"wrong type, text for number", "title: T\nparts:\n- {name: a, count: few}\n", "f.yaml:3:20: parts[0].count: a whole number is wanted, not the text \"few\"\nhint: write digits only, without quotes, such as 443"},
		{"wrong type, text for mapping", "title: T\nparts: [a]\n", "f.yaml:2:9: parts[0]: a mapping with the keys name, count, good is wanted, not the text \"a\"\nhint: write one of the keys, a colon and its value"},
		{"wrong type, text for bool", "title: T\nparts: [{name: a, good: yes}]\n", "f.yaml:2:25: parts[0].good: true or false is wanted, not the text \"yes\"\nhint: write true or false, without quotes"},
		{"number 010", "title: T\nparts: [{name: a, count: 010}]\n", "f.yaml:2:26: 010 is not a plain decimal number: YAML reads it as 8\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number 0x10", "title: T\nparts: [{name: a, count: 0x10}]\n", "f.yaml:2:26: 0x10 is not a plain decimal number: YAML reads it as 16\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number 0o10", "title: T\nparts: [{name: a, count: 0o10}]\n", "f.yaml:2:26: 0o10 is not a plain decimal number: YAML reads it as 8\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number 0b11", "title: T\nparts: [{name: a, count: 0b11}]\n", "f.yaml:2:26: 0b11 is not a plain decimal number: YAML reads it as 3\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number 1_0", "title: T\nparts: [{name: a, count: 1_0}]\n", "f.yaml:2:26: 1_0 is not a plain decimal number: YAML reads it as 10\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number +1", "title: T\nparts: [{name: a, count: +1}]\n", "f.yaml:2:26: +1 is not a plain decimal number: YAML reads it as 1\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number -01", "title: T\nparts: [{name: a, count: -01}]\n", "f.yaml:2:26: -01 is not a plain decimal number: YAML reads it as -1\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"number in what is looked at later", "title: T\nraw: {bits: [010]}\n", "f.yaml:2:14: 010 is not a plain decimal number: YAML reads it as 8\nhint: write decimal digits only, without zeros or signs before them; put it in quotes if it is meant as text"},
		{"choice", "title: T\ncolour: grene\n", "f.yaml:2:9: colour: \"grene\" is not one of red, green\nhint: did you mean \"green\"?"},
		{"missing key", "colour: red\n", "f.yaml:1:1: the key \"title\" is missing\nhint: add it"},
		{"missing key deep", "title: T\nparts:\n- count: 1\n", "f.yaml:3:3: parts[0]: the key \"name\" is missing\nhint: add it"},
		{"empty value", "title: ''\n", "f.yaml:1:8: title: must not be empty\nhint: give it a value"},
		{"null value", "title:\n", "f.yaml:1:7: title: text is wanted, not an empty value\nhint: write one value behind the key, on the same line"},
		{"second document", "title: T\n---\ntitle: U\n", "f.yaml:2:1: a second YAML document begins here; only one is read\nhint: remove the \"---\" and join the documents, or keep each in a file of its own"},
		{"anchor", "title: &a T\n", "f.yaml:1:8: anchors and aliases (&a, *a) are not read\nhint: write the value out where it is needed"},
		{"alias", "title: T\nlabels: {x: &a y}\nraw: *a\n", "f.yaml:2:13: anchors and aliases (&a, *a) are not read\nhint: write the value out where it is needed"},
		{"merge key", "title: T\nlabels:\n  <<: {x: y}\n", "f.yaml:3:3: merge keys (<<) are not read\nhint: write the keys out where they are needed"},
		{"tag", "title: !!binary aGk=\n", "f.yaml:1:8: the tag !!binary is not read\nhint: remove it; put text in quotes"},
		{"number as key", "title: T\nlabels: {25: y}\n", "f.yaml:2:10: a key must be text, not the number \"25\"\nhint: put it in quotes if it is meant as text"},
		{"list as key", "title: T\nraw: {[a]: y}\n", "f.yaml:2:7: a key must be text, not a list\nhint: put it in quotes if it is meant as text"},
		{"syntax", "title: T\n  parts: [\n", "f.yaml:2:3: not valid YAML: mapping values are not allowed in this context\nhint: check the indentation and the quotes on this line and the one before"},
		{"not UTF-8", "title: \xff\n", "f.yaml:1:8: byte 0xFF is not UTF-8 text\nhint: save the file as UTF-8"},
		{"control character", "title: T\nraw: a\x1b[31m\n", "f.yaml:2:7: control character U+001B\nhint: remove it"},
		{"control character, escaped", "title: \"a\\e[31m\"\n", "f.yaml:1:8: the invisible character U+001B, which a reader of a report would not see\nhint: remove it"},
		{"right-to-left override", "title: T\nraw: a\u202Eb\n", "f.yaml:2:6: the invisible character U+202E, which a reader of a report would not see\nhint: remove it"},
		{"in a key, escaped", "title: T\nlabels: {\"a\\u200Bb\": y}\n", "f.yaml:2:10: the invisible character U+200B, which a reader of a report would not see\nhint: remove it"},
		{"too deep", "title: T\nraw: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n", "f.yaml:2:38: nested deeper than 32 levels\nhint: take levels out"},
		{"too large", "title: " + strings.Repeat("x", 1000), "f.yaml:1:1: the file is larger than 1000 bytes\nhint: split it into several files"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v sample
			err := Decode("f.yaml", []byte(tt.in), 1000, &v)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if input := (*audit.InputError)(nil); !errors.As(err, &input) {
				t.Errorf("%T is no *audit.InputError", err)
			} else if input.Hint == "" || input.Place.Line == 0 {
				t.Errorf("no hint or no line: %+v", input)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"baseline", "rules", "overrides", "check"}
	for word, want := range map[string]string{"baselien": "baseline", "RULES": "rules", "rule": "rules", "ovrrides": "overrides", "zzz": "", "": "", "chekc": "check"} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("title: T\nparts:\n- {name: a}\n"))
	f.Add([]byte("a: &x [*x]"))
	f.Add([]byte("? [a]\n: b\n--- \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v sample
		err := Decode("f", data, 4096, &v)
		var input *audit.InputError
		if err != nil && !errors.As(err, &input) {
			t.Errorf("%T is no *audit.InputError: %v", err, err)
		}
		if err == nil && v.Title == "" {
			t.Error("a required key is missing and nobody minds")
		}
	})
}
