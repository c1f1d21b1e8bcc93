package haproxy

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const samples = "../../../fixtures/config"

// decode reads bytes as the tree's reader does, as far as the samples need it.
func decode(name string, b []byte) *conftree.File {
	e := conftree.Encoding{Charset: "utf-8"}
	text := string(b)
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		e = conftree.Encoding{Charset: "utf-16le", BOM: true}
		var out strings.Builder
		for i := 2; i+1 < len(b); i += 2 {
			out.WriteRune(rune(b[i]) | rune(b[i+1])<<8)
		}
		text = out.String()
	case strings.HasPrefix(text, "\xef\xbb\xbf"):
		e.BOM = true
		text = text[3:]
	}
	return conftree.NewFile(name, name, strings.ToValidUTF8(text, "\u00e4"), e)
}

// readTexts reads the first of the files, main, of a tree of texts.
func readTexts(t testing.TB, texts map[string]string, main string, versions map[string]string) *confdoc.Document {
	t.Helper()
	r := &confdoc.Reader{Tree: conftree.FromTexts(texts), Versions: versions}
	f, err := r.Tree.Read(main)
	if err != nil {
		t.Fatal(err)
	}
	d := Format.Read(r, f)
	confdoc.Settle(d)
	return d
}

var demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}

// verdicts are the findings of all judgements by rule, the worst of each.
func verdicts(d *confdoc.Document) map[string]audit.Verdict {
	worst := map[string]audit.Verdict{}
	order := []audit.Verdict{audit.NotApplicable, audit.Pass, audit.Unknown, audit.Warn, audit.Fail}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			old, ok := worst[f.Rule]
			if !ok || slices.Index(order, f.Verdict) > slices.Index(order, old) {
				worst[f.Rule] = f.Verdict
			}
		}
	}
	return worst
}

// spokenVersions are the versions of the weakest server.
func spokenVersions(d *confdoc.Document) (weakest []string) {
	lowest := -1
	for _, l := range d.Listeners {
		if !l.Server() || l.TLS == audit.Refused {
			continue
		}
		var names []string
		first := -1
		for i, fact := range l.Versions {
			if fact.Answer == audit.Accepted || fact.Answer == audit.Latent {
				names = append(names, fact.Version.String())
				if first < 0 {
					first = i
				}
			}
		}
		if first >= 0 && (lowest < 0 || first < lowest) {
			lowest, weakest = first, names
		}
	}
	return weakest
}

type sample struct {
	Path          string   `json:"path"`
	System        string   `json:"system"`
	Kind          string   `json:"kind"`
	ExpectedRules []string `json:"expected_rules"`
	Versions      []string `json:"expected_versions"`
	Loadable      *bool    `json:"loadable"`
}

func samplesOf(t *testing.T, system string) (list []sample) {
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
		if s.System == system {
			list = append(list, s)
		}
	}
	return list
}

// treeOf reads all files of a sample's folder.
func treeOf(t *testing.T, s sample) (*conftree.Tree, *conftree.File) {
	t.Helper()
	dir := path.Dir(s.Path)
	texts := map[string]string{}
	err := filepath.WalkDir(filepath.Join(samples, dir), func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(samples, p)
		texts[filepath.ToSlash(rel)] = decode(rel, b).Text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(samples, s.Path))
	if err != nil {
		t.Fatal(err)
	}
	return conftree.FromTexts(texts), decode(s.Path, b)
}

func TestSamples(t *testing.T) {
	list := samplesOf(t, "haproxy")
	if len(list) < 6 {
		t.Fatalf("%d samples", len(list))
	}
	for _, s := range list {
		t.Run(s.Path, func(t *testing.T) {
			tree, main := treeOf(t, s)
			d := Format.Read(&confdoc.Reader{Tree: tree}, main)
			confdoc.Settle(d)
			got := verdicts(d)
			if main.Text != "" && sniff(main) < 40 {
				t.Errorf("sniffed as %d", sniff(main))
			}
			for _, rule := range s.ExpectedRules {
				if got[rule] != audit.Fail && got[rule] != audit.Warn {
					t.Errorf("%s: %v", rule, got[rule])
				}
			}
			if s.ExpectedRules != nil && len(s.ExpectedRules) == 0 {
				for rule, v := range got {
					if v == audit.Fail || v == audit.Warn || v == audit.Unknown {
						t.Errorf("%s: %v", rule, v)
					}
				}
			}
			if s.Versions != nil && !slices.Equal(spokenVersions(d), s.Versions) {
				t.Errorf("versions %v, want %v", spokenVersions(d), s.Versions)
			}
			if s.Loadable != nil && !*s.Loadable {
				if got["LOAD-01"] != audit.Fail {
					t.Errorf("LOAD-01: %v", got["LOAD-01"])
				}
			} else if got["LOAD-01"] != audit.Pass && s.Loadable != nil {
				t.Errorf("LOAD-01: %v, %v", got["LOAD-01"], d.Faults)
			}
			for _, j := range confdoc.Judge(d, demands) {
				for i := range j.Findings {
					if f := j.Findings[i]; f.Verdict == audit.Fail && strings.HasPrefix(f.Rule, "HAP") {
						mended(t, tree, main, j.Fixes[i], f)
					}
				}
			}
		})
	}
}

// mended applies a fix and judges again: the finding must be gone, and nothing
// new may appear.
func mended(t *testing.T, in *conftree.Tree, main *conftree.File, fix confdoc.Fix, f audit.Finding) {
	t.Helper()
	mendedAt(t, in, main, fix, f, nil)
}

// mendedAt is mended for versions somebody vouches for.
func mendedAt(t *testing.T, in *conftree.Tree, main *conftree.File, fix confdoc.Fix, f audit.Finding, versions map[string]string) {
	t.Helper()
	if len(fix.Edits) == 0 {
		t.Errorf("%s %s: no edits: %s", f.Rule, f.Subject, fix.None)
		return
	}
	before := Format.Read(&confdoc.Reader{Tree: in, Versions: versions}, main)
	confdoc.Settle(before)
	texts, err := conftree.Apply(fix.Edits)
	if err != nil {
		t.Error(err)
		return
	}
	changed := main
	if text, ok := texts[main.Path]; ok {
		changed = conftree.NewFile(main.Path, main.Name, text, main.Encoding)
	}
	after := Format.Read(&confdoc.Reader{Tree: in.With(texts), Versions: versions}, changed)
	confdoc.Settle(after)
	was, is := bySubject(before), bySubject(after)
	part := len(after.Gaps) > 0 // what is open stays unknown
	if v := is[f.Subject+" "+f.Rule]; v != audit.Pass && !(part && v == audit.Unknown) {
		t.Errorf("%s %s is %v after the change\n%v", f.Rule, f.Subject, v, texts)
	}
	for key, v := range is {
		if part && v == audit.Unknown {
			continue
		}
		if (v == audit.Fail || v == audit.Warn || v == audit.Unknown) && was[key] != v {
			t.Errorf("%s: %v, was %v\n%v", key, v, was[key], texts)
		}
	}
}

func bySubject(d *confdoc.Document) map[string]audit.Verdict {
	all := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			all[f.Subject+" "+f.Rule] = f.Verdict
		}
	}
	return all
}
