package connections

import (
	"encoding/json"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const samples = "../../../fixtures/config"

// sample is one entry of the index of samples.
type sample struct {
	Path, System string
	Kind         string
	Rules        []string `json:"expected_rules"`
	Versions     []string `json:"expected_versions"`
	Loadable     *bool
}

func samplesOf(t *testing.T, system string) (list []sample) {
	t.Helper()
	b, err := os.ReadFile(samples + "/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.System == system {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no samples of %s", system)
	}
	return list
}

func openSamples(t *testing.T) *conftree.Tree {
	t.Helper()
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

var demands = confdoc.Demands{Min: audit.TLSv12}

// read1 reads one file of a tree, as the caller of formats does.
func read1(t testing.TB, r *confdoc.Reader, name string) *confdoc.Document {
	t.Helper()
	f, err := r.Tree.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	d := Format.Read(r, f)
	d.Format = Format
	confdoc.Settle(d)
	return d
}

// readText reads a text as a file of that name.
func readText(t testing.TB, name, text string, versions map[string]string) *confdoc.Document {
	t.Helper()
	tree := conftree.FromTexts(map[string]string{name: text})
	return read1(t, &confdoc.Reader{Tree: tree, Versions: versions}, name)
}

// verdicts are the verdicts of all rules by id; the worst of several subjects.
func verdicts(d *confdoc.Document) map[string]audit.Verdict {
	rank := []audit.Verdict{audit.NotApplicable, audit.Pass, audit.Unknown, audit.Warn, audit.Fail}
	all := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			if old, ok := all[f.Rule]; !ok || slices.Index(rank, f.Verdict) > slices.Index(rank, old) {
				all[f.Rule] = f.Verdict
			}
		}
	}
	return all
}

// bad lists the rules that fail or warn.
func bad(d *confdoc.Document) (list []string) {
	for id, v := range verdicts(d) {
		if v == audit.Fail || v == audit.Warn {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// enabled lists the versions of the weakest listener.
func enabled(d *confdoc.Document) (list []string) {
	for _, v := range audit.Versions {
		for _, l := range d.Listeners {
			if a := l.Version(v).Answer; a == audit.Accepted || a == audit.Latent {
				list = append(list, v.String())
				break
			}
		}
	}
	return list
}

// mend applies the fixes of all findings, one after the other, each proven:
// the finding is gone and no other verdict has become worse. It returns what is
// left and how many could be mended.
func mend(t *testing.T, r *confdoc.Reader, name string) (d *confdoc.Document, mended int) {
	t.Helper()
	d = read1(t, r, name)
	for range 50 {
		edits, rule := nextFix(d)
		if edits == nil {
			return d, mended
		}
		texts, err := conftree.Apply(edits)
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		before := verdicts(d)
		r = &confdoc.Reader{Tree: r.Tree.With(texts), Versions: r.Versions}
		d = read1(t, r, name)
		after := verdicts(d)
		if v := after[rule]; v != audit.Pass && v != audit.NotApplicable {
			t.Fatalf("%s is %v after its change:\n%s", rule, v, d.Main().Text)
		}
		for id, v := range after {
			if v != audit.Pass && v != audit.NotApplicable && v != before[id] && before[id] != audit.Fail {
				t.Fatalf("%s: %v after the change for %s, %v before:\n%s", id, v, rule, before[id], d.Main().Text)
			}
		}
		mended++
	}
	t.Fatal("no end of changes")
	return nil, 0
}

func nextFix(d *confdoc.Document) ([]conftree.Edit, string) {
	for _, j := range confdoc.Judge(d, demands) {
		for i, f := range j.Findings {
			if fix := j.Fixes[i]; len(fix.Edits) > 0 {
				return fix.Edits, f.Rule
			}
		}
	}
	return nil, ""
}

// checkPlaces fails if a place lies outside of the document's files.
func checkPlaces(t *testing.T, d *confdoc.Document) {
	t.Helper()
	check := func(what string, p audit.Place) {
		if p.File == "" && p.Line == 0 {
			return
		}
		for _, f := range d.Files {
			if f.Name == p.File && p.Line >= 1 && p.Line <= f.Lines() {
				return
			}
		}
		t.Fatalf("%s at %v, outside of the files", what, p)
	}
	for _, f := range d.Faults {
		check("fault", f.Place)
	}
	for _, g := range d.Gaps {
		check("gap", g.Place)
	}
	for _, s := range d.Settings {
		check("setting", s.Place)
	}
	for _, l := range d.Listeners {
		for _, s := range l.Settings {
			check("setting", s.Place)
		}
		for _, v := range l.Versions {
			if v.Place != nil {
				check("version", *v.Place)
			}
		}
	}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			if f.Place != nil {
				check(f.Rule, *f.Place)
			}
			if strings.Contains(f.Message, "internal error") {
				t.Fatalf("%s: %s", f.Rule, f.Message)
			}
		}
		for _, fix := range j.Fixes {
			if _, err := conftree.Apply(fix.Edits); err != nil {
				t.Fatalf("edits: %v", err)
			}
		}
	}
}

// checkFixes applies every change by itself: the finding it is for must be gone.
func checkFixes(t *testing.T, r *confdoc.Reader, d *confdoc.Document) {
	t.Helper()
	for _, j := range confdoc.Judge(d, demands) {
		for i, fix := range j.Fixes {
			if len(fix.Edits) == 0 {
				continue
			}
			texts, err := conftree.Apply(fix.Edits)
			if err != nil {
				t.Fatalf("edits: %v", err)
			}
			changed := read1(t, &confdoc.Reader{Tree: r.Tree.With(texts), Versions: r.Versions}, d.Main().Path)
			for _, k := range confdoc.Judge(changed, demands) {
				for _, f := range k.Findings {
					if f.Fingerprint == j.Findings[i].Fingerprint && f.Verdict == audit.Fail {
						t.Fatalf("%s fails after its change: %s\n%q", f.Rule, f.Message, texts)
					}
				}
			}
		}
	}
}

func base(p string) string { return path.Base(p) }
