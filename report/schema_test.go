package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

const schemaFile = "../docs/schema/report-v1.schema.json"

// schema compiles a published schema, formats asserted.
func schema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled, err := compiler.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// follows puts a document to a schema.
func follows(t *testing.T, s *jsonschema.Schema, document []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	return s.Validate(doc)
}

func validate(t *testing.T, report []byte) {
	t.Helper()
	if err := follows(t, schema(t, schemaFile), report); err != nil {
		t.Errorf("%#v", err)
	}
}

// wantRefused puts a good document, with one edit at a time, to a schema, which
// is to refuse every one of them.
func wantRefused(t *testing.T, s *jsonschema.Schema, good string, edits [][2]string) {
	t.Helper()
	for _, edit := range edits {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Errorf("%s is not in the document", edit[0])
		} else if follows(t, s, []byte(bad)) == nil {
			t.Errorf("the schema takes %s", edit[1])
		}
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
	wantRefused(t, schema(t, schemaFile), string(write(t, JSON, fullReport(), Options{})), [][2]string{
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
	})
}
