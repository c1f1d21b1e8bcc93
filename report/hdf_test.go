package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestHDFGolden(t *testing.T) {
	golden(t, "report.hdf.json", write(t, HDF, fullReport(), Options{}))
}

// hdfDoc is what readers take from a document.
type hdfDoc struct {
	Platform   *hdfPlatform    `json:"platform"`
	Version    *string         `json:"version"`
	Statistics *map[string]any `json:"statistics"`
	Profiles   []struct {
		hdfProfile
		Controls []struct {
			hdfControl
			Results []hdfResult `json:"results"`
		} `json:"controls"`
	} `json:"profiles"`
	Passthrough map[string]any `json:"passthrough"`
}

func hdfRead(t *testing.T, data []byte) (d hdfDoc) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// hdfLint holds a document against the rules of exec-json: which members there
// must be, of which type, and which words.
func hdfLint(data []byte) (complaints []string) {
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		return []string{err.Error()}
	}
	// kinds are "s" for text, "n" number, "o" object, "a" list.
	check := func(where string, object any, kinds map[string]string) map[string]any {
		m, _ := object.(map[string]any)
		for name, kind := range kinds {
			got := map[bool]string{true: "none"}[m[name] == nil]
			switch m[name].(type) {
			case string:
				got = "s"
			case float64:
				got = "n"
			case map[string]any:
				got = "o"
			case []any:
				got = "a"
			}
			if got != kind {
				complaints = append(complaints, fmt.Sprintf("%s.%s is %s, not %s", where, name, got, kind))
			}
		}
		return m
	}
	list := func(m map[string]any, name string) []any { l, _ := m[name].([]any); return l }
	check("", doc, map[string]string{"platform": "o", "profiles": "a", "statistics": "o", "version": "s"})
	check("platform", doc["platform"], map[string]string{"name": "s", "release": "s"})
	names := map[any]bool{}
	for _, profile := range list(doc, "profiles") {
		p := check("profile", profile, map[string]string{"name": "s", "sha256": "s", "supports": "a", "attributes": "a", "groups": "a", "controls": "a"})
		if names[p["name"]] {
			complaints = append(complaints, fmt.Sprintf("two profiles are called %s", p["name"]))
		}
		names[p["name"]] = true
		for _, group := range list(p, "groups") {
			check("group", group, map[string]string{"id": "s", "controls": "a"})
		}
		ids := map[any]bool{}
		for _, control := range list(p, "controls") {
			c := check("control", control, map[string]string{"id": "s", "impact": "n", "refs": "a", "tags": "o", "source_location": "o", "results": "a"})
			if ids[c["id"]] || c["id"] == "" {
				complaints = append(complaints, fmt.Sprintf("control %q has no id of its own", c["id"]))
			}
			ids[c["id"]] = true
			if impact, _ := c["impact"].(float64); impact < 0 || impact > 1 || len(list(c, "results")) == 0 {
				complaints = append(complaints, fmt.Sprintf("control %s: impact %v, %d results", c["id"], impact, len(list(c, "results"))))
			}
			for _, result := range list(c, "results") {
				r := check("result", result, map[string]string{"code_desc": "s", "start_time": "s", "status": "s"})
				switch status := r["status"]; status {
				case "passed", "failed", "error":
				case "skipped":
					check("skipped", result, map[string]string{"skip_message": "s"})
				default:
					complaints = append(complaints, fmt.Sprintf("status %v", status))
				}
			}
		}
	}
	return complaints
}

func TestHDFIsWhatReadersAsk(t *testing.T) {
	for name, r := range interchangeReports() {
		data := write(t, HDF, r, Options{})
		for _, complaint := range hdfLint(data) {
			t.Errorf("%s: %s", name, complaint)
		}
		hdfRead(t, data)
	}
	if len(hdfLint([]byte(`{"platform":{},"profiles":[{"controls":[{"results":[{"status":"pass"}]}]}]}`))) < 10 {
		t.Error("the linter takes what is nothing")
	}
}

// hdfStatus is the status readers (inspecjs) give a control.
func hdfStatus(c *hdfControl, results []hdfResult) string {
	has := map[string]bool{}
	for _, r := range results {
		has[r.Status] = true
	}
	switch {
	case has["error"]:
		return "Profile Error"
	case c.Waiver != nil && c.Waiver.Skipped, c.Impact == 0:
		return "Not Applicable"
	case has["failed"]:
		return "Failed"
	case has["passed"]:
		return "Passed"
	}
	return "Not Reviewed"
}

// TestHDFControls: no reader may take for passed what is not.
func TestHDFControls(t *testing.T) {
	r := zooReport()
	var all []audit.Finding
	for rule, verdicts := range map[string][]audit.Verdict{
		"passed": {audit.Pass, audit.Pass}, "failed": {audit.Pass, audit.Fail}, "warned": {audit.Pass, audit.Warn}, "undecided": {audit.Pass, audit.Unknown}, "waived": {audit.Pass, audit.Waived},
		"waived-in-part": {audit.Waived, audit.Fail}, "waived-undecided": {audit.Waived, audit.Unknown}, "elsewhere": {audit.NotApplicable, audit.NotApplicable}, "partly": {audit.NotApplicable, audit.Pass}, "info": {audit.Fail},
		"failed-undecided": {audit.Fail, audit.Unknown}, "warned-undecided": {audit.Unknown, audit.Warn},
	} {
		for i, v := range verdicts {
			f := audit.Finding{Profile: "p", Rule: rule, Verdict: v, Severity: audit.High, Subject: fmt.Sprintf("https://%d.example.com:443", i), Message: "m"}
			if rule == "info" {
				f.Severity = audit.Info
			}
			if v == audit.Waived {
				f.Waiver = &audit.WaiverRef{ID: "w", Was: audit.Fail, Expires: zooNow, Reason: "r"}
			}
			all = append(all, f)
		}
	}
	r.Records, r.Rules, r.Policies, r.Unautomated = zoo{{Evidence: audit.Evidence{Subject: "https://0.example.com:443"}, Findings: all}}, []audit.RuleRef{{Profile: "p", Rule: "silent"}}, nil, nil
	got := map[string]string{}
	for _, p := range hdfRead(t, write(t, HDF, r, Options{})).Profiles {
		for _, c := range p.Controls {
			got[c.ID] = hdfStatus(&c.hdfControl, c.Results)
		}
	}
	want := map[string]string{"passed": "Passed", "failed": "Failed", "warned": "Failed", "undecided": "Profile Error", "waived": "Not Applicable", "waived-in-part": "Failed",
		"waived-undecided": "Profile Error", "elsewhere": "Not Applicable", "partly": "Passed", "info": "Failed", "silent": "Not Reviewed", "failed-undecided": "Failed", "warned-undecided": "Failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHDFInPieces: however many results are held at a time, the document is the
// same.
func TestHDFInPieces(t *testing.T) {
	want := write(t, HDF, fullReport(), Options{})
	for _, held := range []int{0, 1, 2, 3, 5, 8} {
		var b bytes.Buffer
		if err := hdfHolding(&b, fullReport(), held); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("holding %d: %s", held, diff)
		}
	}
}
