package httpd

import (
	"encoding/json"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const fixtureRoot = "../../../fixtures/config"

type sample struct {
	Path     string   `json:"path"`
	System   string   `json:"system"`
	Kind     string   `json:"kind"`
	Rules    []string `json:"expected_rules"`
	Versions []string `json:"expected_versions"`
	Loadable *bool    `json:"loadable"`
}

// samples are the files of the index this package reads.
func samples(t testing.TB) (list []sample) {
	t.Helper()
	b, err := os.ReadFile(fixtureRoot + "/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if (s.System == "apache" || s.System == "ihs") && path.Ext(s.Path) != ".xml" {
			list = append(list, s)
		}
	}
	if len(list) < 20 {
		t.Fatalf("%d samples", len(list))
	}
	return list
}

func formatOf(s sample) *confdoc.Format {
	if s.System == "ihs" {
		return IHS
	}
	return Apache
}

// open opens a file of the fixtures in the tree of its system.
func open(t testing.TB, name string) (*confdoc.Reader, *conftree.File) {
	t.Helper()
	folder, file, _ := strings.Cut(name, "/")
	tree, err := conftree.OpenDir(path.Join(fixtureRoot, folder), conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return &confdoc.Reader{Tree: tree, Versions: map[string]string{}}, f
}

// read reads and settles, as the caller of a reader does.
func read(format *confdoc.Format, r *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := format.Read(r, f)
	confdoc.Settle(d)
	return d
}

func judge(d *confdoc.Document) []confdoc.Judgement {
	return confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv12})
}

// verdicts returns the rules with a verdict, sorted, without the load rules.
func verdicts(list []confdoc.Judgement, want ...audit.Verdict) (ids []string) {
	for _, j := range list {
		for _, f := range j.Findings {
			if slices.Contains(want, f.Verdict) && !slices.Contains(ids, f.Rule) {
				ids = append(ids, f.Rule)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// weakest returns the versions any listener accepts.
func weakest(d *confdoc.Document) (list []string) {
	for _, v := range audit.Versions {
		for _, l := range d.Listeners {
			if a := l.Version(v).Answer; (a == audit.Accepted || a == audit.Latent) && !slices.Contains(list, v.String()) {
				list = append(list, v.String())
			}
		}
	}
	return list
}

func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.Path, func(t *testing.T) {
			r, f := open(t, s.Path)
			d := read(formatOf(s), r, f)
			found := judge(d)
			bad := verdicts(found, audit.Fail, audit.Warn)
			domain := slices.DeleteFunc(slices.Clone(bad), func(id string) bool { return strings.HasPrefix(id, "LOAD") })
			switch {
			case s.Rules == nil:
				if len(domain) > 0 {
					t.Errorf("rules %q fire", domain)
				}
				if passes := verdicts(found, audit.Pass); len(d.Gaps) == 0 && d.Broken() == nil {
					t.Errorf("nothing is unknown; %q pass", passes)
				}
			case len(s.Rules) == 0:
				if len(domain) > 0 || slices.Contains(bad, "LOAD-01") {
					t.Errorf("rules %q fire", bad)
				}
				if unknown := verdicts(found, audit.Unknown); len(unknown) > 0 {
					t.Errorf("%q are unknown: %v", unknown, d.Gaps)
				}
				if len(d.Listeners) == 0 {
					t.Error("no listener")
				}
			default:
				for _, want := range s.Rules {
					if !slices.Contains(domain, want) {
						t.Errorf("%s does not fire, but %q", want, bad)
					}
				}
				for _, extra := range domain {
					if general := strings.TrimRight(extra, "0123456789") + "01"; !slices.Contains(s.Rules, extra) && extra != general {
						t.Errorf("%s fires too", extra)
					}
				}
			}
			if s.Loadable != nil && !*s.Loadable && d.Broken() == nil && len(d.Gaps) == 0 {
				t.Error("not seen that the product does not load it")
			}
			if s.Versions != nil {
				if diff := cmp.Diff(s.Versions, weakest(d)); diff != "" {
					t.Error(diff)
				}
			}
			checkPlaces(t, d, found)
		})
	}
}

// checkPlaces fails if a place lies outside of the files.
func checkPlaces(t testing.TB, d *confdoc.Document, found []confdoc.Judgement) {
	t.Helper()
	check := func(what string, p audit.Place) {
		t.Helper()
		for _, f := range d.Files {
			if f.Name == p.File {
				if p.Line < 1 || p.Line > f.Lines() {
					t.Errorf("%s: line %d of %d", what, p.Line, f.Lines())
				}
				return
			}
		}
		t.Errorf("%s: the place %v is in no file of the document", what, p)
	}
	for _, f := range d.Faults {
		check("fault "+f.Message, f.Place)
	}
	for _, g := range d.Gaps {
		check("gap "+g.Message, g.Place)
	}
	for _, s := range d.Settings {
		check("setting "+s.Key, s.Place)
	}
	for _, l := range d.Listeners {
		if l.Place != nil {
			check("listener", *l.Place)
		}
		for _, s := range l.Settings {
			check("setting "+s.Key, s.Place)
		}
		for _, v := range l.Versions {
			if v.Place != nil {
				check("fact", *v.Place)
			}
		}
	}
	for _, j := range found {
		for _, f := range j.Findings {
			if f.Place != nil {
				check(f.Rule, *f.Place)
			}
		}
	}
}
