package history

import (
	"strconv"
	"strings"
)

// dialect is what the two databases do not agree about. Statements are written
// with "?" for values and with the words in braces of words.
type dialect struct {
	name string
	// words replaces {blob} and the like in the statements that make tables.
	words *strings.Replacer
	// numbered: values are called $1, $2 and so on.
	numbered bool
	// now is the clock of the database in microseconds since 1970.
	now string
	// lock is run first in a transaction that writes, where the database does not
	// let one writer in at a time by itself.
	lock string
}

// The databases. Text is compared by its bytes in both.
var (
	sqliteDialect = &dialect{
		name:  "SQLite",
		words: strings.NewReplacer("{int}", "INTEGER NOT NULL", "{id}", "INTEGER NOT NULL PRIMARY KEY", "{text}", "TEXT NOT NULL", "{blob}", "BLOB NOT NULL", "{rowid}", " STRICT", "{rowless}", " STRICT, WITHOUT ROWID"),
		now:   "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	}
	postgresDialect = &dialect{
		name:     "PostgreSQL",
		words:    strings.NewReplacer("{int}", "BIGINT NOT NULL", "{id}", "BIGINT NOT NULL PRIMARY KEY", "{text}", `TEXT COLLATE "C" NOT NULL`, "{blob}", "BYTEA NOT NULL", "{rowid}", "", "{rowless}", ""),
		numbered: true,
		now:      "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		// A writer waits for another as long as one of a file does, and one that hangs in
		// the middle of its transaction does not keep the others out for ever.
		lock: "SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '2min'; SELECT pg_advisory_xact_lock(7308613580417263981)",
	}
)

// rebind writes a statement in the way of the database. No statement holds a
// question mark that does not stand for a value.
func (d *dialect) rebind(statement string) string {
	if !d.numbered {
		return statement
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(statement, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}
