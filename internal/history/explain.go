package history

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tlsaudit/audit"
)

// reworded is an error in other words than its own.
type reworded struct {
	text string
	err  error
}

func (e *reworded) Error() string { return e.text }
func (e *reworded) Unwrap() error { return e.err }

// explain makes of an error of the database one that says what to do, where that
// is known. All of them are ErrFailed, but for those that are told as faults of
// what a person wrote already.
func (s *Store) explain(err error) error {
	input, damage := new(audit.InputError), new(DamageError)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrFailed) || errors.As(err, &input) || errors.As(err, &damage):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return s.failed("the database did not answer in time", "look whether it is at work, and can be reached", err)
	}
	if s.source.file == "" {
		return s.explainPostgres(err)
	}
	failed := new(sqlite.Error)
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return s.failed(writing, "wait until it is done, or end it", err)
	case sqlite3.SQLITE_CORRUPT:
		return s.failed("the file is damaged", "restore it from a backup", err)
	case sqlite3.SQLITE_NOTADB: // which is rather another file than what is left of a history
		return &audit.InputError{Cause: fmt.Sprintf("%s: the file is damaged, or is no history (%v)", s.source, err), Hint: "name another file, or restore it from a backup", Err: err}
	case sqlite3.SQLITE_FULL:
		return s.failed("the disk is full", "make room; what was kept before is whole", err)
	case sqlite3.SQLITE_IOERR:
		return s.failed("the disk does not work as it should", "make room, or look at the disk; what was kept before is whole", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return s.failed("the file cannot be opened for writing", "check who owns it and its folder", err)
	}
	return err
}

const writing = "another program has been writing to the history for more than ten seconds"

// failed tells what went wrong with the database, and what to do.
func (s *Store) failed(cause, hint string, err error) error {
	return &audit.InputError{Cause: fmt.Sprintf("%s: %s (%s)", s.source, cause, s.words(err)), Hint: hint, Err: errors.Join(ErrFailed, err)}
}

// explainPostgres does so for PostgreSQL.
func (s *Store) explainPostgres(err error) error {
	told, refused := new(pgconn.PgError), new(pgconn.ConnectError)
	switch {
	case errors.As(err, &refused):
		return &reworded{"no connection: " + s.words(err), errors.Join(ErrFailed, err)}
	case errors.As(err, &told) && told.Code == "55P03": // lock_not_available
		return s.failed(writing, "wait until it is done, or end it", err)
	}
	return err
}

// words is what an error says without the user, whom the driver names first of all
// where there is no connection, and the server too.
func (s *Store) words(err error) string {
	if refused := new(pgconn.ConnectError); errors.As(err, &refused) {
		text := strings.ReplaceAll(refused.Unwrap().Error(), `"`+s.source.postgres.User+`"`, "xxxxx")
		return strings.Join(strings.Fields(text), " ")
	}
	return err.Error()
}
