package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

func TestOCSFGolden(t *testing.T) {
	golden(t, "report.ocsf.ndjson", write(t, OCSF, changedReport(), Options{}))
}

// ocsfSchema is the schema of OCSF 1.2.0, the last that could be had. It was
// exported with the profile "cloud" applied, which demands an object about the
// cloud of every event; that demand is taken out. Of 1.3.0 we use "resources",
// which it lets through: ocsfLint looks at them.
func ocsfSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc := schemaDocument(t, "ocsf-1.2.0-compliance_finding.json").(map[string]any)
	var required []any
	for _, name := range doc["required"].([]any) {
		if name != "cloud" {
			required = append(required, name)
		}
	}
	doc["required"] = required
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("https://schema.test/ocsf.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("https://schema.test/ocsf.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// ocsfLines splits a document and reads each line.
func ocsfLines(t *testing.T, data []byte) (events []ocsfEvent, raw [][]byte) {
	t.Helper()
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			t.Errorf("a line has no end: %s", line)
		}
		var e ocsfEvent
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		events, raw = append(events, e), append(raw, line)
	}
	return events, raw
}

// ocsfLint holds an event against what readers expect beyond the schema.
func ocsfLint(e *ocsfEvent) error {
	switch {
	case e.ClassUID != 2003 || e.CategoryUID != 2 || e.TypeUID != e.ClassUID*100+e.ActivityID:
		return fmt.Errorf("class %d, category %d, type %d", e.ClassUID, e.CategoryUID, e.TypeUID)
	case e.ActivityID < 1 || e.ActivityID > 3 || e.ActivityName != ocsfActivities[e.ActivityID]:
		return fmt.Errorf("activity %d %s", e.ActivityID, e.ActivityName)
	case e.Compliance.StatusID < 1 || e.Compliance.StatusID > 3 || e.Compliance.Status != ocsfResults[e.Compliance.StatusID]:
		return fmt.Errorf("result %d %s", e.Compliance.StatusID, e.Compliance.Status)
	case e.SeverityID < 0 || e.SeverityID > 5 || e.Severity != ocsfSeverities[e.SeverityID]:
		return fmt.Errorf("severity %d %s", e.SeverityID, e.Severity)
	case e.Metadata.Version == "" || e.Metadata.Product.Vendor == "" || e.Metadata.UID == "" || e.Finding.UID == "" || e.Finding.Title == "" || e.Message == "":
		return fmt.Errorf("something is empty: %+v", e)
	case len(e.Compliance.Standards) == 0 || e.Compliance.Standards[0] == "":
		return fmt.Errorf("no standard")
	}
	for _, r := range e.Resources {
		if r.UID == "" || r.Name == "" || r.Type == "" {
			return fmt.Errorf("resource %+v", r)
		}
	}
	return nil
}

func TestOCSFFollowsSchema(t *testing.T) {
	compiled := ocsfSchema(t)
	for name, r := range interchangeReports() {
		events, raw := ocsfLines(t, write(t, OCSF, r, Options{}))
		ids := map[string]bool{}
		for i := range events {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw[i]))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(doc); err != nil {
				t.Errorf("%s: %v: %s", name, err, raw[i])
			}
			if err := ocsfLint(&events[i]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if ids[events[i].Metadata.UID] {
				t.Errorf("%s: two events have the id %s", name, events[i].Metadata.UID)
			}
			ids[events[i].Metadata.UID] = true
		}
	}
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"class_uid":2003}`))
	if compiled.Validate(doc) == nil {
		t.Error("the schema takes an event of nothing")
	}
}

func TestOCSFVerdicts(t *testing.T) {
	r := changedReport()
	events, _ := ocsfLines(t, write(t, OCSF, r, Options{}))
	got := map[string]int{}
	for i := range events {
		e := &events[i]
		got[e.Unmapped["verdict"]+" "+e.Compliance.Status]++
		if e.Unmapped["verdict"] == "waived" && (e.Status != "Suppressed" || e.Unmapped["was"] != "fail" || e.Unmapped["waiver"] != "old-clients") {
			t.Errorf("waived: %+v", e)
		}
		if e.Unmapped["change"] == string(audit.ChangeFixed) && (e.ActivityName != "Close" || e.Status != "Resolved") {
			t.Errorf("fixed: %+v", e)
		}
		if (e.ActivityName == "Close") != (e.Unmapped["change"] == string(audit.ChangeFixed)) {
			t.Errorf("closed: %+v", e)
		}
	}
	want := map[string]int{"fail Fail": r.Summary.Fail, "warn Fail": r.Summary.Warn, "pass Pass": r.Summary.Pass, "waived Fail": r.Summary.Waived, "unknown Warning": r.Summary.UnknownFindings + 1, "not-automated Warning": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
