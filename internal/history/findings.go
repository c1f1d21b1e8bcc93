package history

import (
	"context"
	"database/sql"
	"fmt"

	"tlsaudit/audit"
)

// findingColumns are what findingOf reads.
const findingColumns = "f.fingerprint, u.profile, u.rule, u.chk, s.subject, s.system, f.verdict, f.severity, f.message, f.first_seen, " + lastOpen +
	", f.since, f.fixed_at, f.toggles, f.toggle3, f.opened, s.audits, f.id, f.worst"

// lastOpen is when a finding was last seen open: while it is open and decided that
// is the latest result of its subject, which is not written anew for every
// finding in every run.
const lastOpen = "CASE WHEN f.is_open = 1 AND f.last_seen = " + noTime + " THEN s.last_seen ELSE f.last_seen END"

const findingTables = " FROM finding AS f JOIN subject AS s ON s.id = f.subject JOIN rule AS u ON u.id = f.rule"

// Findings implements Reader. A finding that was open and is not decided any more
// is unknown, and still among the open ones: nothing has closed it.
func (s *Store) Findings(ctx context.Context, q FindingQuery) (findings []FindingState, next string, err error) {
	l := &list{store: s, page: q.Page, from: "SELECT " + findingColumns + findingTables, order: q.Order, keys: []string{"f.worst", "f.id"}, example: []any{int64(0), int64(0)}}
	switch q.State {
	case "", "open":
		l.hold("f.is_open = 1 AND s.gone_since = " + noTime)
	case "gone":
		l.hold("f.is_open = 1 AND s.gone_since > " + noTime)
	case "fixed":
		l.hold("f.is_open = 0 AND f.fact = ? AND f.toggles > 0 AND s.gone_since = "+noTime, int64(audit.Pass))
	case "flapping":
		l.hold("f.toggle3 > 0 AND f.toggle3 > s.audits - ? AND s.gone_since = "+noTime, flapWindow)
	case "all":
	default:
		return nil, "", &audit.InputError{Cause: fmt.Sprintf("%q is no state of findings", q.State), Hint: "use open, fixed, flapping, gone or all"}
	}
	switch q.Order {
	case "", "worst":
		l.order = "worst"
	case "age":
		l.keys[0] = "f.opened"
	case "seen":
		l.keys[0], l.descending = lastOpen, true
	default:
		return nil, "", &audit.InputError{Cause: fmt.Sprintf("findings cannot be put in the order %q", q.Order), Hint: "use worst, age or seen"}
	}
	for _, c := range []struct{ column, value string }{{"s.subject", q.Subject}, {"s.system", q.System}, {"u.rule", q.Rule}, {"u.profile", q.Profile}} {
		if c.value != "" {
			l.hold(c.column+" = ?", text(c.value))
		}
	}
	if q.Severity != "" {
		var severity audit.Severity
		if err := severity.UnmarshalText([]byte(q.Severity)); err != nil {
			return nil, "", &audit.InputError{Cause: err.Error(), Err: err}
		}
		l.hold("f.severity = ?", int64(severity))
	}
	l.contains(q.Text, "f.message", "s.subject")
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		f, id, worst, err := findingOf(rows)
		if err != nil {
			return nil, err
		}
		findings = append(findings, *f)
		switch q.Order {
		case "age":
			return []any{micros(f.OpenSince), id}, nil
		case "seen":
			return []any{micros(f.LastSeen), id}, nil
		}
		return []any{worst, id}, nil
	})
	return findings, next, err
}

func findingOf(rows *sql.Rows) (f *FindingState, id, worst int64, err error) {
	f = &FindingState{}
	var verdict, severity, first, last, since, fixed, third, opened, audits int64
	err = rows.Scan(&f.Fingerprint, &f.Profile, &f.Rule, &f.Check, &f.Subject, &f.System, &verdict, &severity, &f.Message, &first, &last, &since, &fixed, &f.Toggles, &third, &opened, &audits, &id, &worst)
	f.Verdict, f.Severity = audit.Verdict(verdict), audit.Severity(severity)
	f.FirstSeen, f.LastSeen, f.Since, f.FixedAt, f.OpenSince = moment(first), moment(last), moment(since), moment(fixed), moment(opened)
	f.Flapping = flapping(third, audits)
	return f, id, worst, err
}

// Changes implements Reader.
func (s *Store) Changes(ctx context.Context, run string, p Page) (changes []Change, next string, err error) {
	at, err := s.finished(ctx, run)
	if err != nil {
		return nil, "", err
	}
	l := &list{store: s, page: p, order: "changes", keys: []string{"c.number"}, example: []any{int64(0)}}
	l.from = "SELECT " + changeTable.list("c") + ", l.at, s.subject, s.system, COALESCE(f.fingerprint, ''), COALESCE(u.profile, ''), COALESCE(u.rule, ''), COALESCE(u.chk, ''), COALESCE(f.opened, 0) FROM change AS c " +
		"JOIN link AS l ON l.seq = c.run JOIN subject AS s ON s.id = c.subject LEFT JOIN finding AS f ON f.id = c.finding LEFT JOIN rule AS u ON u.id = f.rule"
	l.hold("c.run = ?", at.seq)
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		var when, opened int64
		var f FindingState
		v, err := changeTable.scan(rows, &when, &f.Subject, &f.System, &f.Fingerprint, &f.Profile, &f.Rule, &f.Check, &opened)
		if err != nil {
			return nil, err
		}
		t := changeTable
		c := Change{RunID: at.id, At: moment(when), Kind: ChangeKind(t.text(v, "kind")), Subject: f.Subject}
		if t.int(v, "finding") == 0 {
			c.Text = t.text(v, "text")
		} else {
			f.Verdict, f.Severity, f.Message = audit.Verdict(t.int(v, "verdict")), audit.Severity(t.int(v, "severity")), t.text(v, "text")
			f.FirstSeen, f.LastSeen, f.Since, f.FixedAt = t.time(v, "first_seen"), t.time(v, "last_seen"), t.time(v, "since"), t.time(v, "fixed_at")
			f.Toggles, f.Flapping = int(t.int(v, "toggles")), t.int(v, "flapping") != 0
			if opened <= when { // else it was opened again since
				f.OpenSince = moment(opened)
			}
			c.Finding = &f
		}
		changes = append(changes, c)
		return []any{t.int(v, "number")}, nil
	})
	return changes, next, err
}
