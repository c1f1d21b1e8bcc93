package engine

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"tlsaudit/audit"
)

// Replay makes a report of records that were judged before: head, which is left
// as it is, with the records behind it, so that they can be read in any order
// and as often as a format wants. Nothing is judged again.
//
// What the head counts is counted again: where the records say otherwise the
// report is not the one that was written, which is an error. The result must be
// closed; it is nil if there is an error.
func Replay(spoolDir string, head *audit.Report, records iter.Seq2[*audit.Record, error]) (*Result, error) {
	result, err := respool(spoolDir, head, records)
	if err != nil {
		return nil, err
	}
	if err := recount(&head.Summary, &result.Report.Summary); err != nil {
		return nil, errors.Join(err, result.Close())
	}
	if head.Changes != nil && head.Changes.Only {
		result.Report.Summary.Score = audit.Score{} // as Excerpt left it
	}
	return result, nil
}

// Excerpt makes a report of some of the records of another one, as Replay does of
// all: the summary counts what is there. It has no score: that of a part says
// nothing about the whole.
func Excerpt(spoolDir string, head *audit.Report, records iter.Seq2[*audit.Record, error]) (*Result, error) {
	result, err := respool(spoolDir, head, records)
	if err == nil {
		result.Report.Summary.Score = audit.Score{}
	}
	return result, err
}

// respool puts records behind a head.
func respool(spoolDir string, head *audit.Report, records iter.Seq2[*audit.Record, error]) (*Result, error) {
	rules := make([]audit.Rule, len(head.Rules))
	for i, r := range head.Rules {
		rules[i] = audit.Rule{Profile: r.Profile, ID: r.Rule, Control: r.Control, Check: r.Check, Level: r.Level, Severity: r.Severity, Confidence: r.Confidence}
	}
	s, err := newSpool(spoolDir, newHeads(rules))
	if err != nil {
		return nil, err
	}
	counted, err := s.replayed(records)
	if err == nil {
		err = s.seal()
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	if err := complete(head, counted); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	r := *head
	r.Summary, r.Records = counted.summary(), s
	if len(r.Rules) == 0 { // written before reports had any
		r.Rules = counted.ruleRefs()
	}
	return &Result{Report: &r, spool: s}, nil
}

// Counted yields the records of a stored report as they come, and behind the last
// the error, if it is one, that they are not those the head counts.
func Counted(head *audit.Report, records iter.Seq2[*audit.Record, error]) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		t := newTally()
		for r, err := range records {
			if err == nil {
				t.record(r)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
		counted := t.summary()
		if err := recount(&head.Summary, &counted); err != nil {
			yield(nil, err)
			return
		}
		if err := complete(head, &t); err != nil {
			yield(nil, err)
		}
	}
}

// replayed stores records and counts them.
func (s *spool) replayed(records iter.Seq2[*audit.Record, error]) (*tally, error) {
	t := newTally()
	l := new(line)
	for r, err := range records {
		if err != nil {
			return nil, err
		}
		if err := unwaived(r); err != nil {
			return nil, err
		}
		if err := l.evidence(&r.Evidence); err != nil {
			return nil, err
		}
		if err := l.rest(s.heads.shorten(&r.Evidence, r.Findings, r.WhatIf)); err != nil {
			return nil, fmt.Errorf("encoding the record of %s: %w", r.Evidence.Subject, err)
		}
		if err := s.add(r.Evidence.Subject, l, r.Findings); err != nil {
			return nil, err
		}
		t.record(r)
	}
	return &t, nil
}

// complete objects to a report that calls itself complete and is not, or says
// that it is not and nothing about why.
func complete(head *audit.Report, counted *tally) error {
	open := counted.open()
	var cause string
	switch {
	case head.Complete && (head.Stopped || head.Incomplete != ""):
		cause = "the report says that it is complete, and that it is not"
	case head.Complete && open != "":
		cause = "the report says that it is complete, and " + open
	case !head.Complete && head.Incomplete == "":
		cause = "the report says that it is not complete, and not why"
	default:
		return nil
	}
	return &audit.InputError{Cause: cause + ": it is not as it was written", Hint: "take the report from where it was made, or audit again"}
}

// unwaived objects to a finding that is waived by nothing, or in place of a
// verdict no waiver covers.
func unwaived(r *audit.Record) error {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == audit.Waived && (f.Waiver == nil || f.Waiver.Was != audit.Fail && f.Waiver.Was != audit.Warn) {
			return &audit.InputError{Cause: fmt.Sprintf("%s/%s of %q is waived, and not by a waiver of what fails or warns: the report is not as it was written", f.Profile, f.Rule, f.Subject), Hint: "take the report from where it was made, or audit again"}
		}
	}
	return nil
}

// record counts one record of a stored report.
func (t *tally) record(r *audit.Record) {
	if r.Evidence.Endpoint() {
		t.endpoint(r.Evidence.Observed, r.Findings)
	} else {
		t.row(&r.Evidence, r.Findings)
	}
}

// recount compares what a report says about itself with what is in it. Reports
// of older versions do not count all that is counted now.
func recount(said, found *audit.Summary) error {
	older := said.Score == (audit.Score{})
	for _, n := range []struct {
		what        string
		said, found int
	}{
		{"endpoints", said.Subjects, found.Subjects}, {"endpoints that are unknown", said.Unknown, found.Unknown},
		{"findings that fail", said.Fail, found.Fail}, {"warnings", said.Warn, found.Warn}, {"findings that are waived", said.Waived, found.Waived},
		{"findings that are unknown", said.UnknownFindings, found.UnknownFindings}, {"passes", said.Pass, found.Pass},
		{"rows of the gateway table", said.Rows, found.Rows}, {"configuration files", said.Files, found.Files},
		{"points of the score", said.Score.Points, found.Score.Points}, {"weight behind the score", said.Score.Of, found.Score.Of},
	} {
		if n.said != n.found && !(older && slices.Contains([]string{"points of the score", "weight behind the score"}, n.what)) {
			return &audit.InputError{Cause: fmt.Sprintf("the report says %d %s, and holds %d: it is not as it was written", n.said, n.what, n.found), Hint: "take the report from where it was made, or audit again"}
		}
	}
	return nil
}
