package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tlsaudit/audit"
)

// Subjects implements Reader.
func (s *Store) Subjects(ctx context.Context, q SubjectQuery) (subjects []SubjectState, next string, err error) {
	l := &list{store: s, page: q.Page, from: "SELECT " + subjectTable.list("s") + ", l.run", order: q.Order, keys: []string{"s.worst", "s.subject"}, example: []any{int64(0), ""}}
	of := "s" // the table that has the result
	if q.Run != "" {
		p, err := s.finished(ctx, q.Run)
		if err != nil {
			return nil, "", err
		}
		of = "r"
		l.from += ", " + resultTable.list("r") + " FROM result AS r JOIN subject AS s ON s.id = r.subject JOIN link AS l ON l.seq = r.run"
		l.keys[0] = "r.worst"
		l.hold("r.run = ?", p.seq)
	} else {
		l.from += " FROM subject AS s JOIN link AS l ON l.seq = s.last_run"
	}
	switch {
	case q.Gone:
		l.hold("s.gone_since > " + noTime)
	case q.Run == "":
		l.hold("s.gone_since = " + noTime)
	}
	switch q.Order {
	case "", "worst":
		l.order = "worst"
	case "subject":
		l.keys, l.example = []string{"s.subject"}, []any{""}
	case "expiry":
		l.keys[0] = of + ".expires"
	case "seen":
		l.keys[0] = "s.last_seen"
	default:
		return nil, "", &audit.InputError{Cause: fmt.Sprintf("subjects cannot be put in the order %q", q.Order), Hint: "use worst, subject, expiry or seen"}
	}
	l.order += "/" + of
	if q.Verdict != "" {
		var v audit.Verdict
		if err := v.UnmarshalText([]byte(q.Verdict)); err != nil {
			return nil, "", &audit.InputError{Cause: err.Error(), Err: err}
		}
		l.hold(of+".verdict = ?", int64(v))
	}
	if q.System != "" {
		l.hold("s.system = ?", text(q.System))
	}
	if q.Protocol != "" {
		l.hold("s.protocol = ?", text(q.Protocol))
	}
	l.contains(q.Text, "s.subject", "s.system")
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		var run string
		result := make(row, len(resultTable.columns))
		more := []any{&run}
		if of == "r" {
			for i := range result {
				more = append(more, &result[i])
			}
			more = append(more, new(any)) // its sum
		}
		v, err := subjectTable.scan(rows, more...)
		if err != nil {
			return nil, err
		}
		state := subjectOf(v)
		state.LastRun = run
		worst, expires := subjectTable.int(v, "worst"), subjectTable.int(v, "expires")
		if of == "r" {
			state = atResult(state, result)
			worst, expires = resultTable.int(result, "worst"), resultTable.int(result, "expires")
		}
		subjects = append(subjects, state)
		switch q.Order {
		case "subject":
			return []any{state.Subject}, nil
		case "expiry":
			return []any{expires, state.Subject}, nil
		case "seen":
			return []any{subjectTable.int(v, "last_seen"), state.Subject}, nil
		}
		return []any{worst, state.Subject}, nil
	})
	return subjects, next, err
}

// atResult puts what a result says in the place of what the latest one did.
func atResult(s SubjectState, v row) SubjectState {
	t := resultTable
	s.Reach, s.Reason = audit.Reach(t.text(v, "reach")), t.text(v, "reason")
	s.Verdict, s.Severity = audit.Verdict(t.int(v, "verdict")), audit.Severity(t.int(v, "severity"))
	s.Fail, s.Warn, s.Unknown = int(t.int(v, "fail")), int(t.int(v, "warn")), int(t.int(v, "unknown"))
	s.Pass, s.Waive = int(t.int(v, "pass")), int(t.int(v, "waived"))
	s.NotAfter = time.Time{}
	if end := t.int(v, "expires"); end != never {
		s.NotAfter = moment(end)
	}
	return s
}

// Subject implements Reader.
func (s *Store) Subject(ctx context.Context, subject string) (*SubjectState, error) {
	var state *SubjectState
	err := s.query(ctx, "SELECT "+subjectTable.list("s")+", l.run FROM subject AS s JOIN link AS l ON l.seq = s.last_run WHERE s.subject = ?", []any{text(subject)}, func(rows *sql.Rows) error {
		var run string
		v, err := subjectTable.scan(rows, &run)
		if err == nil {
			one := subjectOf(v)
			one.LastRun = run
			state = &one
		}
		return err
	})
	if err == nil && state == nil {
		err = missing("the subject "+subject, "tlsaudit history subjects lists those there are")
	}
	return state, err
}

// Timeline implements Reader.
func (s *Store) Timeline(ctx context.Context, subject string, p Page) (points []Point, next string, err error) {
	if _, err := s.Subject(ctx, subject); err != nil {
		return nil, "", err
	}
	l := &list{store: s, page: p, order: "timeline", keys: []string{"r.run"}, example: []any{int64(0)}, descending: true}
	l.from = "SELECT " + resultTable.list("r") + ", l.run, l.at, o.hash FROM result AS r JOIN subject AS s ON s.id = r.subject JOIN link AS l ON l.seq = r.run JOIN object AS o ON o.id = r.facts"
	l.hold("s.subject = ?", text(subject))
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		var at int64
		var hash []byte
		var point Point
		v, err := resultTable.scan(rows, &point.RunID, &at, &hash)
		if err != nil {
			return nil, err
		}
		state := atResult(SubjectState{}, v)
		point.At, point.Reach, point.Verdict, point.Severity = moment(at), state.Reach, state.Verdict, state.Severity
		point.Fail, point.Warn, point.Unknown, point.Pass, point.Waived = state.Fail, state.Warn, state.Unknown, state.Pass, state.Waive
		point.ObservationSHA256 = fmt.Sprintf("%x", hash)
		points = append(points, point)
		return []any{resultTable.int(v, "run")}, nil
	})
	return points, next, err
}
