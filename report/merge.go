package report

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// SubjectError says that two reports which are to be one speak about the same
// subject: nobody can tell which of them holds.
type SubjectError struct {
	Subject string
	// A and B are the indexes of the reports, A < B.
	A, B int
	// Reports says which they are, by when and where they were made.
	Reports [2]string
}

// Error names the subject and both reports.
func (e *SubjectError) Error() string {
	return fmt.Sprintf("%s is in two reports, in the one %s and in the one %s", Clean(e.Subject), e.Reports[0], e.Reports[1])
}

// Merge makes one report of several about different subjects, such as those of
// several sites. It adds up what is counted and unites what is listed, and the
// result does not depend on the order of the reports. What cannot be told of
// all of them together is left out and said in a notice: a comparison with
// another baseline each, changes, and different times of judgement, of which
// the latest counts. A report that is incomplete makes the whole incomplete.
//
// It reads the subjects once, to find any that is in two reports: the error
// then is a *SubjectError. The records are merged as they are read and never
// held.
func Merge(reports []*audit.Report) (*audit.Report, error) {
	switch len(reports) {
	case 0:
		return nil, errors.New("no report to merge")
	case 1:
		return reports[0], nil
	}
	if err := disjoint(reports); err != nil {
		return nil, err
	}
	ordered := slices.SortedStableFunc(slices.Values(reports), func(a, b *audit.Report) int {
		return cmp.Or(a.Generated.Compare(b.Generated), strings.Compare(said(a), said(b)), strings.Compare(a.Tool.Name+" "+a.Tool.Version, b.Tool.Name+" "+b.Tool.Version))
	})
	last := ordered[len(ordered)-1]
	m := &audit.Report{Schema: last.Schema, Tool: last.Tool, Generated: last.Generated, Complete: true, Records: make(merged, 0, len(ordered))}
	for _, r := range ordered {
		m.Records = append(m.Records.(merged), r.Records)
		if r.Now.After(m.Now) {
			m.Now = r.Now
		}
	}
	uniteLists(m, ordered)
	uniteState(m, ordered)
	for _, r := range ordered {
		addSummary(&m.Summary, &r.Summary)
	}
	slices.SortFunc(m.Summary.Profiles, func(a, b audit.ProfileSummary) int { return strings.Compare(a.Profile, b.Profile) })
	return m, nil
}

// said says which report is meant, for a reader who has several.
func said(r *audit.Report) string {
	text := "made " + stamp(r.Generated)
	if r.Origin != nil && r.Origin.Host != "" {
		text += " on " + clean(r.Origin.Host, 120)
	}
	if len(r.Sources) > 0 {
		text += " of " + clean(r.Sources[0].File, 120)
	}
	return text
}

// disjoint reads all subjects in order, and fails on the first that comes twice.
func disjoint(reports []*audit.Report) error {
	all := make(merged, len(reports))
	for i, r := range reports {
		all[i] = r.Records
	}
	var before string
	at := -1
	for head, err := range all.merge(audit.Records.Findings, bySubject) {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		if subject := head.record.Evidence.Subject; at >= 0 && subject == before {
			a, b := min(at, head.from), max(at, head.from)
			return &SubjectError{Subject: subject, A: a, B: b, Reports: [2]string{said(reports[a]), said(reports[b])}}
		}
		before, at = head.record.Evidence.Subject, head.from
	}
	return nil
}

// merged replays several records as one.
type merged []audit.Records

// BySubject implements audit.Records.
func (m merged) BySubject() iter.Seq2[*audit.Record, error] {
	return m.records(audit.Records.BySubject, bySubject)
}

// WorstFirst implements audit.Records.
func (m merged) WorstFirst() iter.Seq2[*audit.Record, error] {
	return m.records(audit.Records.WorstFirst, byGravity)
}

// Findings implements audit.Records.
func (m merged) Findings() iter.Seq2[*audit.Record, error] {
	return m.records(audit.Records.Findings, bySubject)
}

// head is the next record of one of several.
type head struct {
	record *audit.Record
	from   int
}

