package websphere

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

const samples = "../../../fixtures/config"

// sample is one entry of the index of samples.
type sample struct {
	Path     string
	Rules    []string `json:"expected_rules"`
	Versions []string `json:"expected_versions"`
	Loadable *bool
}

// formats are those of this package.
var formats = []*confdoc.Format{Security, ClientProps, Server, Plugin}

func mySamples(t *testing.T) (list []sample) {
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
		if strings.HasPrefix(s.Path, "websphere/") || strings.Contains(s.Path, "plugin-cfg") {
			list = append(list, s)
		}
	}
	if len(list) < 20 {
		t.Fatalf("%d samples only", len(list))
	}
	return list
}

// detect is the format that is surest of a file.
func detect(f *conftree.File) (best *confdoc.Format) {
	most := 0
	for _, format := range formats {
		if score := format.Sniff(f); score > most {
			best, most = format, score
		}
	}
	return best
}

// reading1 is a document with what it takes to read it again.
type reading1 struct {
	*confdoc.Document
	reader *confdoc.Reader
}

// readFile reads one file of a tree, as the caller of formats does.
func readFile(t testing.TB, format *confdoc.Format, r *confdoc.Reader, name string) reading1 {
	t.Helper()
	f, err := r.Tree.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if format == nil {
		if format = detect(f); format == nil {
			t.Fatalf("%s: no format", name)
		}
	}
	d := format.Read(r, f)
	d.Format = format
	confdoc.Settle(d)
	return reading1{d, r}
}

// readText reads a text as a file of that name.
func readText(t testing.TB, format *confdoc.Format, name, text string, versions ...string) reading1 {
	t.Helper()
	r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{name: text}), Versions: map[string]string{}}
	for i := 0; i+1 < len(versions); i += 2 {
		r.Versions[versions[i]] = versions[i+1]
	}
	return readFile(t, format, r, name)
}

var demands = confdoc.Demands{Min: audit.TLSv12}

// found are the findings of a verdict, as "rule subject".
func found(list []confdoc.Judgement, verdicts ...audit.Verdict) (out []string) {
	for _, j := range list {
		_, subject, _ := strings.Cut(j.Subject, "#")
		for i := range j.Findings {
			if slices.Contains(verdicts, j.Findings[i].Verdict) {
				out = append(out, strings.TrimSpace(j.Findings[i].Rule+" "+subject))
			}
		}
	}
	return out
}

// unknownOf are the rules of the domain whose answer is unknown.
func unknownOf(list []confdoc.Judgement) []string {
	return slices.DeleteFunc(found(list, audit.Unknown), func(s string) bool { return strings.HasPrefix(s, "LOAD-") })
}

// versionsOf are those that a listener allows.
func versionsOf(l *confdoc.Listener) (names []string) {
	for _, v := range l.Versions {
		if v.Answer == audit.Accepted || v.Answer == audit.Latent {
			names = append(names, v.Version.String())
		}
	}
	return names
}

// mend applies the change of every failing finding by itself, and then all
// together: the finding must pass after, and nothing may be worse. It returns
// how many findings there are and how many of them have a change.
func mend(t *testing.T, d reading1, demands confdoc.Demands) (failing, mended int) {
	t.Helper()
	before := confdoc.Judge(d.Document, demands)
	var all []conftree.Edit
	for i := range before {
		for at := range before[i].Findings {
			f := &before[i].Findings[at]
			if f.Verdict != audit.Fail && f.Verdict != audit.Warn || strings.HasPrefix(f.Rule, "LOAD") {
				continue
			}
			failing++
			fix := before[i].Fixes[at]
			if len(fix.Edits) == 0 {
				t.Logf("%s: %s: no change: %s", d.Main().Name, f.Rule, fix.None)
				continue
			}
			mended++
			all = append(all, fix.Edits...)
			after := verdictsOf(confdoc.Judge(d.change(t, fix.Edits).Document, demands))
			if v, ok := after[f.Fingerprint]; !ok || v != audit.Pass && v != audit.NotApplicable {
				t.Errorf("%s: %s is %v after its change", d.Main().Name, f.Rule, v)
			}
			noneWorse(t, f.Rule, verdictsOf(before), after)
		}
	}
	if len(all) > 0 {
		after := confdoc.Judge(d.change(t, all).Document, demands)
		noneWorse(t, "all changes together", verdictsOf(before), verdictsOf(after))
		if left := found(after, audit.Fail, audit.Warn); len(left) > failing-mended {
			t.Errorf("%s: left after all changes: %v", d.Main().Name, left)
		}
	}
	return failing, mended
}

func verdictsOf(list []confdoc.Judgement) map[string]audit.Verdict {
	m := map[string]audit.Verdict{}
	for _, j := range list {
		for i := range j.Findings {
			m[j.Findings[i].Fingerprint] = j.Findings[i].Verdict
		}
	}
	return m
}

func noneWorse(t *testing.T, what string, before, after map[string]audit.Verdict) {
	t.Helper()
	for fingerprint, v := range after {
		old, existed := before[fingerprint]
		if (v == audit.Fail || v == audit.Warn || v == audit.Unknown) && (!existed || v != old && old != audit.Fail) {
			t.Errorf("%s: a finding went from %v to %v", what, old, v)
		}
	}
}

// change reads the document again after edits.
func (d reading1) change(t testing.TB, edits []conftree.Edit) reading1 {
	t.Helper()
	texts, err := conftree.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	r := *d.reader
	r.Tree = r.Tree.With(texts)
	return readFile(t, d.Format, &r, d.Main().Path)
}
