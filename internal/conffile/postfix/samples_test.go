package postfix

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

type sample struct {
	Path     string   `json:"path"`
	System   string   `json:"system"`
	Kind     string   `json:"kind"`
	Rules    []string `json:"expected_rules"`
	Versions []string `json:"expected_versions"`
	Loadable *bool    `json:"loadable"`
}

func index(t *testing.T) []sample {
	t.Helper()
	b, err := os.ReadFile("../../../fixtures/config/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s sample) bool {
		return s.System != "postfix" && !strings.Contains(s.Path, "postfix") || s.Kind == "part"
	})
}

// TestSamples holds every sample against what is expected of it: the rules, the
// versions of the weakest server, and whether Postfix would load it.
func TestSamples(t *testing.T) {
	tree, all := samples(t), index(t)
	if len(all) < 9 {
		t.Fatalf("the index has %d samples of Postfix", len(all))
	}
	for _, s := range all {
		t.Run(s.Path, func(t *testing.T) {
			format := Format
			if strings.Contains(s.Path, "tls_policy") {
				format = PolicyMap
			}
			f, err := tree.Read(s.Path)
			if err != nil {
				t.Fatal(err)
			}
			if n := format.Sniff(f); n < 60 && f.Text != "" {
				t.Errorf("sniffed as %d", n)
			}
			d, judgements := load(t, format, tree, s.Path, nil)
			found := map[string]bool{}
			for _, j := range judgements {
				for _, f := range j.Findings {
					found[f.Rule] = found[f.Rule] || bad(f.Verdict)
				}
			}
			for _, rule := range s.Rules {
				if !found[rule] {
					t.Errorf("%s is not reported:\n%s", rule, findings(judgements))
				}
			}
			if s.Rules != nil && len(s.Rules) == 0 && strings.Contains(findings(judgements), "fail") {
				t.Errorf("reported though nothing is expected:\n%s", findings(judgements))
			}
			for rule := range found {
				if found[rule] && s.Rules != nil && len(s.Rules) == 0 {
					t.Errorf("%s is reported:\n%s", rule, findings(judgements))
				}
			}
			if s.Loadable != nil && *s.Loadable == found["LOAD-01"] {
				t.Errorf("loadable %v, and LOAD-01 reported %v", *s.Loadable, found["LOAD-01"])
			}
			if s.Versions != nil {
				if got := weakest(d); !slices.Equal(got, s.Versions) {
					t.Errorf("versions %v, want %v", got, s.Versions)
				}
			}
		})
	}
}

// weakest are the versions of the server with the lowest one.
func weakest(d *confdoc.Document) []string {
	var best []audit.Version
	for _, l := range d.Listeners {
		var on []audit.Version
		for _, v := range l.Versions {
			if v.Answer == audit.Accepted || v.Answer == audit.Latent {
				on = append(on, v.Version)
			}
		}
		if l.Server() && len(on) > 0 && (best == nil || on[0] < best[0]) {
			best = on
		}
	}
	names := make([]string, len(best))
	for i, v := range best {
		names[i] = v.String()
	}
	return names
}

// TestSampleFixes applies every change offered for a sample.
func TestSampleFixes(t *testing.T) {
	for _, s := range index(t) {
		format := Format
		if strings.Contains(s.Path, "tls_policy") {
			format = PolicyMap
		}
		_, patched, all := prove(t, format, samples(t), s.Path, nil)
		t.Logf("%s: %d of %d findings patched", s.Path, patched, all)
	}
}
