package history

import (
	"context"
	"database/sql"
	"fmt"
)

// A tally says of one table how many rows it has, and what their sums come to. It
// is written with the rows, in the same transaction: rows that are taken out, or
// put in, by anything but this program do not agree with it any more, and never
// will again, because it is only ever told of what came and went.
type tally struct{ rows, total int64 }

// came and went note a row by its sum.
func (x *tx) came(t *table, sum int64) { x.note(t, 1, sum) }
func (x *tx) went(t *table, sum int64) { x.note(t, -1, -sum) }

func (x *tx) note(t *table, rows, total int64) {
	at := x.tallies[t]
	x.tallies[t] = tally{at.rows + rows, at.total + total}
}

// settle writes the tallies of what the transaction wrote.
func (x *tx) settle(ctx context.Context) error {
	for _, t := range tables {
		change := x.tallies[t]
		if change == (tally{}) {
			continue
		}
		kept, err := readTally(ctx, x, t)
		if err != nil {
			return err
		}
		if err := x.writeTally(ctx, t, tally{kept.rows + change.rows, kept.total + change.total}); err != nil {
			return err
		}
	}
	return nil
}

func (x *tx) writeTally(ctx context.Context, t *table, is tally) error {
	_, err := x.exec(ctx, tallyTable.replacement(""), tallyTable.parameters(values(t.name, is.rows, is.total))...)
	return err
}

// retally counts all tables, whatever was noted: for tables that had no tally.
func (x *tx) retally(ctx context.Context) error {
	for _, t := range tables {
		is, err := countRows(ctx, x, t)
		if err == nil {
			err = x.writeTally(ctx, t, is)
		}
		if err != nil {
			return fmt.Errorf("counting the table %s: %w", t.name, err)
		}
	}
	clear(x.tallies)
	return nil
}

// readTally reads what a table should come to.
func readTally(ctx context.Context, q querier, t *table) (kept tally, err error) {
	found := false
	err = q.query(ctx, tallyTable.selection("t")+" WHERE t.name = ?", []any{t.name}, func(rows *sql.Rows) error {
		v, err := tallyTable.scan(rows)
		if err == nil {
			found, kept = true, tally{tallyTable.int(v, "n"), tallyTable.int(v, "total")}
		}
		return err
	})
	if err == nil && !found {
		err = &DamageError{What: "it is not known how many rows the table " + t.name + " has"}
	}
	return kept, err
}

// countRows counts what a table has. The halves of the sums are added apart: no
// database adds whole ones without a fault when they grow too large.
func countRows(ctx context.Context, q querier, t *table) (is tally, err error) {
	err = q.query(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM(sum >> 32), 0) AS BIGINT), CAST(COALESCE(SUM(sum & 4294967295), 0) AS BIGINT) FROM "+t.name, nil, func(rows *sql.Rows) error {
		var high, low int64
		err := rows.Scan(&is.rows, &high, &low)
		is.total = high<<32 + low
		return err
	})
	return is, err
}

// whole holds tables against their tallies: what is removed for want of rows that
// rely on it must not go because those were taken out.
func (x *tx) whole(ctx context.Context, list ...*table) error {
	for _, t := range list {
		is, err := countRows(ctx, x, t)
		if err != nil {
			return err
		}
		kept, err := readTally(ctx, x, t)
		if err != nil {
			return err
		}
		if words := kept.differs(t, is); words != "" {
			return &DamageError{What: words}
		}
	}
	return nil
}

// differs says how a table is otherwise than its tally; empty if it is not.
func (kept tally) differs(t *table, is tally) string {
	switch {
	case is.rows < kept.rows:
		return fmt.Sprintf("the table %s has %d rows and should have %d: rows were taken out", t.name, is.rows, kept.rows)
	case is.rows > kept.rows:
		return fmt.Sprintf("the table %s has %d rows and should have %d: rows were put in", t.name, is.rows, kept.rows)
	case is.total != kept.total:
		return fmt.Sprintf("the table %s has as many rows as it should have, and they are not those that were written", t.name)
	}
	return ""
}
