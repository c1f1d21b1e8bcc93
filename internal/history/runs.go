package history

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"tlsaudit/audit"
)

// Runs implements Reader. Runs that were pruned are left out.
func (s *Store) Runs(ctx context.Context, p Page) (runs []Run, next string, err error) {
	at, err := parseCursor(p.After, "runs", "")
	if err != nil {
		return nil, "", err
	}
	where, args := " WHERE r.pruned = 0", []any(nil)
	if at != nil {
		where, args = where+" AND r.id < ?", at.values
	}
	limit := p.limit()
	err = s.runs(ctx, where+" ORDER BY r.id DESC LIMIT ?", append(args, limit+1), func(r *Run) { runs = append(runs, *r) })
	if err == nil && len(runs) > limit {
		runs = runs[:limit]
		next = cursor{"runs", []any{runs[limit-1].ID}}.String()
	}
	return runs, next, err
}

// runs reads runs with their digests.
func (s *Store) runs(ctx context.Context, where string, args []any, each func(*Run)) error {
	return s.query(ctx, "SELECT "+runTable.list("r")+", l.digest FROM run AS r LEFT JOIN link AS l ON l.seq = r.seq"+where, args, func(rows *sql.Rows) error {
		var digest []byte
		v, err := runTable.scan(rows, &digest)
		if err != nil {
			return err
		}
		r, err := runOf(v)
		if err == nil {
			r.Digest = hex.EncodeToString(digest)
			each(r)
		}
		return err
	})
}

// Run implements Reader.
func (s *Store) Run(ctx context.Context, id string) (*Run, error) {
	ref, err := parseRun(id)
	if err != nil {
		return nil, err
	}
	var found []*Run
	each := func(r *Run) { found = append(found, r) }
	if ref.back >= 0 {
		err = s.runs(ctx, " WHERE r.pruned = 0 AND r.seq > 0 AND r.cause <> '"+TriggerRecheck+"' ORDER BY r.seq DESC LIMIT 1 OFFSET ?", []any{ref.back}, each)
	} else {
		err = s.runs(ctx, " WHERE r.id >= ? AND r.id < ? ORDER BY r.id LIMIT 2", []any{ref.prefix, ref.prefix + "~"}, each)
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, missing("the run "+id, "tlsaudit history runs lists those there are")
	case len(found) > 1:
		return nil, &audit.InputError{Cause: fmt.Sprintf("the ids of several runs begin with %s, such as %s and %s", id, found[0].ID, found[1].ID), Hint: "write more of it"}
	}
	return found[0], nil
}

// missing is the error of what is not in the history.
func missing(what, hint string) error {
	return &audit.InputError{Cause: what + " is not in the history", Hint: hint, Err: ErrNotFound}
}

// place is where a run stands in the database.
type place struct {
	id        string
	seq, head int64
	pruned    bool
	state     RunState
}

// place finds a run as Run does.
func (s *Store) place(ctx context.Context, id string) (*place, error) {
	r, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &place{id: r.ID, state: r.State}
	var pruned int64
	err = s.query(ctx, "SELECT seq, head, pruned FROM run WHERE id = ?", []any{r.ID}, func(rows *sql.Rows) error { return rows.Scan(&p.seq, &p.head, &pruned) })
	p.pruned = pruned != 0
	return p, err
}

// finished finds a run that has a report: one that is finished, and not pruned.
func (s *Store) finished(ctx context.Context, id string) (*place, error) {
	p, err := s.place(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case p.state == Running:
		return nil, missing("a report of the run "+p.id+", which goes on,", "wait until it is finished")
	case p.seq == 0:
		return nil, missing("a report of the run "+p.id+", which was broken off,", "what it had seen is kept as evidence, which can be judged again")
	case p.pruned:
		return nil, missing("the report of the run "+p.id+", which was pruned to the latest results of subjects,", "tlsaudit history runs lists those that are there as a whole")
	}
	return p, nil
}
