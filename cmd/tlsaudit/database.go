package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// databaseVariable names the history where --db does not. A DSN with a password
// belongs there: a command line can be read by every user of the machine.
const databaseVariable = "TLSAUDIT_DB"

func registerDatabase(flags *pflag.FlagSet, dsn *string, about string) {
	flags.StringVar(dsn, "db", "", about+" a `FILE` (SQLite), or postgres://... (default: what the environment variable "+databaseVariable+" says)")
}

// database is the history to use: what --db names, else the environment; empty if
// neither names one. What comes from a file there (a secret of Kubernetes) often
// ends with a line feed, which would become part of a name.
func (a *app) database(flag string) string {
	return cmp.Or(flag, strings.TrimSpace(a.getenv(databaseVariable)))
}

// isDSN tells a database of a server from a file.
func isDSN(dsn string) bool { return history.IsAddress(dsn) }

// databaseName is what messages call a database: a DSN without the user, the
// password and the options.
func databaseName(dsn string) string {
	if !isDSN(dsn) {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		return "the PostgreSQL database"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// quietError is an error told without the secrets of a DSN.
type quietError struct {
	err     error
	secrets []string
	name    string
}

func (q *quietError) Error() string {
	text := q.err.Error()
	for _, s := range q.secrets {
		text = strings.ReplaceAll(text, s, q.name)
	}
	return text
}

func (q *quietError) Unwrap() error { return q.err }

// quieted takes the secrets of a DSN out of an error about it.
func quieted(err error, dsn string) error {
	if err == nil || !isDSN(dsn) {
		return err
	}
	q := &quietError{err: err, name: "xxxxx", secrets: []string{dsn}}
	if u, parse := url.Parse(dsn); parse == nil {
		password, _ := u.User.Password()
		for _, secret := range []string{password, url.QueryEscape(password), u.Query().Get("password"), u.RawQuery} {
			if secret != "" {
				q.secrets = append(q.secrets, secret)
			}
		}
	}
	return q
}

// openHistory opens the history of that name; create lets it be made.
func (a *app) openHistory(ctx context.Context, dsn string, create bool) (*history.Store, error) {
	if dsn == "" {
		return nil, usageError("no history is named", "name its database with --db FILE, or in the environment variable "+databaseVariable)
	}
	if !isDSN(dsn) {
		if err := placeOfDatabase(dsn, create); err != nil {
			return nil, err
		}
	}
	s, err := history.Open(ctx, dsn)
	if err != nil {
		return nil, quieted(err, dsn)
	}
	return s, nil
}

// placeOfDatabase refuses a file that cannot be a database, before a driver says
// so in its own words.
func placeOfDatabase(path string, create bool) error {
	place := audit.Place{File: path}
	if strings.Contains(path, "://") {
		scheme, _, _ := strings.Cut(path, "://")
		return usageError(fmt.Sprintf("--db: %s:// is no database that is known", scheme), "name a file, or write postgres://user@host/database")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return &audit.InputError{Place: place, Cause: "the history is a directory", Hint: "name a file in it, such as --db " + shellWord(filepath.Join(path, "audits.db"))}
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return cannotRead(path, err)
	case !create:
		return &audit.InputError{Place: place, Cause: "there is no such history", Hint: "tlsaudit audit --db " + shellWord(path) + " ... begins one, and so does tlsaudit history import"}
	}
	if dir := filepath.Dir(path); !isDirectory(dir) {
		return &audit.InputError{Place: place, Cause: dir + " is not a directory", Hint: "mkdir -p " + shellWord(dir)}
	}
	return nil
}
