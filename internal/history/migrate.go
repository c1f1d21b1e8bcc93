package history

import (
	"context"
	"database/sql"
	"strings"
)

// sumFleet makes the sums of the rows that schemaFleet gave columns.
func (x *tx) sumFleet(ctx context.Context) error {
	for _, t := range []struct {
		*table
		last, added string // of the columns there were, and there are
	}{{runTable, "pruned", "fleet"}, {subjectTable, "expires", "gone_since"}, {findingTable, "toggle3", "opened"}} {
		if err := x.sumAgain(ctx, t.upTo(t.last), t.upTo(t.added)); err != nil {
			return err
		}
	}
	return nil
}

// upTo is a table as it was when a column was its last.
func (t *table) upTo(column string) *table {
	return newTable(t.name, t.keys, t.columns[:t.column(column)+1]...)
}

// sumAgain makes the sums of the rows of a table to which columns were added. A row
// that was not as it had been written keeps the sum that tells.
func (x *tx) sumAgain(ctx context.Context, was, is *table) error {
	var whole []row
	err := x.query(ctx, "SELECT "+strings.Join(is.columns, ", ")+", sum FROM "+is.name, nil, func(rows *sql.Rows) error {
		r := make(row, len(is.columns)+1)
		to := make([]any, len(r))
		for i := range r {
			to[i] = &r[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		if r[len(is.columns)] == was.sum(r[:len(was.columns)]) {
			whole = append(whole, r[:len(is.columns)])
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range whole {
		if _, err := x.exec(ctx, "UPDATE "+is.name+" SET sum = ? WHERE "+strings.Join(is.columns[:is.keys], " = ? AND ")+" = ?", append([]any{is.sum(r)}, r[:is.keys]...)...); err != nil {
			return err
		}
	}
	return nil
}
