package sametime

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const samples = "../../../fixtures/config"

// sample is one entry of the index of samples.
type sample struct {
	Path             string
	System           string
	Kind             string
	Expected         string
	ExpectedRules    []string `json:"expected_rules"`
	ExpectedVersions []string `json:"expected_versions"`
	Loadable         *bool
}

func sametimeSamples(t *testing.T) (list []sample) {
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
		if s.System == "sametime" {
			list = append(list, s)
		}
	}
	if len(list) < 30 {
		t.Fatalf("only %d samples of Sametime in the index", len(list))
	}
	return list
}

// detect is the format that is surest of a file.
func detect(f *conftree.File) (best *confdoc.Format) {
	most := 0
	for _, format := range Formats {
		if n := format.Sniff(f); n > most {
			best, most = format, n
		}
	}
	return best
}

// read reads one file of a tree.
func read(t testing.TB, tree *conftree.Tree, path string) *confdoc.Document {
	t.Helper()
	f, err := tree.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	format := detect(f)
	if format == nil && strings.HasPrefix(f.Path[strings.LastIndexByte(f.Path, '/')+1:], "managed-community-configs") {
		format = Managed // nothing in it, found by its name
	}
	if format == nil {
		t.Fatalf("%s: no format knows the file", path)
	}
	return readAs(tree, format, f)
}

func readAs(tree *conftree.Tree, format *confdoc.Format, f *conftree.File) *confdoc.Document {
	d := format.Read(&confdoc.Reader{Tree: tree}, f)
	d.Format = format
	confdoc.Settle(d)
	return d
}

var today = confdoc.Demands{Min: audit.TLSv12}

// verdicts lists the findings of a verdict, by rule.
func verdicts(d *confdoc.Document, wanted ...audit.Verdict) (rules []string) {
	for _, j := range confdoc.Judge(d, today) {
		for _, f := range j.Findings {
			if slices.Contains(wanted, f.Verdict) && !slices.Contains(rules, f.Rule) {
				rules = append(rules, f.Rule)
			}
		}
	}
	slices.Sort(rules)
	return rules
}

// enabled are the versions of the servers that are accepted or latent.
func enabled(d *confdoc.Document) []string {
	list := []string{}
	for _, v := range audit.Versions {
		if slices.ContainsFunc(d.Listeners, func(l *confdoc.Listener) bool {
			a := l.Version(v).Answer
			return l.Server() && (a == audit.Accepted || a == audit.Latent)
		}) {
			list = append(list, v.String())
		}
	}
	return list
}

func TestSamples(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sametimeSamples(t) {
		t.Run(s.Path, func(t *testing.T) {
			d := read(t, tree, s.Path)
			got := verdicts(d, audit.Fail, audit.Warn)
			for _, rule := range s.ExpectedRules {
				if !slices.Contains(got, rule) {
					t.Errorf("%s is not reported, only %v", rule, got)
				}
			}
			if s.ExpectedRules != nil {
				for _, rule := range got {
					if len(s.ExpectedRules) == 0 || slices.Contains(verdicts(d, audit.Fail), rule) && !slices.Contains(s.ExpectedRules, rule) {
						t.Errorf("%s is reported and not expected", rule)
					}
				}
			}
			if s.ExpectedVersions != nil {
				if diff := cmp.Diff(s.ExpectedVersions, enabled(d)); diff != "" {
					t.Errorf("versions (-want +got):\n%s", diff)
				}
			}
			if s.Loadable != nil && *s.Loadable != !slices.Contains(got, "LOAD-01") {
				t.Errorf("loadable is %v, findings %v", *s.Loadable, got)
			}
			if strings.Contains(s.Expected, "verdict unknown") || strings.Contains(s.Expected, "never pass") {
				if passed := verdicts(d, audit.Pass); slices.ContainsFunc(passed, func(rule string) bool { return !strings.HasPrefix(rule, "LOAD-") }) {
					t.Errorf("passes %v, where nothing may", passed)
				}
				if len(got) == 0 && !slices.Contains(verdicts(d, audit.Unknown), "LOAD-02") {
					t.Error("the damage is not reported")
				}
			}
		})
	}
}

// TestForeignFiles: files of other products are not taken for Sametime's.
func TestForeignFiles(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	err = filepath.WalkDir(samples, func(name string, e fs.DirEntry, err error) error {
		rel := filepath.ToSlash(strings.TrimPrefix(name, samples+string(filepath.Separator)))
		if err != nil || e.IsDir() || strings.HasPrefix(rel, "sametime/") || rel == "index.json" || rel == "README.md" {
			return err
		}
		f, err := tree.Read(rel)
		if err != nil {
			return nil // odd files are not read at all
		}
		tried++
		if format := detect(f); format != nil {
			t.Errorf("%s is taken for %s", rel, format.Name)
		}
		return nil
	})
	if err != nil || tried < 100 {
		t.Errorf("%d files tried, %v", tried, err)
	}
	for name, text := range map[string]string{
		"docker-compose.yml": "services:\n  web:\n    image: nginx:1.29\n    ports: [\"443:443\"]\n",
		"values.yaml":        "replicaCount: 1\ningress:\n  enabled: true\n",
		".env":               "DATABASE_URL=postgres://db.example.com\n",
		"configmap.yaml":     "kind: ConfigMap\ndata:\n  key: value\n",
	} {
		if format := detect(conftree.NewFile(name, name, text, conftree.Encoding{})); format != nil {
			t.Errorf("%s of others is taken for %s", name, format.Name)
		}
	}
}
