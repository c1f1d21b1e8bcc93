package history

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"tlsaudit/audit"
)

// source is where a history is kept: a file, or a PostgreSQL database.
type source struct {
	// file is the path of the SQLite file; empty for PostgreSQL.
	file string
	// postgres is the DSN. It may hold a password and is never shown.
	postgres *pgx.ConnConfig
}

// maxDSN bounds a DSN, which is a path or a URL.
const maxDSN = 4096

// keywords is how PostgreSQL's own programs take an address: host=... password=...
var keywords = regexp.MustCompile(`(?i)(^|\s)(host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*=`)

// IsAddress reports whether the name of a history is meant for the address of a
// database, which may hold a password, and not for a file.
func IsAddress(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres:") || strings.HasPrefix(dsn, "postgresql:") || keywords.MatchString(dsn)
}

// parseDSN reads the name of a history. What begins with a scheme other than
// those of PostgreSQL is refused, so that a slip does not make a file called
// "mysql:".
func parseDSN(dsn string) (source, error) {
	fault := func(cause string) (source, error) {
		return source{}, &audit.InputError{Cause: cause, Hint: "name a file, such as history.db, or a database, such as postgres://user@localhost/tlsaudit"}
	}
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "":
		return fault("the name of the history is empty")
	case len(dsn) > maxDSN:
		return fault("the name of the history is too long")
	case strings.ContainsRune(dsn, 0):
		return fault("the name of the history holds a zero byte")
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		c, err := pgx.ParseConfig(dsn)
		if err != nil { // its text quotes the DSN
			return fault("the address of the PostgreSQL database cannot be read")
		}
		return source{postgres: c}, nil
	case IsAddress(dsn):
		// As the name of a file it would be on the disk, with its password.
		return fault("the address of a PostgreSQL database is written as a URL, and this is none")
	case isURL:
		return fault("the history is a file or a PostgreSQL database, and this is neither")
	case strings.HasPrefix(dsn, "file:") || strings.Contains(dsn, ":memory:"):
		return fault("the history is named by the plain path of a file")
	}
	return source{file: filepath.Clean(dsn)}, nil
}

// String names the history in messages, without a password.
func (s source) String() string {
	if s.file != "" {
		return s.file
	}
	return "postgres://" + s.postgres.Host + "/" + s.postgres.Database
}

// sqliteDSN is what the driver is asked to open: waiting for others instead of
// failing at once, foreign keys held, and every commit on the disk before it is
// reported. FULL and not NORMAL: after a power failure NORMAL may have lost the
// last commits, and with them a claim whose message was sent, or a run that was
// told to be kept. There are few commits, so that one flush each costs little. A
// new file is made such that freed pages can be given back (auto_vacuum 2); that
// is not said to one that is there, in which it would be written again.
func (s source) sqliteDSN(write, fresh bool) string {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "foreign_keys(1)", "synchronous(FULL)", "trusted_schema(0)", "cell_size_check(1)"}}
	if fresh {
		q.Add("_pragma", "auto_vacuum(2)")
	}
	if write {
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "journal_mode(WAL)")
	} else {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-16000)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: s.file}).EscapedPath(), RawQuery: q.Encode()}).String()
}