func (m merged) records(order func(audit.Records) iter.Seq2[*audit.Record, error], compare func(a, b *audit.Record) int) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for h, err := range m.merge(order, compare) {
			if !yield(h.record, err) || err != nil {
				return
			}
		}
	}
}

// merge yields the records of all in order, each of which is in that order. It
// holds one record of each, and ends with the first error.
func (m merged) merge(order func(audit.Records) iter.Seq2[*audit.Record, error], compare func(a, b *audit.Record) int) iter.Seq2[head, error] {
	return func(yield func(head, error) bool) {
		var heads []head
		next := make([]func() (*audit.Record, error, bool), len(m))
		pull := func(i int) error {
			record, err, ok := next[i]()
			if ok && err == nil {
				heads = append(heads, head{record, i})
			}
			return err
		}
		for i, records := range m {
			var stop func()
			next[i], stop = iter.Pull2(order(records))
			defer stop()
			if err := pull(i); err != nil {
				yield(head{}, err)
				return
			}
		}
		for len(heads) > 0 {
			least := 0
			for i := range heads {
				if c := compare(heads[i].record, heads[least].record); c < 0 || c == 0 && heads[i].from < heads[least].from {
					least = i
				}
			}
			h := heads[least]
			heads = slices.Delete(heads, least, least+1)
			if !yield(h, nil) {
				return
			}
			if err := pull(h.from); err != nil {
				yield(head{}, err)
				return
			}
		}
	}
}

func bySubject(a, b *audit.Record) int {
	return strings.Compare(a.Evidence.Subject, b.Evidence.Subject)
}

// byGravity is the order audit.Records promises: the gravest finding, how many
// there are like it, the subject.
func byGravity(a, b *audit.Record) int {
	f, n := gravest(a)
	g, k := gravest(b)
	return cmp.Or(f.Compare(&g), cmp.Compare(k, n), bySubject(a, b))
}

// gravest returns what is compared of the worst finding, which comes first, and
// how many are as grave.
func gravest(r *audit.Record) (worst audit.Finding, alike int) {
	worst.Verdict = audit.NotApplicable
	if len(r.Findings) > 0 {
		worst.Verdict, worst.Severity = r.Findings[0].Verdict, r.Findings[0].Severity
	}
	for i := range r.Findings {
		if r.Findings[i].Verdict == worst.Verdict && r.Findings[i].Severity == worst.Severity {
			alike++
		}
	}
	return worst, alike
}

func addSummary(s, t *audit.Summary) {
	for _, n := range [][2]*int{
		{&s.Subjects, &t.Subjects}, {&s.Judged, &t.Judged}, {&s.Unknown, &t.Unknown}, {&s.Fail, &t.Fail}, {&s.Warn, &t.Warn}, {&s.Pass, &t.Pass}, {&s.Waived, &t.Waived},
		{&s.UnknownFindings, &t.UnknownFindings}, {&s.NotApplicable, &t.NotApplicable}, {&s.Connections, &t.Connections}, {&s.Score.Points, &t.Score.Points}, {&s.Score.Of, &t.Score.Of},
		{&s.Rows, &t.Rows}, {&s.Files, &t.Files}, {&s.Listeners, &t.Listeners},
	} {
		*n[0] += *n[1]
	}
	if s.FailBySeverity == nil {
		s.FailBySeverity = map[string]int{}
	}
	for name, n := range maps.All(t.FailBySeverity) {
		s.FailBySeverity[name] += n
	}
	for _, p := range t.Profiles {
		at := slices.IndexFunc(s.Profiles, func(q audit.ProfileSummary) bool { return q.Profile == p.Profile })
		if at < 0 {
			s.Profiles = append(s.Profiles, p)
			continue
		}
		q := &s.Profiles[at]
		q.Fail, q.Unknown, q.Warn, q.Waived, q.Pass, q.NotApplicable = q.Fail+p.Fail, q.Unknown+p.Unknown, q.Warn+p.Warn, q.Waived+p.Waived, q.Pass+p.Pass, q.NotApplicable+p.NotApplicable
	}
}
