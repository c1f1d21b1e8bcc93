package history

import (
	"context"
	"database/sql"
	"strings"
)

// list is one part of a list that is asked for: a statement without its order,
// and the columns it is ordered by.
type list struct {
	store *Store
	page  Page
	// from is the statement up to its conditions; where are the conditions, all of
	// which hold, args their values.
	from  string
	where []string
	args  []any
	// order names the order; keys are the columns, all in one direction, the last
	// of which tells all rows apart; example has the kinds of their values.
	order      string
	keys       []string
	example    []any
	descending bool
	// fault is why it cannot be asked.
	fault error
}

// hold adds a condition.
func (l *list) hold(condition string, args ...any) {
	l.where = append(l.where, condition)
	l.args = append(l.args, args...)
}

// fetch reads the part. Each is handed a row, which ends with the values of keys,
// and returns those; next is where the following part begins, empty behind the
// last.
func (l *list) fetch(ctx context.Context, each func(*sql.Rows) ([]any, error)) (next string, err error) {
	if l.fault != nil {
		return "", l.fault
	}
	at, err := parseCursor(l.page.After, l.order, l.example...)
	if err != nil {
		return "", err
	}
	direction, compare := "", " > "
	if l.descending {
		direction, compare = " DESC", " < "
	}
	if at != nil {
		l.hold("("+strings.Join(l.keys, ", ")+")"+compare+"(?"+strings.Repeat(", ?", len(l.keys)-1)+")", at.values...)
	}
	statement := l.from
	if len(l.where) > 0 {
		statement += " WHERE " + strings.Join(l.where, " AND ")
	}
	statement += " ORDER BY " + strings.Join(l.keys, direction+", ") + direction + " LIMIT ?"
	limit, n := l.page.limit(), 0
	var last []any
	err = l.store.query(ctx, statement, append(l.args, limit+1), func(rows *sql.Rows) error {
		if n++; n > limit {
			next = cursor{l.order, last}.String()
			return nil
		}
		last, err = each(rows)
		return err
	})
	return next, err
}
