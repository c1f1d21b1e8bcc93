package java_test

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
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conftree"
)

const samples = "../../../fixtures/config"

var demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}

// formatOf takes the format with the higher score.
func formatOf(f *conftree.File) *confdoc.Format {
	if java.Options.Sniff(f) > java.Security.Sniff(f) {
		return java.Options
	}
	return java.Security
}

func readFile(format *confdoc.Format, r *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := format.Read(r, f)
	d.Format = format
	confdoc.Settle(d)
	return d
}

func read(t *testing.T, tree *conftree.Tree, path string, versions map[string]string) *confdoc.Document {
	t.Helper()
	f, err := tree.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return readFile(formatOf(f), &confdoc.Reader{Tree: tree, Versions: versions}, f)
}

// judged lists the rules with one of the verdicts, sorted.
func judged(d *confdoc.Document, which ...audit.Verdict) []string {
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

func allowed(d *confdoc.Document) []audit.Version {
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

func sampleList(t *testing.T) (list []sample) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.System == "java" {
			list = append(list, s)
		}
	}
	if len(list) != 8 {
		t.Fatalf("%d samples", len(list))
	}
	return list
}

func sampleTree(t *testing.T) *conftree.Tree {
	t.Helper()
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestSamples(t *testing.T) {
	tree := sampleTree(t)
	for _, s := range sampleList(t) {
		t.Run(s.Path, func(t *testing.T) {
			d := read(t, tree, s.Path, nil)
			if got := d.Format.Sniff(d.Main()); got < 50 {
				t.Errorf("sniffed %d", got)
			}
			bad := judged(d, audit.Fail, audit.Warn)
			for _, want := range s.Rules {
				if !slices.Contains(bad, want) {
					t.Errorf("%s is not reported; reported: %v", want, bad)
				}
			}
			if s.Rules != nil && len(s.Rules) == 0 && len(bad) > 0 {
				t.Errorf("reported: %v", bad)
			}
			if s.Versions != nil {
				if diff := cmp.Diff(s.Versions, allowed(d)); diff != "" {
					t.Errorf("versions (-want +got):\n%s", diff)
				}
			}
			if s.Loadable != nil && !*s.Loadable && !slices.Contains(bad, "LOAD-01") {
				t.Errorf("it is not said that Java refuses the file: %v", bad)
			}
			if strings.Contains(s.Path, "utf16") && (!slices.Contains(judged(d, audit.Unknown), "LOAD-02") || len(judged(d, audit.Pass)) > 2) {
				t.Errorf("passed: %v", judged(d, audit.Pass))
			}
			if len(bad) > 0 {
				after := mend(t, tree, d)
				if left := judged(after, audit.Fail, audit.Warn); len(left) > 0 {
					t.Errorf("after the changes: %v\n%s", left, after.Main().Text)
				}
			}
		})
	}
}

// mend applies the changes of all findings, one after the other, each proven.
func mend(t *testing.T, tree *conftree.Tree, d *confdoc.Document) *confdoc.Document {
	t.Helper()
	path := d.Main().Path
	for range 50 {
		fixed := false
		before := byFingerprint(d)
		for _, j := range confdoc.Judge(d, demands) {
			for i, f := range j.Findings {
				change, ok := j.Fixes[i]
				if fixed || !ok || len(change.Edits) == 0 {
					continue
				}
				texts, err := conftree.Apply(change.Edits)
				if err != nil {
					t.Errorf("%s: %v", f.Rule, err)
					continue
				}
				tree = tree.With(texts)
				d = read(t, tree, path, nil)
				after := byFingerprint(d)
				if v := after[f.Fingerprint]; v != audit.Pass && v != audit.NotApplicable {
					t.Errorf("%s is %v after its change:\n%s", f.Rule, v, d.Main().Text)
				}
				for key, v := range after {
					old, existed := before[key]
					if v != audit.Pass && v != audit.NotApplicable && (!existed || v != old && old != audit.Fail) {
						t.Errorf("the change for %s brings about %s: %v", f.Rule, key, v)
					}
				}
				fixed = true
			}
		}
		if !fixed {
			return d
		}
	}
	t.Error("there is no end of changes")
	return d
}

func byFingerprint(d *confdoc.Document) map[string]audit.Verdict {
	m := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			m[f.Fingerprint] = f.Verdict
		}
	}
	return m
}
