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
	// foreign lists what changes rows by itself: there is to be none.
	foreign string
}

// The databases. Text is compared by its bytes in both.
var (
	sqliteDialect = &dialect{
		name:  "SQLite",
		words: strings.NewReplacer("{int}", "INTEGER NOT NULL", "{id}", "INTEGER NOT NULL PRIMARY KEY", "{text}", "TEXT NOT NULL", "{blob}", "BLOB NOT NULL", "{rowid}", " STRICT", "{rowless}", " STRICT, WITHOUT ROWID"),
		now:   "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",

		foreign: "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
	}
	postgresDialect = &dialect{
		name:     "PostgreSQL",
		words:    strings.NewReplacer("{int}", "BIGINT NOT NULL", "{id}", "BIGINT NOT NULL PRIMARY KEY", "{text}", `TEXT COLLATE "C" NOT NULL`, "{blob}", "BYTEA NOT NULL", "{rowid}", "", "{rowless}", ""),
		numbered: true,
		now:      "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		lock:     "SELECT pg_advisory_xact_lock(7308613580417263981)",
		foreign: "SELECT tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema() " +
			"UNION ALL SELECT rulename FROM pg_rules WHERE schemaname = current_schema()",
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
