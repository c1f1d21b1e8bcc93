package dashboard

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// compareSubjectData is one subject in two runs.
type compareSubjectData struct {
	Subject string
	A, B    *history.Run
	// Findings are those whose verdict or message differs; Same counts the others.
	Findings []findingPair
	Same     int
	// Facts are what was seen otherwise.
	Facts []factPair
}

// PageTitle names the subject.
func (d *compareSubjectData) PageTitle() string { return d.Subject + " in two runs" }

// findingPair is one finding in two runs; nil where there is none.
type findingPair struct{ A, B *audit.Finding }

// Any is the later of the two that is there.
func (p findingPair) Any() *audit.Finding {
	if p.B != nil {
		return p.B
	}
	return p.A
}

// factPair is one fact in two runs, in words.
type factPair struct{ Name, A, B string }

func compareSubject(ctx context.Context, q *request) (any, error) {
	name, _, err := q.subjectAndRun()
	if err != nil {
		return nil, err
	}
	d := &compareSubjectData{Subject: name}
	if d.A, d.B, err = q.twoRuns(ctx); err != nil {
		return nil, err
	}
	before, err := q.recordIn(ctx, d.A.ID, name)
	if err != nil {
		return nil, err
	}
	after, err := q.recordIn(ctx, d.B.ID, name)
	if err != nil {
		return nil, err
	}
	if before == nil && after == nil {
		return nil, notFound("Neither run has this subject.", "The page \"Compare\" lists the subjects that differ.")
	}
	d.findings(before, after)
	d.Facts = factPairs(factsOf(before), factsOf(after))
	return d, nil
}

// recordIn is the record of a run, and nil where the run has none.
func (q *request) recordIn(ctx context.Context, run, subject string) (*audit.Record, error) {
	record, err := q.History.Record(ctx, run, subject)
	if errors.Is(err, history.ErrNotFound) {
		return nil, nil
	}
	return record, err
}

func (d *compareSubjectData) findings(before, after *audit.Record) {
	known := map[string]*audit.Finding{}
	if before != nil {
		for i := range before.Findings {
			known[before.Findings[i].Fingerprint] = &before.Findings[i]
		}
	}
	if after != nil {
		for i := range after.Findings {
			b := &after.Findings[i]
			a := known[b.Fingerprint]
			delete(known, b.Fingerprint)
			if a != nil && a.Verdict == b.Verdict && a.Message == b.Message {
				d.Same++
				continue
			}
			d.Findings = append(d.Findings, findingPair{a, b})
		}
	}
	if before != nil {
		for i := range before.Findings {
			if a := &before.Findings[i]; known[a.Fingerprint] == a {
				d.Findings = append(d.Findings, findingPair{a, nil})
			}
		}
	}
}

// factsOf words what was seen of a subject, each fact by its name.
func factsOf(record *audit.Record) []factPair {
	if record == nil || record.Evidence.Observed == nil {
		return nil
	}
	o := record.Evidence.Observed
	list := []factPair{{Name: "Reached", A: string(o.Reach) + inBrackets(o.Reason)}}
	for _, v := range slices.Backward(o.Versions) {
		list = append(list, factPair{Name: v.Version.String(), A: answerWord(v.Answer)})
		if v.Answer == audit.Accepted {
			text := ""
			for i, s := range v.Suites {
				if i > 0 {
					text += ", "
				}
				text += s.Name
			}
			list = append(list, factPair{Name: "Suites of " + v.Version.String(), A: text})
		}
	}
	for _, g := range o.Groups {
		list = append(list, factPair{Name: "Group " + g.Name + ", " + g.Version.String(), A: answerWord(g.Answer)})
	}
	for _, c := range o.Chains {
		if len(c.Certificates) > 0 {
			leaf := &c.Certificates[0]
			list = append(list, factPair{Name: "Leaf, " + leaf.Key.Type, A: leaf.Subject + ", until " + day(leaf.NotAfter) + ", SHA-256 " + leaf.SHA256})
		}
	}
	return list
}

// factPairs keeps what differs, in the order of the later facts and then of those
// that are no longer there.
func factPairs(before, after []factPair) []factPair {
	a, b := byName(before), byName(after)
	var list []factPair
	done := map[string]bool{}
	for _, f := range slices.Concat(after, before) {
		if was, is := a[f.Name], b[f.Name]; was != is && !done[f.Name] {
			list = append(list, factPair{f.Name, was, is})
		}
		done[f.Name] = true
	}
	return list
}

// byName joins facts of one name, such as two leaves with the same type of key,
// in an order that does not depend on which was seen first.
func byName(facts []factPair) map[string]string {
	all := map[string][]string{}
	for _, f := range facts {
		all[f.Name] = append(all[f.Name], f.A)
	}
	joined := make(map[string]string, len(all))
	for name, values := range all {
		slices.Sort(values)
		joined[name] = strings.Join(values, "; ")
	}
	return joined
}
