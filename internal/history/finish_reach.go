package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tlsaudit/audit"
)

// change writes one change of the run.
func (f *finisher) change(ctx context.Context, kind ChangeKind, subject int64, words string, s *finding) error {
	f.changes++
	v := values(f.seq, f.changes, string(kind), subject, 0, 0, 0, words, 0, 0, 0, 0, 0, false)
	if s != nil {
		v = values(f.seq, f.changes, string(kind), subject, s.id, int(s.verdict), int(s.severity), words, s.first, s.seenLast(f.at), s.since, s.fixed, s.toggles, s.flaps)
	}
	switch n := &f.run.Changes; kind {
	case ChangeNew:
		n.New++
	case ChangeFixed:
		n.Fixed++
	case ChangeRegressed:
		n.Regressed++
	case ChangeFlapping:
		n.Flapping++
	case ChangeUndecided:
		n.Undecided++
	case ChangeUnreachable:
		n.Unreachable++
	case ChangeReachable:
		n.Reachable++
	}
	f.changeDigest.Write(v.encode(nil))
	return f.insert(ctx, changeTable, v)
}

// reach notes whether the subject is new, or answers again, or no more. Of one
// that was cut short nothing is learnt.
func (f *finisher) reach(ctx context.Context, s *seen) error {
	if s.was == nil {
		words := "it is new to the history"
		if !s.reached() {
			words += ", and was not reached: " + reason(s.state.Reason)
		}
		if s.state.Reach == audit.ReachUnreachable {
			s.state.UnreachableSince = s.at
		}
		return f.change(ctx, ChangeAdded, s.id, words, nil)
	}
	switch was := &s.was.state; {
	case s.state.Reach == audit.ReachUnreachable:
		if !was.UnreachableSince.IsZero() {
			return nil
		}
		s.state.UnreachableSince = s.at
		return f.change(ctx, ChangeUnreachable, s.id, "it answered, and does not any more: "+reason(s.state.Reason), nil)
	case s.reached():
		if was.UnreachableSince.IsZero() {
			return nil
		}
		s.state.UnreachableSince = time.Time{}
		return f.change(ctx, ChangeReachable, s.id, "it answers again; it did not since "+day(was.UnreachableSince), nil)
	}
	return nil
}

func reason(text string) string {
	if text == "" {
		return "no reason was recorded"
	}
	return text
}

// gone notes the subjects of the run before of the same scope that are in this
// one no more. Of a schedule that audits systems at different times only those
// count whose system was audited.
func (f *finisher) gone(ctx context.Context) error {
	if f.scope == "" {
		return nil
	}
	type missing struct {
		id     int64
		system string
	}
	var list []missing
	err := f.query(ctx, "SELECT s.id, s.system FROM result AS r JOIN subject AS s ON s.id = r.subject WHERE r.run = (SELECT MAX(seq) FROM link WHERE scope = ? AND seq < ?) "+
		"AND s.last_run <> ? ORDER BY s.subject", []any{text(f.scope), f.seq, f.seq}, func(rows *sql.Rows) error {
		var m missing
		err := rows.Scan(&m.id, &m.system)
		list = append(list, m)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range list {
		if f.run.Schedule != "" && f.systems[m.system] == nil {
			continue
		}
		open, err := f.number(ctx, "SELECT COUNT(*) FROM finding WHERE subject = ? AND is_open = 1", m.id)
		if err != nil {
			return err
		}
		words := "it was in the run before, and is not in this one"
		if open > 0 {
			words += fmt.Sprintf("; open findings about it: %d", open)
		}
		if err := f.change(ctx, ChangeGone, m.id, words, nil); err != nil {
			return err
		}
	}
	return nil
}
