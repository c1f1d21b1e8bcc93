package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/stdlib"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"tlsaudit/audit"
)

// Store is a history. It is safe for use from many goroutines, and several
// programs may have the same one open.
type Store struct {
	source  source
	dialect *dialect
	// write has one connection for SQLite, which lets in one writer at a time
	// anyway, so that writers of one program wait for each other in order.
	read, write *sql.DB
	objects     *objects
	// unsealed is set while this program has written since the file was sealed.
	unsealed atomic.Bool
	// life is the context of what ends with the store and not with who called it.
	life    context.Context
	closing sync.Once
}

// readers bounds the connections that read.
const readers = 8

// Open opens a history, a file for SQLite or a postgres:// address, and makes it
// if it is not there. One of an older version is brought up to date; one of a
// newer version is refused.
func Open(ctx context.Context, dsn string) (*Store, error) {
	where, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{source: where, life: context.WithoutCancel(ctx)}
	if where.file != "" {
		err = s.openSQLite()
	} else {
		err = s.openPostgres()
	}
	if err != nil {
		return nil, fmt.Errorf("opening the history %s: %w", where, err)
	}
	s.objects = newObjects()
	if err := s.prepare(ctx); err != nil {
		if damaged := s.unlike(); damaged != nil { // which is why, and not what it looks like
			err = damaged
		}
		return nil, errors.Join(fmt.Errorf("opening the history %s: %w", where, s.explain(err)), s.closePools())
	}
	return s, nil
}

func (s *Store) openSQLite() (err error) {
	s.dialect = sqliteDialect
	// The database would make the file readable by everybody. What it makes
	// beside the file later has the mode of the file.
	f, err := os.OpenFile(s.source.file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	fresh := err == nil
	switch {
	case fresh:
		err = f.Close()
	case errors.Is(err, fs.ErrExist):
		err = nil
	case errors.Is(err, fs.ErrNotExist):
		return &audit.InputError{Cause: "the folder of the file is not there", Hint: "make it, or name a file in another folder", Err: err}
	}
	if err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", s.source.sqliteDSN(true, fresh)); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", s.source.sqliteDSN(false, false)); err != nil {
		return errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return nil
}

func (s *Store) openPostgres() error {
	s.dialect = postgresDialect
	s.write = stdlib.OpenDB(*s.source.postgres)
	s.write.SetMaxOpenConns(readers)
	s.write.SetMaxIdleConns(2)
	s.read = s.write
	return nil
}

// prepare brings the tables up to date and looks for damage where the last
// program did not end as it should.
func (s *Store) prepare(ctx context.Context) error {
	if s.source.file != "" {
		if err := s.checkLog(); err != nil {
			return err
		}
	}
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	if version < len(migrations) {
		// What changed by itself may pass for an older version.
		if err := s.unlike(); err != nil {
			return err
		}
		if err := s.migrate(ctx); err != nil {
			return err
		}
	} else if version > len(migrations) {
		return &audit.InputError{
			Cause: fmt.Sprintf("the history was written by a newer version of the program: its tables are of version %d, and this program knows version %d", version, len(migrations)),
			Hint:  "use the newer version of the program; if there is none, the file is damaged: restore it from a backup",
		}
	}
	return s.checkBroken(ctx)
}

// version is how many migrations were done; 0 for a new database.
func (s *Store) version(ctx context.Context) (version int, err error) {
	if s.source.file == "" {
		// Who may only read and write rows can open what is there.
		var there bool
		err := s.read.QueryRowContext(ctx, "SELECT to_regclass('tlsaudit_version') IS NOT NULL").Scan(&there)
		if err == nil && there {
			err = s.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM tlsaudit_version").Scan(&version)
		}
		return version, err
	}
	// By a connection that reads: one that writes would change what is not ours.
	var id, objects int
	for _, one := range []struct {
		statement string
		to        *int
	}{{"PRAGMA application_id", &id}, {"PRAGMA user_version", &version}, {"SELECT COUNT(*) FROM sqlite_schema", &objects}} {
		if err == nil {
			err = s.read.QueryRowContext(ctx, one.statement).Scan(one.to)
		}
	}
	if err == nil && id != applicationID && (objects > 0 || version > 0) {
		err = &audit.InputError{Cause: "the file is a database of another program", Hint: "name another file"}
	}
	return version, err
}

// migrate does what was not done, in one transaction: another program may have
// been faster.
func (s *Store) migrate(ctx context.Context) error {
	return s.transact(ctx, func(x *tx) error {
		read, write := "PRAGMA user_version", "PRAGMA user_version = %d"
		if s.source.file == "" {
			read, write = "SELECT COALESCE(MAX(version), 0) FROM tlsaudit_version", "INSERT INTO tlsaudit_version (version) VALUES (%d)"
			if _, err := x.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS tlsaudit_version (version BIGINT NOT NULL)"); err != nil {
				return err
			}
		} else if _, err := x.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return err
		}
		version, err := x.number(ctx, read)
		if err != nil {
			return err
		}
		for i := int(version); i < len(migrations); i++ {
			step := migrations[i]
			_, err := x.ExecContext(ctx, s.dialect.words.Replace(step.statements))
			if err == nil && step.then != nil {
				err = step.then(x, ctx)
			}
			if err != nil {
				return fmt.Errorf("making the tables of version %d: %w", i+1, err)
			}
			if _, err := x.ExecContext(ctx, fmt.Sprintf(write, i+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close closes the history. Of a file it leaves the digest beside it, unless
// another program is writing.
func (s *Store) Close() (err error) {
	s.closing.Do(func() { err = errors.Join(s.seal(), s.closePools()) })
	return err
}

func (s *Store) closePools() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}
