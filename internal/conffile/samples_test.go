package conffile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const sampleDir = "../../fixtures/config"

// sample is one entry of the index of samples.
type sample struct {
	Path, System, Kind string
	Rules              []string `json:"expected_rules"`
	Versions           []string `json:"expected_versions"`
	Loadable           *bool
}

// systems are the formats of files whose name and content do not tell, by the
// folder of the samples: damaged ones and empty ones.
var systems = map[string]string{"apache": "httpd", "ihs": "ihs", "nginx": "nginx", "haproxy": "haproxy", "exim": "exim", "domino": "notes-ini", "forcepoint": "enforced-tls", "liberty": "liberty"}

func samples(t *testing.T) (list []sample) {
	data, err := os.ReadFile(filepath.Join(sampleDir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(s sample) bool { return s.Kind == "part" || s.System == "generators" || s.System == "vp" })
}

// open reads a sample the way the program does.
func openSample(t *testing.T, s sample) *Document {
	tree, err := conftree.Open(filepath.Join(sampleDir, s.Path), conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := tree.Files()
	loaded := Load([]Source{{Tree: tree, Paths: paths, Named: true}})
	if len(loaded.Documents) == 0 && systems[s.System] != "" {
		loaded = Load([]Source{{Tree: tree, Paths: paths, Named: true, As: ByName(systems[s.System])}})
	}
	if len(loaded.Documents) != 1 {
		t.Fatalf("%d documents, not read: %v", len(loaded.Documents), loaded.Unknown)
	}
	return loaded.Documents[0]
}

var sampleJudge = Judge{Demands: confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}, Prove: true}

// TestSamples holds every sample against what its index expects.
func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.Path, func(t *testing.T) {
			d := openSample(t, s)
			records := sampleJudge.Records([]*Document{d}, "")
			checkRules(t, s, records)
			checkLoad(t, s, records)
			if s.Versions != nil {
				checkVersions(t, s, d)
			}
		})
	}
}

// family reports whether a rule is a more general one of the family of another
// that is expected: those may come with it.
func family(rule, expected string) bool {
	for _, general := range []string{"IHS-01", "HTTPD-01"} {
		if rule == general && strings.HasPrefix(expected, general[:strings.IndexByte(general, '-')+1]) {
			return true
		}
	}
	return false
}

func checkRules(t *testing.T, s sample, records []audit.Record) {
	t.Helper()
	var failed, warned []string
	for _, r := range records {
		for _, f := range r.Findings {
			if strings.HasPrefix(f.Rule, "LOAD-") {
				continue
			}
			switch f.Verdict {
			case audit.Fail:
				failed = append(failed, f.Rule)
			case audit.Warn:
				warned = append(warned, f.Rule)
			}
		}
	}
	for _, want := range s.Rules {
		if !slices.Contains(failed, want) && !slices.Contains(warned, want) {
			t.Errorf("%s is not reported; fail: %v, warn: %v", want, failed, warned)
		}
	}
	if s.Rules == nil {
		return
	}
	for _, got := range slices.Concat(failed, warned) {
		if !slices.ContainsFunc(s.Rules, func(want string) bool { return got == want || family(got, want) }) && (len(s.Rules) == 0 || slices.Contains(failed, got)) {
			t.Errorf("%s is reported and not expected (%v)", got, s.Rules)
		}
	}
}

// checkLoad demands that a file its product refuses is told, and passes
// nothing.
func checkLoad(t *testing.T, s sample, records []audit.Record) {
	t.Helper()
	refused, doubtful := false, false
	for _, r := range records {
		for _, f := range r.Findings {
			refused = refused || f.Rule == "LOAD-01" && f.Verdict == audit.Fail
			doubtful = doubtful || f.Verdict == audit.Unknown
		}
	}
	switch {
	case s.Loadable != nil && !*s.Loadable && !refused && !doubtful:
		t.Error("the product refuses the file, and nothing says so")
	case s.Loadable != nil && *s.Loadable && refused:
		t.Error("LOAD-01 is reported, and the product loads the file")
	case s.Kind == "hostile" && s.Rules == nil && !refused && !doubtful && s.Loadable == nil:
		t.Error("nothing about a hostile file is left open")
	}
}

// checkVersions demands the versions of the weakest listener.
func checkVersions(t *testing.T, s sample, d *Document) {
	t.Helper()
	var all [][]string
	for _, l := range d.Listeners {
		var got []string
		for _, f := range l.Versions {
			if f.Answer == audit.Accepted || f.Answer == audit.Latent {
				got = append(got, f.Version.String())
			}
		}
		all = append(all, got)
		if slices.Equal(got, s.Versions) {
			return
		}
	}
	if len(s.Versions) > 0 || len(all) > 0 && slices.ContainsFunc(all, func(v []string) bool { return len(v) > 0 }) {
		t.Errorf("versions %v, want %v", all, s.Versions)
	}
}
