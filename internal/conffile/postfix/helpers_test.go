package postfix

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// demands are those of the reference policy.
var demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}

// load reads one file of a tree and judges it.
func load(t testing.TB, format *confdoc.Format, tree *conftree.Tree, file string, versions map[string]string) (*confdoc.Document, []confdoc.Judgement) {
	t.Helper()
	f, err := tree.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	d := format.Read(&confdoc.Reader{Tree: tree, Versions: versions}, f)
	d.Format = format
	confdoc.Settle(d)
	return d, confdoc.Judge(d, demands)
}

// texts is a tree of texts in one folder.
func texts(list ...string) *conftree.Tree {
	all := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		all["etc/"+list[i]] = list[i+1]
	}
	return conftree.FromTexts(all)
}

// verdicts maps "subject rule" to the verdict, without the name of the file.
func verdicts(judgements []confdoc.Judgement) map[string]audit.Verdict {
	all := map[string]audit.Verdict{}
	for _, j := range judgements {
		_, name, _ := strings.Cut(j.Subject, "#")
		for _, f := range j.Findings {
			all[strings.TrimSpace(name+" "+f.Rule)] = f.Verdict
		}
	}
	return all
}

// bad reports a verdict that is a finding.
func bad(v audit.Verdict) bool { return v == audit.Fail || v == audit.Warn }

// findings lists what was found, for messages.
func findings(judgements []confdoc.Judgement) string {
	var b strings.Builder
	for _, j := range judgements {
		for _, f := range j.Findings {
			if bad(f.Verdict) {
				fmt.Fprintf(&b, "  %s %s %s: %s (%v)\n", f.Verdict, f.Rule, j.Subject, f.Message, f.Place)
			}
		}
	}
	return b.String()
}

// prove applies every change offered, one after the other, and checks each as
// the engine does. It returns the last tree and how many findings had a change.
func prove(t *testing.T, format *confdoc.Format, tree *conftree.Tree, file string, versions map[string]string) (after *conftree.Tree, patched, all int) {
	t.Helper()
	tried := map[string]bool{}
	_, first := load(t, format, tree, file, versions)
	for _, j := range first {
		for _, f := range j.Findings {
			if bad(f.Verdict) {
				all++
			}
		}
	}
	for range 100 {
		_, before := load(t, format, tree, file, versions)
		next := tree
		for _, j := range before {
			for at, fix := range j.Fixes {
				id := j.Subject + " " + j.Findings[at].Rule
				if next != tree || len(fix.Edits) == 0 || tried[id] {
					continue
				}
				tried[id] = true
				next = proven(t, format, tree, file, versions, before, j, at)
				if next != tree {
					patched++
				}
			}
		}
		if next == tree {
			return tree, patched, all
		}
		tree = next
	}
	t.Fatal("the changes never end")
	return nil, 0, 0
}

// proven applies one change and compares the verdicts before and after.
func proven(t *testing.T, format *confdoc.Format, tree *conftree.Tree, file string, versions map[string]string, before []confdoc.Judgement, j confdoc.Judgement, at int) *conftree.Tree {
	t.Helper()
	finding := j.Findings[at]
	id := j.Subject + " " + finding.Rule
	changed, err := conftree.Apply(j.Fixes[at].Edits)
	if err != nil {
		t.Errorf("%s %s: %v", file, id, err)
		return tree
	}
	next := tree.With(changed)
	_, after := load(t, format, next, file, versions)
	was, is := map[string]audit.Verdict{}, map[string]audit.Verdict{}
	for _, list := range before {
		for _, f := range list.Findings {
			was[list.Subject+" "+f.Rule] = f.Verdict
		}
	}
	for _, list := range after {
		for _, f := range list.Findings {
			is[list.Subject+" "+f.Rule] = f.Verdict
		}
	}
	if v := is[id]; v != audit.Pass && v != audit.NotApplicable {
		t.Errorf("%s: %s is %v after its change\n%s\n%s", file, id, v, show(changed), findings(after))
	}
	for other, v := range is {
		old, existed := was[other]
		if v != audit.Pass && v != audit.NotApplicable && (!existed || v != old && old != audit.Fail) {
			t.Errorf("%s: the change for %s makes %s %v\n%s\n%s", file, id, other, v, show(changed), findings(after))
		}
	}
	return next
}

func show(texts map[string]string) string {
	var b strings.Builder
	for name, text := range texts {
		fmt.Fprintf(&b, "--- %s\n%s\n", path.Base(name), text)
	}
	return b.String()
}

// samples opens the samples of the repository.
func samples(t testing.TB) *conftree.Tree {
	t.Helper()
	dir := "../../../fixtures/config"
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	tree, err := conftree.OpenDir(dir, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// readText reads and settles a file that is not in the tree as it is.
func readText(t testing.TB, tree *conftree.Tree, f *conftree.File) *confdoc.Document {
	t.Helper()
	d := Format.Read(&confdoc.Reader{Tree: tree}, f)
	d.Format = Format
	confdoc.Settle(d)
	return d
}

func judge(d *confdoc.Document) []confdoc.Judgement { return confdoc.Judge(d, demands) }
