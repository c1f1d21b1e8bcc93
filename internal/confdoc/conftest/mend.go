package conftest

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Mend applies the changes of all findings, one after the other, each proven:
// the finding is gone and no other verdict has become worse. It returns what is
// left and how many could be mended.
func Mend(t testing.TB, format *confdoc.Format, r *confdoc.Reader, name string) (d *confdoc.Document, mended int) {
	t.Helper()
	d = Read(t, format, r, name)
	for range 50 {
		edits, rule := nextFix(d)
		if edits == nil {
			return d, mended
		}
		before := Verdicts(d)
		r, d = change(t, r, d, edits)
		after := Verdicts(d)
		if v := after[rule]; v != audit.Pass && v != audit.NotApplicable {
			t.Fatalf("%s is %v after its change, %v:\n%s", rule, v, edits, d.Main().Text)
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

func nextFix(d *confdoc.Document) (edits []conftree.Edit, rule string) {
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			if fix := j.Fixes[i]; len(fix.Edits) > 0 {
				return fix.Edits, j.Findings[i].Rule
			}
		}
	}
	return nil, ""
}

// change reads a document again after edits.
func change(t testing.TB, r *confdoc.Reader, d *confdoc.Document, edits []conftree.Edit) (*confdoc.Reader, *confdoc.Document) {
	t.Helper()
	texts, err := conftree.Apply(edits)
	if err != nil {
		t.Fatalf("edits: %v", err)
	}
	next := *r
	next.Tree = r.Tree.With(texts)
	return &next, Read(t, d.Format, &next, d.Main().Path)
}

// CheckFixes applies every change by itself: the finding it is for must be gone.
func CheckFixes(t testing.TB, r *confdoc.Reader, d *confdoc.Document) {
	t.Helper()
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			fix := j.Fixes[i]
			if len(fix.Edits) == 0 {
				continue
			}
			_, changed := change(t, r, d, fix.Edits)
			for _, k := range confdoc.Judge(changed, Demands) {
				for at := range k.Findings {
					if f := &k.Findings[at]; f.Fingerprint == j.Findings[i].Fingerprint && f.Verdict == audit.Fail {
						t.Fatalf("%s fails after its change: %s\n%q", f.Rule, f.Message, changed.Main().Text)
					}
				}
			}
		}
	}
}

// CheckMended applies a change and judges again: the finding must be gone, and
// nothing new may appear. Where open says that something about the changed
// document stays unknown, it may.
func CheckMended(t testing.TB, r *confdoc.Reader, before *confdoc.Document, fix confdoc.Fix, f audit.Finding, open func(*confdoc.Document) bool) {
	t.Helper()
	if len(fix.Edits) == 0 {
		t.Errorf("%s %s: no edits: %s", f.Rule, f.Subject, fix.None)
		return
	}
	_, after := change(t, r, before, fix.Edits)
	was, is := bySubject(before), bySubject(after)
	part := open(after)
	if v := is[f.Subject+" "+f.Rule]; v != audit.Pass && (!part || v != audit.Unknown) {
		t.Errorf("%s %s is %v after the change\n%s", f.Rule, f.Subject, v, after.Main().Text)
	}
	for key, v := range is {
		if part && v == audit.Unknown {
			continue
		}
		if (v == audit.Fail || v == audit.Warn || v == audit.Unknown) && was[key] != v {
			t.Errorf("%s: %v, was %v\n%s", key, v, was[key], after.Main().Text)
		}
	}
}

func bySubject(d *confdoc.Document) map[string]audit.Verdict {
	all := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			all[j.Findings[i].Subject+" "+j.Findings[i].Rule] = j.Findings[i].Verdict
		}
	}
	return all
}
