package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tlsaudit/audit"
)

// usualGap is how long ago the newest run may be for Prune to believe the clock.
const usualGap = 45 * 24 * time.Hour

// errDryRun takes back a transaction that was only to say what it would do.
var errDryRun = errors.New("nothing is to be changed")

// Prune removes the runs that nothing asks to be kept. The latest result of every
// subject stays, and so does the digest of every run, with which the chain is
// worked out. It refuses when the clock cannot be right: one that jumped ahead
// would make every run an old one.
func (s *Store) Prune(ctx context.Context, keep Retention, now time.Time) (*Pruned, error) {
	if keep.Days < 0 || keep.Runs < 0 || keep.Days == 0 && keep.Runs == 0 {
		return nil, &audit.InputError{Cause: "nothing would be kept", Hint: "say how many days or how many runs to keep"}
	}
	p := &Pruned{}
	err := s.transact(ctx, func(x *tx) error {
		if err := x.prune(ctx, keep, now, p); err != nil || !keep.DryRun {
			return err
		}
		return errDryRun
	})
	s.objects.forget()
	if errors.Is(err, errDryRun) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pruning the history: %w", err)
	}
	if s.source.file != "" {
		_, err = s.write.ExecContext(ctx, "PRAGMA incremental_vacuum")
		s.fold(ctx)
	}
	return p, s.explain(err)
}

func (x *tx) prune(ctx context.Context, keep Retention, now time.Time, p *Pruned) error {
	newest, err := x.number(ctx, "SELECT COALESCE(MAX(at), 0) FROM link")
	if err != nil || newest == 0 {
		return err
	}
	gap := keep.Gap
	if gap <= 0 {
		gap = usualGap
	}
	switch last := moment(newest); {
	case now.Before(last):
		return &audit.InputError{Cause: fmt.Sprintf("the clock says %s, which is before the newest run (%s)", now.UTC().Format(time.RFC3339), last.Format(time.RFC3339)), Hint: "set the clock; nothing was removed"}
	case now.Sub(last) > gap:
		return &audit.InputError{Cause: fmt.Sprintf("the clock says %s, and the newest run is of %s: the clock may have jumped", now.UTC().Format(time.RFC3339), last.Format(time.RFC3339)), Hint: "check the clock and make a run, then prune; nothing was removed"}
	}
	oldest, err := x.oldest(ctx, keep, now)
	if err != nil {
		return err
	}
	for _, seq := range oldest {
		if err := x.pruneRun(ctx, seq, p); err != nil {
			return err
		}
	}
	before, err := x.keptFrom(ctx, keep, now)
	if err == nil {
		err = x.pruneBroken(ctx, before, p)
	}
	if err != nil {
		return err
	}
	return x.sweep(ctx, p)
}

// oldest are the runs no demand asks for.
func (x *tx) oldest(ctx context.Context, keep Retention, now time.Time) (list []int64, err error) {
	newest := 0
	cut := micros(now.AddDate(0, 0, -keep.Days))
	err = x.query(ctx, "SELECT seq, at FROM link WHERE pruned = 0 ORDER BY seq DESC", nil, func(rows *sql.Rows) error {
		var seq, at int64
		err := rows.Scan(&seq, &at)
		newest++
		if newest > max(keep.Runs, 1) && (keep.Days == 0 || at < cut) {
			list = append(list, seq)
		}
		return err
	})
	return list, err
}

// keptFrom is the time from which on runs are kept that have no place in the chain:
// a run that was broken off is kept as long as those about it.
func (x *tx) keptFrom(ctx context.Context, keep Retention, now time.Time) (time.Time, error) {
	from := now.AddDate(0, 0, -keep.Days)
	if keep.Runs == 0 {
		return from, nil
	}
	first, err := x.number(ctx, "SELECT COALESCE(MIN(started), 0) FROM run WHERE seq > (SELECT MAX(seq) FROM link) - ?", keep.Runs)
	if oldest := moment(first); keep.Days == 0 || oldest.Before(from) {
		from = oldest
	}
	return from, err
}

// pruneRun removes one run but for the latest results of subjects.
func (x *tx) pruneRun(ctx context.Context, seq int64, p *Pruned) error {
	p.Runs++
	n, err := x.exec(ctx, "DELETE FROM result WHERE run = ? AND NOT EXISTS (SELECT 1 FROM subject AS s WHERE s.id = result.subject AND s.last_run = result.run)", seq)
	p.Results += int(n)
	for _, t := range []string{"change", "rule_count", "system_count"} {
		if err == nil {
			_, err = x.exec(ctx, "DELETE FROM "+t+" WHERE run = ?", seq)
		}
	}
	if err != nil {
		return err
	}
	if err := x.mark(ctx, linkTable, "seq", seq); err != nil {
		return err
	}
	left, err := x.number(ctx, "SELECT COUNT(*) FROM result WHERE run = ?", seq)
	if err != nil {
		return err
	}
	if left == 0 {
		_, err = x.exec(ctx, "DELETE FROM run WHERE seq = ?", seq)
		return err
	}
	return x.mark(ctx, runTable, "seq", seq)
}

// mark sets the column pruned of one row.
func (x *tx) mark(ctx context.Context, t *table, key string, value int64) error {
	var v row
	err := x.query(ctx, t.selection("t")+" WHERE t."+key+" = ?", []any{value}, func(rows *sql.Rows) (err error) {
		v, err = t.scan(rows)
		return err
	})
	if err != nil || v == nil {
		return err
	}
	v[t.column("pruned")] = int64(1)
	return x.put(ctx, t, v)
}

// pruneBroken removes runs that were broken off before a time.
func (x *tx) pruneBroken(ctx context.Context, before time.Time, p *Pruned) error {
	const which = " IN (SELECT id FROM run WHERE state = 'incomplete' AND seq = 0 AND started < ?)"
	if _, err := x.exec(ctx, "DELETE FROM staging WHERE run"+which, micros(before)); err != nil {
		return err
	}
	n, err := x.exec(ctx, "DELETE FROM run WHERE state = 'incomplete' AND seq = 0 AND started < ?", micros(before))
	p.Incomplete += int(n)
	return err
}

// sweep removes the contents nothing needs any more. Others may have leant on
// those alone, so that it goes round until there are none.
func (x *tx) sweep(ctx context.Context, p *Pruned) error {
	for {
		n, err := x.exec(ctx, "DELETE FROM object WHERE id NOT IN (SELECT facts FROM result UNION SELECT findings FROM result UNION SELECT declared FROM result UNION SELECT head FROM run "+
			"UNION SELECT used FROM uses UNION SELECT base FROM object)")
		if err != nil || n == 0 {
			return err
		}
		p.Objects += int(n)
		if _, err := x.exec(ctx, "DELETE FROM uses WHERE object NOT IN (SELECT id FROM object)"); err != nil {
			return err
		}
	}
}
