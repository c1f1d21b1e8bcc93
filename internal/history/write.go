package history

import (
	"bytes"
	"context"
	"database/sql"
	"strings"
)

// All that writes rows is here, so that the tally of a table is told of every row
// that comes and goes.

// insert adds a row.
func (x *tx) insert(ctx context.Context, t *table, r row) error {
	_, err := x.exec(ctx, t.insertion(), t.parameters(r)...)
	if err == nil {
		x.came(t, t.sum(r))
	}
	return err
}

// put adds a row or puts it in the place of the one with its key.
func (x *tx) put(ctx context.Context, t *table, r row) error {
	_, err := x.putIf(ctx, t, r, "")
	return err
}

// putIf is put, if the row that has the key, should there be one, meets a
// condition. It reports whether it was.
func (x *tx) putIf(ctx context.Context, t *table, r row, condition string, args ...any) (bool, error) {
	var was any
	err := x.query(ctx, "SELECT sum FROM "+t.name+" WHERE "+t.keyed(), r[:t.keys], func(rows *sql.Rows) error { return rows.Scan(&was) })
	if err != nil {
		return false, err
	}
	n, err := x.exec(ctx, t.replacement(condition), append(t.parameters(r), args...)...)
	if err != nil || n == 0 {
		return false, err
	}
	if sum, is := was.(int64); is {
		x.went(t, sum)
	}
	x.came(t, t.sum(r))
	return true, nil
}

// amend writes what differs between a row that is there and what it is to be. It
// spares the indexes of all other columns, which putting the whole row would write
// anew.
func (x *tx) amend(ctx context.Context, t *table, was, is row) error {
	var set []string
	var args []any
	for i, c := range t.columns {
		if b, blob := is[i].([]byte); blob && !bytes.Equal(b, t.bytes(was, c)) || !blob && is[i] != was[i] {
			set = append(set, c+" = ?")
			args = append(args, is[i])
		}
	}
	if len(set) == 0 {
		return nil
	}
	args = append(append(args, t.sum(is)), is[:t.keys]...)
	n, err := x.exec(ctx, "UPDATE "+t.name+" SET "+strings.Join(set, ", ")+", sum = ? WHERE "+t.keyed(), args...)
	if err == nil && n > 0 {
		x.went(t, t.sum(was)) // whose sum was seen to be right when it was read
		x.came(t, t.sum(is))
	}
	return err
}

// remove removes the rows that meet a condition, and returns how many.
func (x *tx) remove(ctx context.Context, t *table, condition string, args ...any) (n int, err error) {
	err = x.query(ctx, "DELETE FROM "+t.name+" WHERE "+condition+" RETURNING sum", args, func(rows *sql.Rows) error {
		var sum int64
		if err := rows.Scan(&sum); err != nil {
			return err
		}
		n++
		x.went(t, sum)
		return nil
	})
	return n, err
}

// keyed is the condition that a row has a key.
func (t *table) keyed() string { return strings.Join(t.columns[:t.keys], " = ? AND ") + " = ?" }
