package exim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/exim"
	"tlsaudit/internal/conftree"
)

const samples = "../../../fixtures/config"

var demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}

// read reads a file of a tree as the engine does.
func read(t *testing.T, tree *conftree.Tree, path string, versions map[string]string) *confdoc.Document {
	t.Helper()
	f, err := tree.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return readFile(&confdoc.Reader{Tree: tree, Versions: versions}, f)
}

func readFile(r *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := exim.Format.Read(r, f)
	d.Format = exim.Format
	confdoc.Settle(d)
	return d
}

// readText reads a file of the given text.
func readText(t *testing.T, text string, versions map[string]string) *confdoc.Document {
	t.Helper()
	return read(t, conftree.FromTexts(map[string]string{"exim.conf": text}), "exim.conf", versions)
}

// verdicts lists the findings of a document as "RULE verdict", sorted.
func verdicts(d *confdoc.Document, which ...audit.Verdict) []string {
	list := []string{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			if slices.Contains(which, f.Verdict) && !slices.Contains(list, f.Rule) {
				list = append(list, f.Rule)
			}
		}
	}
	slices.Sort(list)
	return list
}

// weakest lists the versions some listener allows.
func weakest(d *confdoc.Document) []audit.Version {
	list := []audit.Version{}
	for _, v := range audit.Versions {
		for _, l := range d.Listeners {
			if a := l.Version(v).Answer; (a == audit.Accepted || a == audit.Latent) && !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
	}
	return list
}

type sample struct {
	Path     string          `json:"path"`
	System   string          `json:"system"`
	Rules    []string        `json:"expected_rules"`
	Versions []audit.Version `json:"expected_versions"`
	Loadable *bool           `json:"loadable"`
}

func TestSamples(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(samples, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, s := range all {
		if s.System != "exim" {
			continue
		}
		count++
		t.Run(s.Path, func(t *testing.T) {
			d := read(t, tree, s.Path, nil)
			if got := exim.Format.Sniff(d.Main()); got < 50 {
				t.Errorf("sniffed %d", got)
			}
			bad := verdicts(d, audit.Fail, audit.Warn)
			for _, want := range s.Rules {
				if !slices.Contains(bad, want) {
					t.Errorf("%s is not reported; reported: %v", want, bad)
				}
			}
			if s.Rules != nil && len(s.Rules) == 0 && len(bad) > 0 {
				t.Errorf("reported: %v", bad)
			}
			if s.Versions != nil {
				if diff := cmp.Diff(s.Versions, weakest(d)); diff != "" {
					t.Errorf("versions (-want +got):\n%s", diff)
				}
			}
			if s.Loadable == nil && len(verdicts(d, audit.Pass)) > 2 {
				t.Errorf("passed: %v", verdicts(d, audit.Pass))
			}
		})
	}
	if count != 6 {
		t.Errorf("%d samples", count)
	}
}

func TestNoncompliant(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := read(t, tree, "exim/exim4.noncompliant.conf", nil)
	want := []string{"EXIM-01", "EXIM-02", "EXIM-04", "EXIM-05", "EXIM-06"}
	if diff := cmp.Diff(want, verdicts(d, audit.Fail, audit.Warn)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			t.Logf("%-12s %-8v %s %s", f.Rule, f.Verdict, j.Subject, f.Message)
		}
	}
	after := fix(t, tree, d)
	if got := verdicts(after, audit.Fail, audit.Warn); len(got) > 0 {
		t.Errorf("after the changes: %v\n%s", got, after.Main().Text)
	}
	t.Log(after.Main().Text)
}

// known are the versions fix reads with.
var known map[string]string

// fix applies the changes of all findings, one after the other, each proven by
// reading and judging again.
func fix(t *testing.T, tree *conftree.Tree, d *confdoc.Document) *confdoc.Document {
	t.Helper()
	path := d.Main().Path
	for range 100 {
		fixed := false
		before := verdictsOf(d)
		for _, j := range confdoc.Judge(d, demands) {
			for i, f := range j.Findings {
				if fixed || f.Verdict != audit.Fail && f.Verdict != audit.Warn {
					continue
				}
				change, ok := j.Fixes[i]
				if !ok || len(change.Edits) == 0 {
					continue
				}
				texts, err := conftree.Apply(change.Edits)
				if err != nil {
					t.Errorf("%s: %v", f.Rule, err)
					continue
				}
				changed := tree.With(texts)
				again := read(t, changed, path, known)
				prove(t, f, before, verdictsOf(again))
				tree, d, fixed = changed, again, true
			}
		}
		if !fixed {
			return d
		}
	}
	t.Error("there is no end of changes")
	return d
}

func verdictsOf(d *confdoc.Document) map[string]audit.Verdict {
	m := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			m[f.Fingerprint] = f.Verdict
		}
	}
	return m
}

// prove demands what the engine demands of a change before it is offered.
func prove(t *testing.T, f audit.Finding, before, after map[string]audit.Verdict) {
	t.Helper()
	if v := after[f.Fingerprint]; v != audit.Pass && v != audit.NotApplicable {
		t.Errorf("%s of %s is %v after its change", f.Rule, f.Subject, v)
	}
	for key, v := range after {
		old, existed := before[key]
		if v != audit.Pass && v != audit.NotApplicable && (!existed || v != old && old != audit.Fail) {
			t.Errorf("the change for %s of %s brings about %s: %v", f.Rule, f.Subject, key, v)
		}
	}
}

func TestCompliant(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := read(t, tree, "exim/exim4.compliant.conf", map[string]string{"openssl": "3.0.19", "exim": "4.96"})
	if got := verdicts(d, audit.Fail, audit.Warn, audit.Unknown); len(got) > 0 {
		t.Errorf("%v", got)
		for _, j := range confdoc.Judge(d, demands) {
			for _, f := range j.Findings {
				t.Logf("%-12s %-8v %s %s", f.Rule, f.Verdict, j.Subject, f.Message)
			}
		}
	}
	var listeners []string
	for _, l := range d.Listeners {
		listeners = append(listeners, l.Listener+" "+l.Protocol+" "+strings.Join(l.Binds, ","))
	}
	want := []string{"smtp/25 smtp :25", "smtps/465 smtps :465", "smtp/587 smtp :587", "transport smtp_secure smtp ", "transport remote_smtp smtp "}
	if diff := cmp.Diff(want, listeners); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
}
