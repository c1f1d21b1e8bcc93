package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

const ndjsonSchemaFile = "../docs/schema/report-ndjson-v1.schema.json"

func TestNDJSONGolden(t *testing.T) {
	golden(t, "report.ndjson", write(t, NDJSON, diffedReport(), Options{}))
}

// ndjsonLines splits a stream and returns the type of each line with it.
func ndjsonLines(t *testing.T, stream []byte) (lines []string, types []string) {
	t.Helper()
	for line := range bytes.Lines(stream) {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(line, &head); err != nil {
			t.Fatalf("%v: %.200q", err, line)
		}
		lines, types = append(lines, string(line)), append(types, head.Type)
	}
	return lines, types
}

func TestNDJSONFollowsSchema(t *testing.T) {
	compiled := schema(t, ndjsonSchemaFile)
	for name, r := range map[string]*audit.Report{"zoo": zooReport(), "full": fullReport(), "diffed": diffedReport(),
		"empty": {Tool: audit.Tool{Name: "tlsaudit"}, Complete: true, Records: zoo{}}} {
		lines, types := ndjsonLines(t, write(t, NDJSON, r, Options{}))
		if types[0] != "meta" || types[len(types)-1] != "summary" || slices.Contains(types[1:len(types)-1], "meta") || slices.Contains(types[1:len(types)-1], "summary") {
			t.Errorf("%s: the lines are %v", name, types)
		}
		for _, line := range lines {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(doc); err != nil {
				t.Errorf("%s: %.100s: %#v", name, line, err)
			}
		}
	}
}

func TestNDJSONSchemaObjects(t *testing.T) {
	compiled := schema(t, ndjsonSchemaFile)
	good := string(write(t, NDJSON, diffedReport(), Options{}))
	for _, edit := range [][2]string{
		{`"schema":"tlsaudit/report-ndjson/v1"`, `"schema":"tlsaudit/report-ndjson/v2"`},
		{`"type":"finding"`, `"type":"judgement"`},
		{`"type":"finding"`, `"type":"finding","extra":1`},
		{`"type":"summary","complete":false`, `"type":"summary","complete":true`}, // and yet a reason why not
		{`"verdict":"fail"`, `"verdict":"failed"`},
		{`"answer":"refused"`, `"answer":"rejected"`},
		{`"kind":"regressed"`, `"kind":"worse"`},
		{`"observed":null,"connection"`, `"observed":null,"link"`},
		{`"observations":11`, `"observations":-11`},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Errorf("%s is not in the stream", edit[0])
			continue
		}
		refused := 0
		for line := range strings.Lines(bad) {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if compiled.Validate(doc) != nil {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("with %s the schema refuses %d lines", edit[1], refused)
		}
	}
}

// TestNDJSONSchemaNames: the schema knows what the JSON report knows, by the
// same names, and what it says is required is written.
func TestNDJSONSchemaNames(t *testing.T) {
	type object struct {
		Properties map[string]struct {
			Ref string `json:"$ref"`
		} `json:"properties"`
		Required []string          `json:"required"`
		Defs     map[string]object `json:"$defs"`
	}
	read := func(file string) (o object) {
		raw, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(raw, &o)
		}
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	whole, stream := read(schemaFile), read(ndjsonSchemaFile)
	for line, def := range map[string]string{"observation": "Evidence", "finding": "Finding", "what_if": "WhatIf", "change": "Change"} {
		got, want := stream.Defs[line], whole.Defs[def]
		for name := range want.Properties {
			if ref := got.Properties[name].Ref; ref != "report-v1.schema.json#/$defs/"+def+"/properties/"+name {
				t.Errorf("%s.%s refers to %q", line, name, ref)
			}
		}
		if len(got.Properties) != len(want.Properties)+1 || !slices.Equal(got.Required, append([]string{"type"}, want.Required...)) {
			t.Errorf("%s: %d members and required %v, in the report %d and %v", line, len(got.Properties), got.Required, len(want.Properties), want.Required)
		}
	}
	for line, typ := range map[string]reflect.Type{"meta": reflect.TypeFor[metaLine](), "summary": reflect.TypeFor[summaryLine]()} {
		var always []string
		for _, field := range reflect.VisibleFields(typ) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if options == "" {
				always = append(always, name)
			}
			if _, ok := stream.Defs[line].Properties[name]; !ok {
				t.Errorf("%s: the schema does not know %q", line, name)
			}
		}
		if len(stream.Defs[line].Properties) != typ.NumField() {
			t.Errorf("%s: the schema has %d members, the line %d", line, len(stream.Defs[line].Properties), typ.NumField())
		}
		slices.Sort(always)
		if want := slices.Sorted(slices.Values(stream.Defs[line].Required)); !slices.Equal(always, want) {
			t.Errorf("%s: required is %v, always written %v", line, want, always)
		}
	}
}

// TestNDJSONHasWhatJSONHas takes the lines apart and makes the lists of the JSON
// report of them.
func TestNDJSONHasWhatJSONHas(t *testing.T) {
	var whole map[string]any
	if err := json.Unmarshal(write(t, JSON, diffedReport(), Options{}), &whole); err != nil {
		t.Fatal(err)
	}
	lists := map[string][]any{}
	var meta, summary map[string]any
	lines, types := ndjsonLines(t, write(t, NDJSON, diffedReport(), Options{}))
	for i, line := range lines {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		delete(o, "type")
		switch types[i] {
		case "meta":
			meta = o
		case "summary":
			summary = o
		default:
			lists[types[i]] = append(lists[types[i]], o)
		}
	}
	if got := float64(len(lists["observation"])); got != summary["observations"] || float64(len(lists["finding"])) != summary["findings"] || got != 11 {
		t.Errorf("%v observations and %d findings, the summary says %v and %v", got, len(lists["finding"]), summary["observations"], summary["findings"])
	}
	changes := meta["changes"].(map[string]any)
	changes["list"] = lists["change"]
	meta["evidence"], meta["findings"], meta["what_if"], meta["summary"] = lists["observation"], lists["finding"], lists["what_if"], summary["summary"]
	meta["schema"], meta["matrix"] = audit.SchemaV1, whole["matrix"] // which the stream leaves out
	if diff := cmp.Diff(normal(t, whole), normal(t, meta)); diff != "" {
		t.Error(diff)
	}
}

// normal gives lists one type.
func normal(t *testing.T, v any) (same any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &same)
	}
	if err != nil {
		t.Fatal(err)
	}
	return same
}
