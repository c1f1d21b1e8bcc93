package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

const schemaFile = "../docs/schema/report-v1.schema.json"

// schema compiles the published schema, formats asserted.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func validate(t *testing.T, report []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
	if err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	if err := schema(t).Validate(doc); err != nil {
		t.Errorf("%#v", err)
	}
}

func TestReportFollowsSchema(t *testing.T) {
	validate(t, write(t, JSON, zooReport(), Options{}))
	validate(t, write(t, JSON, fullReport(), Options{}))
	bare := fullReport()
	bare.Baseline = &audit.BaselineRef{File: "b.json", SHA256: bare.Policies[0].SHA256}
	bare.Impact = []audit.RowImpact{{Cells: []audit.RowBreak{{Level: "verify", Strength: "high"}}}}
	bare.Records.(zoo)[0].WhatIf = &audit.WhatIf{}
	for i := range bare.Records.(zoo)[0].Evidence.Observed.Versions { // as at depth quick
		f := &bare.Records.(zoo)[0].Evidence.Observed.Versions[i]
		f.SuitesAnswer, f.SuitesRefused = audit.NotAsked, []audit.Code{0x0004, 0xC011}
	}
	text := write(t, JSON, bare, Options{})
	validate(t, text)
	if !bytes.Contains(text, []byte(`"suites_refused":["0x0004","0xC011"]`)) {
		t.Error("what was refused is not written")
	}
}

// addedLater are the members that came after the first reports of v1. They are
// always written and yet not required: an older report stays valid.
var addedLater = []string{"Summary.score", "Report.rules", "Report.conflicts", "Report.waivers", "Summary.profiles", "Finding.fingerprint"}

// TestSchemaTakesOlderReports: testdata/report-before-waivers.json was written
// before there were waivers, baselines, gateway rows and a matrix.
func TestSchemaTakesOlderReports(t *testing.T) {
	old, err := os.ReadFile(filepath.Join("testdata", "report-before-waivers.json"))
	if err != nil {
		t.Fatal(err)
	}
	validate(t, old)
	now := write(t, JSON, zooReport(), Options{})
	for _, member := range addedLater {
		_, name, _ := strings.Cut(member, ".")
		if quoted := `"` + name + `":`; bytes.Contains(old, []byte(quoted)) || !bytes.Contains(now, []byte(quoted)) {
			t.Errorf("%s: not in the older report and always in a new one is what its place in the list means", member)
		}
	}
}

func TestSchemaObjects(t *testing.T) {
	compiled := schema(t)
	good := string(write(t, JSON, fullReport(), Options{}))
	for _, edit := range [][2]string{
		{`"schema": "tlsaudit/report/v1"`, `"schema": "tlsaudit/report/v2"`},
		{`"complete": false`, `"complete": "no"`},
		{`"complete": false`, `"complete": true`}, // and yet a reason why not
		{`"verdict":"fail"`, `"verdict":"failed"`},
		{`"severity":"critical"`, `"severity":"urgent"`},
		{`"answer":"refused"`, `"answer":"rejected"`},
		{`"version":"TLSv1.2"`, `"version":"TLS1.2"`},
		{`"id":"0xC02F"`, `"id":"C02F"`},
		{`"reach":"tls"`, `"reach":"reachable"`},
		{`"not_after":"`, `"not_after":"on `},
		{`"suites":[]`, `"suites":null`},
		{`"judged":7`, `"judged":-7`},
		{`"waived":1`, `"waived":1,"extra":1`},
		{`"findings": [`, `"extra": [], "findings": [`},
		{`"remedy":null`, `"remedy":null,"extra":1`},
		{`"remedy":null`, `"remediation":null`},
		{`"status":"new"`, `"status":"newer"`},
		{`"state":"unused"`, `"state":"forgotten"`},
		{`"expires":"2026`, `"expires":"on 2026`},
		{`"was":"fail"`, `"was":"failed"`},
		{`null,"fingerprint":"`, `null,"fingerprint":"x`},
		{`"level":"verify"`, `"level":"verified"`},
		{`"observed":null,"connection"`, `"observed":null,"link"`}, // an endpoint without observation
		{`"profiles":[{"profile":`, `"profiles":[{"name":`},
		{`"breaks_named":[]`, `"breaks_named":null`},
		{`"known":6`, `"known":-6`},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Errorf("%s is not in the report", edit[0])
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Errorf("%s: %v", edit[1], err)
		} else if compiled.Validate(doc) == nil {
			t.Errorf("the schema takes %s", edit[1])
		}
	}
}

// TestSchemaNamesEveryField compares the schema with the Go types, both ways:
// a field that is added to a type and forgotten in the schema fails here, as
// does a name nobody writes.
func TestSchemaNamesEveryField(t *testing.T) {
	type object struct {
		Properties map[string]any `json:"properties"`
		Required   []string       `json:"required"`
	}
	var doc struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	seen, names := map[reflect.Type]bool{}, map[string]bool{}
	var visit func(typ reflect.Type, o object, extra ...string)
	follow := func(typ reflect.Type) {
		for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice}, typ.Kind()) {
			typ = typ.Elem()
		}
		name := typ.Name()
		if typ == reflect.TypeFor[peer]() { // an audit.WhatIf and whose it is
			name = "WhatIf"
		} else if !strings.HasSuffix(typ.PkgPath(), "/audit") {
			return
		}
		if typ.Kind() == reflect.Struct && !seen[typ] {
			seen[typ] = true
			names[name] = true
			o, ok := doc.Defs[name]
			if !ok {
				t.Errorf("the schema has no $defs/%s", name)
				return
			}
			visit(typ, o)
		}
	}
	visit = func(typ reflect.Type, o object, extra ...string) {
		known := slices.Clone(extra)
		for _, f := range reflect.VisibleFields(typ) {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous || name == "-" {
				continue
			}
			if name == "" {
				t.Errorf("%s.%s has no JSON name", typ, f.Name)
			}
			known = append(known, name)
			if _, ok := o.Properties[name]; !ok {
				t.Errorf("%s.%s: the schema does not know %q", typ, f.Name, name)
			}
			always := !strings.Contains(options, "omit") && !slices.Contains(addedLater, typ.Name()+"."+name)
			if always != slices.Contains(o.Required, name) {
				t.Errorf("%s.%s: always written is %v, required in the schema is not", typ, f.Name, always)
			}
			follow(f.Type)
		}
		for name := range o.Properties {
			if !slices.Contains(known, name) {
				t.Errorf("%s: nothing writes %q", typ, name)
			}
		}
	}
	visit(reflect.TypeFor[audit.Report](), doc.object, "evidence", "findings", "matrix", "what_if")
	follow(reflect.TypeFor[audit.Evidence]())
	follow(reflect.TypeFor[audit.Finding]())
	follow(reflect.TypeFor[audit.ProfileVerdict]())
	follow(reflect.TypeFor[peer]())
	for name := range doc.Defs {
		if upper := name[0] >= 'A' && name[0] <= 'Z'; upper && !names[name] {
			t.Errorf("$defs/%s has no Go type", name)
		}
	}
}
