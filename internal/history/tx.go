package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// tx is a transaction that writes. Statements are prepared once in it.
type tx struct {
	*sql.Tx
	dialect  *dialect
	prepared map[string]*sql.Stmt
	// tallies are what came to the tables and went from them.
	tallies map[*table]tally
}

// transact runs what writes in one transaction, which is taken back if it fails.
// The digest of the file is removed first: from here to its next sealing the file
// may be otherwise than it says.
func (s *Store) transact(ctx context.Context, do func(*tx) error) (err error) {
	begun, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	x := &tx{Tx: begun, dialect: s.dialect, prepared: map[string]*sql.Stmt{}, tallies: map[*table]tally{}}
	defer func() {
		if err != nil {
			err = s.explain(errors.Join(err, rollback(begun)))
		}
	}()
	if s.source.file != "" {
		if err := os.Remove(s.sealName()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the digest of the history: %w", err)
		}
		s.unsealed.Store(true)
	}
	if s.dialect.lock != "" {
		if _, err := begun.ExecContext(ctx, s.dialect.lock); err != nil {
			return err
		}
	}
	if err := do(x); err != nil {
		return err
	}
	if err := x.settle(ctx); err != nil {
		return err
	}
	return begun.Commit()
}

// rollback takes a transaction back that may have ended by itself.
func rollback(t *sql.Tx) error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// statement prepares a statement; it ends with the transaction.
func (x *tx) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if p := x.prepared[text]; p != nil {
		return p, nil
	}
	p, err := x.PrepareContext(ctx, x.dialect.rebind(text))
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", text, err)
	}
	x.prepared[text] = p
	return p, nil
}

// exec runs a statement and returns how many rows it touched.
func (x *tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	p, err := x.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := p.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement and hands each row to a function.
func (x *tx) query(ctx context.Context, text string, args []any, each func(*sql.Rows) error) error {
	p, err := x.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, each)
}

// number reads one number.
func (x *tx) number(ctx context.Context, text string, args ...any) (n int64, err error) {
	p, err := x.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	return n, p.QueryRowContext(ctx, args...).Scan(&n)
}

// now is the time of the database, which is the same for all who share it.
func (x *tx) now(ctx context.Context) (time.Time, error) {
	n, err := x.number(ctx, "SELECT "+x.dialect.now)
	return moment(n), err
}

// query reads outside of any transaction that writes.
func (s *Store) query(ctx context.Context, text string, args []any, each func(*sql.Rows) error) error {
	rows, err := s.read.QueryContext(ctx, s.dialect.rebind(text), args...)
	if err != nil {
		return s.explain(err)
	}
	return s.explain(eachRow(rows, each))
}

// snapshot reads one state of the database, whatever is written meanwhile.
func (s *Store) snapshot(ctx context.Context, read func(querier) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.source.file == "" {
		options.Isolation = sql.LevelRepeatableRead
	}
	begun, err := s.read.BeginTx(ctx, options)
	if err != nil {
		return s.explain(err)
	}
	defer func() { _ = begun.Rollback() }() // nothing was written
	return read(&tx{Tx: begun, dialect: s.dialect, prepared: map[string]*sql.Stmt{}})
}

func eachRow(rows *sql.Rows, each func(*sql.Rows) error) error {
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
