package dashboard

import (
	"context"
	"errors"
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// What the comparison of two runs reads for one page at most, in parts.
const (
	compareParts = 60
	comparePart  = 500
)

// errOrder says that a history does not list subjects in the order of their
// bytes, which the comparison goes by.
var errOrder = errors.New("subjects are not in the order of their bytes")

// compareData is two runs side by side, A the earlier.
type compareData struct {
	// Runs are those to choose from.
	Runs []history.Run
	A, B *history.Run
	// Numbers are the counts of both.
	Numbers []pair
	// Rules are those whose counts differ, Subjects a part of the subjects whose
	// counts differ.
	Rules    []rulePair
	Subjects []subjectPair
	Pager    pager
	// Part is set when so much was read that the rest is for the next part.
	Part bool
}

// pair is one number of two runs.
type pair struct {
	Name string
	A, B int
	// Good is 1 if more is better, -1 if less is, 0 if neither.
	Good int
}

// Delta says by how much the later differs, with its sign.
func (p pair) Delta() string {
	switch d := p.B - p.A; {
	case d > 0:
		return "+" + num(d)
	case d < 0:
		return num(d)
	}
	return "0"
}

// Trend says in a word whether that is better or worse.
func (p pair) Trend() string {
	switch d := (p.B - p.A) * p.Good; {
	case d > 0:
		return "better"
	case d < 0:
		return "worse"
	}
	return ""
}

// rulePair is one rule in two runs; nil where it was not asked.
type rulePair struct {
	Profile, Rule string
	A, B          *history.RuleCount
}

// subjectPair is one subject in two runs; nil where it was not audited.
type subjectPair struct {
	Subject string
	A, B    *history.SubjectState
}

// Link leads to what differs in detail.
func (d *compareData) Link(s subjectPair) href {
	return link("/compare/subject", "a", d.A.ID, "b", d.B.ID, "s", s.Subject)
}

func compare(ctx context.Context, q *request) (any, error) {
	list, _, err := q.History.Runs(ctx, history.Page{Limit: 400})
	if err != nil {
		return nil, err
	}
	d := &compareData{}
	for i := range list {
		if list[i].Reported() {
			d.Runs = append(d.Runs, list[i])
		}
	}
	if !q.query().Has("a") && !q.query().Has("b") {
		if len(d.Runs) < 2 {
			return d, nil
		}
		d.A, d.B = usualPair(d.Runs)
	} else if d.A, d.B, err = q.twoRuns(ctx); err != nil {
		return nil, err
	}
	d.numbers()
	if err := d.rules(ctx, q); err != nil {
		return nil, err
	}
	return d, d.subjects(ctx, q)
}

// alike reports whether two runs asked for the same, so that more of one thing in
// one of them means something.
func alike(a, b *history.Run) bool { return a.Part == b.Part && a.Inventory == b.Inventory }

// usualPair is the newest of several runs, the newest first, with the one before
// it that asked for the same; with the one before it if none did.
func usualPair(runs []history.Run) (a, b *history.Run) {
	for i := range runs[1:] {
		if alike(&runs[i+1], &runs[0]) {
			return &runs[i+1], &runs[0]
		}
	}
	return &runs[1], &runs[0]
}

// Alike reports whether both runs asked for the same.
func (d *compareData) Alike() bool { return alike(d.A, d.B) }

// ScoreDelta says by how much the score of the later differs, with its sign.
func (d *compareData) ScoreDelta() string {
	a, b := d.A.Summary.Score.Tenths(), d.B.Summary.Score.Tenths()
	switch {
	case a < 0 || b < 0:
		return "not known"
	case a == b:
		return "0"
	}
	return fmt.Sprintf("%+.1f", float64(b-a)/10)
}

// twoRuns reads the runs that are compared: the latest with the one before it,
// unless the address names others.
func (q *request) twoRuns(ctx context.Context) (a, b *history.Run, err error) {
	in := reader{q: q}
	before, after := in.run("a", "latest~1"), in.run("b", "latest")
	if in.err != nil {
		return nil, nil, in.err
	}
	if a, err = q.History.Run(ctx, before); err != nil {
		return nil, nil, err
	}
	b, err = q.History.Run(ctx, after)
	return a, b, err
}

func (d *compareData) numbers() {
	a, b := &d.A.Summary, &d.B.Summary
	d.Numbers = []pair{
		{"Endpoints", a.Subjects, b.Subjects, 0},
		{"Endpoints not known in full", a.Unknown, b.Unknown, -1},
		{"Findings that fail", a.Fail, b.Fail, -1},
		{"Findings that warn", a.Warn, b.Warn, -1},
		{"Findings not decided", a.UnknownFindings, b.UnknownFindings, -1},
		{"Findings waived", a.Waived, b.Waived, 0},
		{"Findings that pass", a.Pass, b.Pass, 1},
	}
	if !d.Alike() {
		for i := range d.Numbers {
			d.Numbers[i].Good = 0
		}
	}
}

// rules joins the counts of both runs; both are few.
func (d *compareData) rules(ctx context.Context, q *request) error {
	before, err := q.History.Rules(ctx, d.A.ID)
	if err != nil {
		return err
	}
	after, err := q.History.Rules(ctx, d.B.ID)
	if err != nil {
		return err
	}
	known := map[[2]string]*history.RuleCount{}
	for i := range before {
		known[[2]string{before[i].Profile, before[i].Rule}] = &before[i]
	}
	for i := range after {
		b := &after[i]
		key := [2]string{b.Profile, b.Rule}
		a := known[key]
		delete(known, key)
		if a == nil || a.Fail != b.Fail || a.Warn != b.Warn || a.Unknown != b.Unknown || a.Pass != b.Pass || a.Waived != b.Waived {
			d.Rules = append(d.Rules, rulePair{b.Profile, b.Rule, a, b})
		}
	}
	for i := range before {
		if a := &before[i]; known[[2]string{a.Profile, a.Rule}] != nil {
			d.Rules = append(d.Rules, rulePair{a.Profile, a.Rule, a, nil})
		}
	}
	return nil
}

// differs reports whether a subject came out otherwise, as far as its numbers
// tell.
func differs(a, b *history.SubjectState) bool {
	return a == nil || b == nil || a.Reach != b.Reach || a.Verdict != b.Verdict || a.Severity != b.Severity || !a.NotAfter.Equal(b.NotAfter) ||
		a.Fail != b.Fail || a.Warn != b.Warn || a.Unknown != b.Unknown || a.Pass != b.Pass || a.Waive != b.Waive
}

// Verdict is the worst verdict of one of the two; "not audited" without one.
func (f *frame) Verdict(s *history.SubjectState) string {
	if s == nil {
		return "not audited"
	}
	return verdictWord(s.Verdict)
}

// VerdictClass is its colour.
func (f *frame) VerdictClass(s *history.SubjectState) string {
	if s == nil {
		return "moot"
	}
	return verdictClass(s.Verdict)
}

// Counts says "3 fail, 1 unknown".
func (f *frame) Counts(s *history.SubjectState) string {
	if s == nil {
		return ""
	}
	return counts(s.Fail, s.Unknown, s.Warn, s.Waive, s.Pass)
}

// RuleCounts says the same of a rule.
func (f *frame) RuleCounts(r *history.RuleCount) string {
	if r == nil {
		return "not asked"
	}
	return counts(r.Fail, r.Unknown, r.Warn, r.Waived, r.Pass)
}

func counts(fail, unknown, warn, waived, pass int) string {
	text := ""
	for _, part := range []struct {
		n int
		v audit.Verdict
	}{{fail, audit.Fail}, {unknown, audit.Unknown}, {warn, audit.Warn}, {waived, audit.Waived}, {pass, audit.Pass}} {
		if part.n > 0 {
			if text != "" {
				text += ", "
			}
			text += num(part.n) + " " + part.v.String()
		}
	}
	if text == "" {
		return "nothing judged"
	}
	return text
}
