package conftest

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Samples is the folder of samples, seen from a package of formats.
const Samples = "../../../fixtures/config"

// Sample is one entry of the index of samples.
type Sample struct {
	Path, System, Kind string
	// Rules are those that fail or warn, Versions those of the weakest listener;
	// nil if the index does not say.
	Rules    []string `json:"expected_rules"`
	Versions []string `json:"expected_versions"`
	// Loadable says whether the product takes the file, nil if that is not known.
	Loadable *bool
}

// SamplesOf lists the samples of a system. There must be some.
func SamplesOf(t testing.TB, system string) (list []Sample) {
	t.Helper()
	b, err := os.ReadFile(Samples + "/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []Sample
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

// OpenSamples is the tree of all samples.
func OpenSamples(t testing.TB) *conftree.Tree {
	t.Helper()
	tree, err := conftree.OpenDir(Samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// CheckSample fails if other rules fail or warn than the index says, or other
// versions are enabled.
func CheckSample(t testing.TB, d *confdoc.Document, sample Sample) {
	t.Helper()
	if got := Bad(d); sample.Rules != nil && !slices.Equal(got, sample.Rules) {
		t.Errorf("rules %v, want %v", got, sample.Rules)
	}
	if got := Enabled(d); sample.Versions != nil && !slices.Equal(got, sample.Versions) {
		t.Errorf("versions %v, want %v", got, sample.Versions)
	}
}

// SampleTest holds one sample against the index.
type SampleTest struct {
	Format *confdoc.Format
	Tree   *conftree.Tree
	// Prefix is that of the rules whose findings must be mended by their changes.
	Prefix string
	// Sure is how sure Sniff must be, at least, of a file with anything in it.
	Sure int
	// Open reports whether something about a document stays unknown whatever is
	// changed in it.
	Open func(d *confdoc.Document) bool
}

// Check fails if the sample is not judged as the index says, or if a change does
// not mend what it is for.
func (s SampleTest) Check(t testing.TB, sample Sample) {
	t.Helper()
	r := &confdoc.Reader{Tree: s.Tree}
	d := Read(t, s.Format, r, sample.Path)
	got := Verdicts(d)
	if score := s.Format.Sniff(d.Main()); d.Main().Text != "" && score < s.Sure {
		t.Errorf("sniffed as %d", score)
	}
	for _, rule := range sample.Rules {
		if got[rule] != audit.Fail && got[rule] != audit.Warn {
			t.Errorf("%s: %v", rule, got[rule])
		}
	}
	if sample.Rules != nil && len(sample.Rules) == 0 {
		for rule, v := range got {
			if v == audit.Fail || v == audit.Warn || v == audit.Unknown {
				t.Errorf("%s: %v", rule, v)
			}
		}
	}
	if sample.Versions != nil && !slices.Equal(WeakestServer(d), sample.Versions) {
		t.Errorf("versions %v, want %v", WeakestServer(d), sample.Versions)
	}
	if sample.Loadable != nil {
		want := audit.Fail
		if *sample.Loadable {
			want = audit.Pass
		}
		if got["LOAD-01"] != want {
			t.Errorf("LOAD-01: %v, want %v; %v", got["LOAD-01"], want, d.Faults)
		}
	}
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			if f := j.Findings[i]; f.Verdict == audit.Fail && strings.HasPrefix(f.Rule, s.Prefix) {
				CheckMended(t, r, d, j.Fixes[i], f, s.Open)
			}
		}
	}
}
