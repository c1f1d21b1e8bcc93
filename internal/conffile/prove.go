package conffile

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// maxProofs bounds the changes that are proven for one document: each costs
// another reading of it. maxWork bounds what they cost in all, in listeners
// judged and changes written.
const (
	maxProofs = 100
	maxWork   = 5_000
)

// prove writes the change that mends each finding into its remedy, if it can be
// proven: applied to a copy, which is read and judged again, the finding is
// gone and no other has come. A change that does not hold is not shown.
func (j *Judge) prove(d *Document, estate *Estate, subjects []judged) {
	known := map[string]proof{}
	work := 0
	for i := range subjects {
		s := &subjects[i]
		for at := range s.findings {
			f := &s.findings[at]
			if !s.fixable(at) || f.Remedy == nil {
				continue
			}
			remedy := *f.Remedy // remedies of standards are shared
			f.Remedy = &remedy
			fillIn(&remedy, d.Format)
			if work++; work > maxWork {
				continue
			}
			fix := s.fix(d.Document, at)
			if len(fix.Edits) == 0 {
				continue
			}
			key := keyOf(fix.Edits)
			p, tried := known[key]
			if !tried {
				if len(known) >= maxProofs {
					continue
				}
				p = j.try(d, estate, fix.Edits)
				known[key] = p
				work += len(subjects)
			}
			if p.mends(f.Fingerprint, subjects) {
				remedy.Diff, remedy.Proven = p.diff, true
			}
		}
	}
}

// fillIn adds what a format knows about every change of its files.
func fillIn(r *audit.Remedy, f *confdoc.Format) {
	if f.Apply != "" {
		r.Apply = f.Apply
	}
	if f.Verify != "" {
		r.Verify = f.Verify
	}
	r.Rollback = f.Rollback
}

// keyOf tells changes apart.
func keyOf(edits []conftree.Edit) string {
	var b strings.Builder
	for _, e := range edits {
		fmt.Fprintf(&b, "%q %d %d %q\n", e.File.Path, e.Start, e.End, e.Text)
	}
	return b.String()
}

// proof is what was seen after a change.
type proof struct {
	diff string
	// after are the findings by fingerprint; nil if the change cannot be made.
	after map[string]told
	// doubts are the reasons for which nothing in the document could pass before;
	// mute is set if it had no meaning at all, so that what it says now is no news.
	doubts []string
	mute   bool
}

// told is what a finding says.
type told struct {
	verdict audit.Verdict
	message string
}

// try applies a change to a copy and judges that.
func (j *Judge) try(d *Document, estate *Estate, edits []conftree.Edit) proof {
	changed, err := d.apply(edits)
	if err != nil {
		return proof{}
	}
	p, _ := j.compare(d, changed, estate)
	p.diff = diffOf(d, changed)
	return p
}

// compare judges a changed copy of a document, and returns what is said of it.
func (j *Judge) compare(d, changed *Document, estate *Estate) (proof, []judged) {
	p := proof{after: map[string]told{}, doubts: doubts(d.Document), mute: d.Broken() != nil}
	subjects := j.all(estate.with(d.Document, changed.Document), changed.Document)
	for _, s := range subjects {
		for i := range s.findings {
			p.after[s.findings[i].Fingerprint] = told{s.findings[i].Verdict, s.findings[i].Message}
		}
	}
	return p, subjects
}

// apply returns the document as it would be read after a change.
func (d *Document) apply(edits []conftree.Edit) (*Document, error) {
	texts, err := conftree.Apply(edits)
	if err != nil {
		return nil, err
	}
	return d.with(texts)
}

// with reads the document again with other texts of its files.
func (d *Document) with(texts map[string]string) (*Document, error) {
	reader := *d.reader
	reader.Tree = reader.Tree.With(texts)
	main, err := reader.Tree.Read(d.Main().Path)
	if err != nil {
		return nil, err
	}
	changed := read(&reader, d.Format, main)
	changed.Number = d.Number
	return &Document{changed, &reader}, nil
}

// with is the estate with one document in the place of another.
func (e *Estate) with(old, changed *confdoc.Document) *Estate {
	c := *e
	c.Documents = slices.Clone(e.Documents)
	for i, d := range c.Documents {
		if d == old {
			c.Documents[i] = changed
		}
	}
	return &c
}

// doubts lists why nothing in a document, or about a listener, can pass.
func doubts(d *confdoc.Document) (list []string) {
	if doubt, _ := d.Doubt(); doubt != "" {
		list = append(list, "not judged: "+doubt)
	}
	for _, l := range d.Listeners {
		if len(l.Gaps) > 0 {
			list = append(list, "not judged: "+l.Gaps[0])
		}
	}
	return list
}

// mends reports whether a finding is gone and no other has come. What is gone
// because the listener it was about is gone is not mended; what cannot pass for
// a reason there was before, such as an include that is not there, is.
func (p proof) mends(fingerprint string, before []judged) bool {
	return p.gone(fingerprint) && len(p.worse(before)) == 0
}

// gone reports whether a finding is mended.
func (p proof) gone(fingerprint string) bool {
	now, ok := p.after[fingerprint]
	switch {
	case !ok:
		return false
	case now.verdict == audit.Unknown:
		return slices.Contains(p.doubts, now.message)
	}
	return now.verdict == audit.Pass || now.verdict == audit.NotApplicable
}

// worse returns the findings that have come, by fingerprint.
func (p proof) worse(before []judged) map[string]bool {
	was := map[string]audit.Verdict{}
	for _, s := range before {
		for i := range s.findings {
			was[s.findings[i].Fingerprint] = s.findings[i].Verdict
		}
	}
	come := map[string]bool{}
	for other, now := range p.after {
		old, ok := was[other]
		if told := p.mute && (!ok || old == audit.Unknown); !told && worse(now.verdict, old, ok) {
			come[other] = true
		}
	}
	return come
}

// worse reports whether a verdict after a change is one nobody may bring about:
// a finding that was not there, or a doubt about what was in order. A doubt in the
// place of a finding, or where nothing was judged since TLS was off, is no step
// back.
func worse(after, before audit.Verdict, existed bool) bool {
	switch after {
	case audit.Fail:
		return !existed || before != audit.Fail
	case audit.Warn:
		return !existed || before != audit.Fail && before != audit.Warn
	case audit.Unknown:
		return existed && before == audit.Pass
	}
	return false
}
