package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

func TestOSCALGolden(t *testing.T) {
	golden(t, "report.oscal.json", write(t, OSCAL, fullReport(), Options{}))
}

// oscalDoc is what is looked at here.
type oscalDoc struct {
	Results struct {
		UUID   string
		Import oscalImport `json:"import-ap"`
		List   []struct {
			Description string
			Local       struct {
				Items []oscalItem `json:"inventory-items"`
			} `json:"local-definitions"`
			Reviewed     oscalReviewed `json:"reviewed-controls"`
			Observations []oscalObservation
			Risks        []oscalRisk
			Findings     []oscalFinding
			Remarks      string
		} `json:"results"`
		BackMatter struct{ Resources []oscalResource } `json:"back-matter"`
	} `json:"assessment-results"`
}

func oscalRead(t *testing.T, data []byte) (d oscalDoc) {
	t.Helper()
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOSCALFollowsSchema(t *testing.T) {
	compiled := publicSchema(t, "oscal-1.1.3.json", nil)
	for name, r := range interchangeReports() {
		data := write(t, OSCAL, r, Options{})
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, data)
		}
		if err := compiled.Validate(doc); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		oscalLint(t, name, oscalRead(t, data))
	}
	bad := strings.Replace(string(write(t, OSCAL, fullReport(), Options{})), `"state":"satisfied"`, `"state":"fine"`, 1)
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(bad))
	if compiled.Validate(doc) == nil {
		t.Error("the schema takes a state nobody knows")
	}
}

// oscalLint checks what the schema cannot: identifiers are unique, and what is
// referred to is there.
func oscalLint(t *testing.T, name string, d oscalDoc) {
	t.Helper()
	ids := map[string]string{d.Results.UUID: "document"}
	define := func(id, kind string) {
		if ids[id] != "" {
			t.Errorf("%s: %s is a %s and a %s", name, id, ids[id], kind)
		}
		ids[id] = kind
	}
	refer := func(id, kind string) {
		if ids[id] != kind {
			t.Errorf("%s: there is no %s %s", name, kind, id)
		}
	}
	for _, r := range d.Results.BackMatter.Resources {
		define(r.UUID, "resource")
	}
	refer(strings.TrimPrefix(d.Results.Import.Href, "#"), "resource")
	for _, result := range d.Results.List {
		objectives := map[string]bool{}
		for _, o := range result.Reviewed.Objectives {
			for _, id := range o.Objectives {
				objectives[id["objective-id"]] = true
			}
		}
		for _, i := range result.Local.Items {
			define(i.UUID, "item")
		}
		for _, o := range result.Observations {
			define(o.UUID, "observation")
			refer(o.Subjects[0].UUID, "item")
		}
		for _, r := range result.Risks {
			define(r.UUID, "risk")
			refer(r.Observations[0]["observation-uuid"], "observation")
		}
		for _, f := range result.Findings {
			define(f.UUID, "finding")
			refer(f.Observations[0]["observation-uuid"], "observation")
			for _, r := range f.Risks {
				refer(r["risk-uuid"], "risk")
			}
			if !objectives[f.Target.ID] {
				t.Errorf("%s: %s was not reviewed", name, f.Target.ID)
			}
		}
	}
}

// TestOSCALStates: only a pass is satisfied, and each verdict is told apart.
func TestOSCALStates(t *testing.T) {
	r := fullReport()
	result := oscalRead(t, write(t, OSCAL, r, Options{})).Results.List[0]
	got := map[string]int{}
	for _, f := range result.Findings {
		s := f.Target.Status
		remark, _, _ := strings.Cut(s.Remarks, " ")
		if s.Reason != "other" {
			remark = ""
		}
		got[strings.TrimSpace(s.State+" "+s.Reason+" "+remark)]++
	}
	want := map[string]int{"satisfied pass": r.Summary.Pass, "not-satisfied fail": r.Summary.Fail + r.Summary.Warn, "not-satisfied other Not": r.Summary.UnknownFindings, "not-satisfied other waived": r.Summary.Waived}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	risks := map[string]int{}
	for _, risk := range result.Risks {
		risks[risk.Status]++
	}
	if diff := cmp.Diff(map[string]int{"open": r.Summary.Fail + r.Summary.Warn, "deviation-approved": r.Summary.Waived}, risks); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(result.Description, "The audit is incomplete: stopped after 8 endpoints") || !strings.Contains(result.Remarks, "a person has to decide it") {
		t.Errorf("%s\n%s", result.Description, result.Remarks)
	}
}

func TestOSCALToken(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"protocols", "4.2.1.1", "", "a b", "a/b", "a:b", "ü", hostileText, strings.Repeat("x", 300), strings.Repeat("x", 301), "-"} {
		token := oscalToken(text)
		if len(token) > 220 || strings.ContainsFunc(token, func(r rune) bool {
			return r > 0x7e || !strings.ContainsRune("._-", r) && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
		}) || strings.ContainsAny(token[:1], ".-0123456789") {
			t.Errorf("%q became %q", text, token)
		}
		if other, ok := seen[token]; ok {
			t.Errorf("%q and %q became %q", text, other, token)
		}
		seen[token] = text
	}
	if got := oscalToken("4.2.1.1"); got != "_4.2.1.1" {
		t.Errorf("4.2.1.1 became %q", got)
	}
	if got := oscalToken("RFC 9325 4.1"); got != "RFC_9325_4.1" {
		t.Errorf("RFC 9325 4.1 became %q", got)
	}
	if got := oscalMarkup("{{ insert: param }} _a_ <b>"); got != `\{\{ insert: param \}\} \_a\_ &lt;b&gt;` {
		t.Errorf("markup: %s", got)
	}
	if got := oscalState(&audit.Finding{}); got.State != "not-satisfied" {
		t.Errorf("a finding nothing is known of is %+v", got)
	}
}
