package history

import (
	"bytes"
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
	if err := x.whole(ctx, linkTable, runTable, subjectTable, resultTable, objectTable, usesTable); err != nil {
		return err
	}
	oldest, err := x.oldest(ctx, keep, now)
	if err != nil {
		return err
	}
	for _, l := range oldest {
		if err := x.pruneRun(ctx, l, p); err != nil {
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
func (x *tx) oldest(ctx context.Context, keep Retention, now time.Time) (list []*link, err error) {
	newest := 0
	cut := now.AddDate(0, 0, -keep.Days)
	err = x.query(ctx, linkTable.selection("l")+" WHERE l.pruned = 0 ORDER BY l.seq DESC", nil, func(rows *sql.Rows) error {
		v, err := linkTable.scan(rows)
		if err != nil {
			return err
		}
		newest++
		if l := linkOf(v); newest > max(keep.Runs, 1) && (keep.Days == 0 || l.at.Before(cut)) {
			list = append(list, l)
		}
		return nil
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

// pruneRun removes one run but for the latest results of subjects, and leaves what
// proves those. A run that is not as it was written is left as it is: its damage
// would be gone with it.
func (x *tx) pruneRun(ctx context.Context, l *link, p *Pruned) error {
	p.Runs++
	h, err := held(ctx, x, l)
	if err != nil {
		return err
	}
	if h == nil || !bytes.Equal(h.content(), l.content) {
		return &DamageError{What: "the run " + l.run + " is not as it was written, and is not pruned"}
	}
	n, err := x.remove(ctx, resultTable, "run = ? AND NOT EXISTS (SELECT 1 FROM subject AS s WHERE s.id = result.subject AND s.last_run = result.run)", l.seq)
	p.Results += n
	for _, t := range []*table{changeTable, ruleCountTable, systemCountTable} {
		if err == nil {
			_, err = x.remove(ctx, t, "run = ?", l.seq)
		}
	}
	if err != nil {
		return err
	}
	l.pruned = true
	if err := x.put(ctx, linkTable, l.row()); err != nil {
		return err
	}
	if n == len(h.leaves) {
		_, err = x.remove(ctx, runTable, "id = ?", l.run)
		return err
	}
	if err := x.insert(ctx, remainsTable, h.prunedTo().row(l.seq)); err != nil {
		return err
	}
	h.run[runTable.column("pruned")] = int64(1)
	return x.put(ctx, runTable, h.run)
}

// pruneBroken removes runs that were broken off before a time.
func (x *tx) pruneBroken(ctx context.Context, before time.Time, p *Pruned) error {
	const old = "state = 'incomplete' AND seq = 0 AND started < ?"
	if _, err := x.remove(ctx, stagingTable, "run IN (SELECT id FROM run WHERE "+old+")", micros(before)); err != nil {
		return err
	}
	n, err := x.remove(ctx, runTable, old, micros(before))
	p.Incomplete += n
	return err
}

// sweep removes the contents nothing needs any more. Others may have leant on
// those alone, so that it goes round until there are none. It takes away by EXCEPT
// and not by NOT IN, for which PostgreSQL looks through all of the list at every
// row.
func (x *tx) sweep(ctx context.Context, p *Pruned) error {
	for {
		n, err := x.remove(ctx, objectTable, "id IN (SELECT id FROM object EXCEPT SELECT facts FROM result EXCEPT SELECT findings FROM result EXCEPT SELECT declared FROM result "+
			"EXCEPT SELECT head FROM run EXCEPT SELECT used FROM uses EXCEPT SELECT base FROM object)")
		if err != nil || n == 0 {
			return err
		}
		p.Objects += n
		if _, err := x.remove(ctx, usesTable, "object IN (SELECT object FROM uses EXCEPT SELECT id FROM object)"); err != nil {
			return err
		}
	}
}
