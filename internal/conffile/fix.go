package conffile

import (
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Mended is a document with every change that could be proven.
type Mended struct {
	// Before and After are the document as it is and as it would be read.
	Before, After *Document
	// Changes are the files that differ.
	Changes []Change
	// Gone are the findings the changes mend, Left those that fail or warn after
	// them, in the order of the document.
	Gone, Left []audit.Finding
}

// Change is one file that differs.
type Change struct {
	Before *conftree.File
	After  string
	// Diff is for reading: secrets in it are blanked out.
	Diff string
	// Blanked is set if it has lines with secrets, so that no program can apply it.
	Blanked bool
}

// Mend applies proven changes until nothing that can be mended is left. Each is
// made on top of those before it and kept only if it mends its findings and
// brings no other; so the whole is proven as well.
func (j *Judge) Mend(d *Document, others []*Document, system string) *Mended {
	estate := estateOf(others, system)
	return j.mended(d, j.mend(d, estate), estate)
}

// mended says what the change from one document to the other does.
func (j *Judge) mended(before, after *Document, estate *Estate) *Mended {
	m := &Mended{Before: before, After: after, Changes: changes(before, after)}
	last := map[string]audit.Finding{}
	for _, s := range j.all(estate.with(before.Document, after.Document), after.Document) {
		for _, f := range s.findings {
			last[f.Fingerprint] = f
			if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
				m.Left = append(m.Left, f)
			}
		}
	}
	for _, s := range j.all(estate, before.Document) {
		for _, f := range s.findings {
			if v := last[f.Fingerprint].Verdict; (f.Verdict == audit.Fail || f.Verdict == audit.Warn) && v != audit.Fail && v != audit.Warn {
				m.Gone = append(m.Gone, f)
			}
		}
	}
	return m
}

// estateOf is the documents of a system.
func estateOf(documents []*Document, system string) *Estate {
	estate := &Estate{System: system}
	for _, d := range documents {
		estate.Documents = append(estate.Documents, d.Document)
	}
	return estate
}

// MendAll mends the documents of a system. Each change is proven with the other
// files as they are, so that any of them may be applied by itself. Where they do
// not hold all at once, each document is mended on top of those before it, and
// left as it is if another one would fail by that.
func (j *Judge) MendAll(documents []*Document, system string) []*Mended {
	all := make([]*Mended, len(documents))
	for i, d := range documents {
		all[i] = j.Mend(d, documents, system)
	}
	if len(j.Together(all, system)) == 0 {
		return all
	}
	for i, d := range documents {
		all[i] = &Mended{Before: d, After: d}
	}
	now := slices.Clone(documents)
	for i, d := range documents {
		all[i] = j.Mend(d, now, system)
		if len(j.Together(all, system)) > 0 {
			all[i] = j.mended(d, d, estateOf(now, system))
		}
		now[i] = all[i].After
	}
	return all
}

// Together judges the documents of a system with all their changes made, and
// returns what fails or warns then and did not before: each change was proven
// with the other documents as they are.
func (j *Judge) Together(all []*Mended, system string) (bad []audit.Finding) {
	before, after := &Estate{System: system}, &Estate{System: system}
	for _, m := range all {
		before.Documents = append(before.Documents, m.Before.Document)
		after.Documents = append(after.Documents, m.After.Document)
	}
	was := map[string]audit.Verdict{}
	for _, m := range all {
		for _, s := range j.all(before, m.Before.Document) {
			for i := range s.findings {
				was[s.findings[i].Fingerprint] = s.findings[i].Verdict
			}
		}
	}
	for _, m := range all {
		for _, s := range j.all(after, m.After.Document) {
			for i := range s.findings {
				f := &s.findings[i]
				if old, ok := was[f.Fingerprint]; f.Verdict != audit.Unknown && worse(f.Verdict, old, ok) {
					bad = append(bad, *f)
				}
			}
		}
	}
	return bad
}

func (j *Judge) all(e *Estate, d *confdoc.Document) []judged {
	return j.subjects(d, e.asRules(j.Demands)[d])
}

// changes compares the files of a document before and after.
func changes(before, after *Document) (list []Change) {
	for _, f := range before.Files {
		g, err := after.reader.Tree.Read(f.Path)
		if err != nil || g.Text == f.Text {
			continue
		}
		blanked, redact := false, confdoc.Redactor(f.Text, g.Text)
		clean := func(line string) string {
			shown := redact(line)
			blanked = blanked || shown != line
			return shown
		}
		diff := conftree.Diff(f.Name, f.Text, g.Text, clean)
		list = append(list, Change{Before: f, After: g.Text, Diff: diff, Blanked: blanked})
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Before.Name, b.Before.Name) })
	return list
}

// diffOf is the change of all files of a document.
func diffOf(before, after *Document) (text string) {
	for _, c := range changes(before, after) {
		text += c.Diff
	}
	return text
}

// Write puts a change into the real file, and returns the name of the backup.
func (d *Document) Write(c Change, now time.Time) (backup string, err error) {
	return d.reader.Tree.Write(c.Before, c.After, now)
}
