//go:build interop

package history_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"tlsaudit/internal/history"
)

// TestMigratePostgres: a database of the first version is brought up to date in
// PostgreSQL as well.
func TestMigratePostgres(t *testing.T) {
	dsn := postgres(t)(t)
	from, to := must(sql.Open("sqlite", "file:"+first(t)))(t), must(sql.Open("pgx", dsn))(t)
	defer from.Close()
	defer to.Close()
	must(to.Exec(history.FirstSchema))(t)
	tx := must(to.Begin())(t) // the rows of a table may name those of one that follows
	names := must(from.Query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"))(t)
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, table := range tables {
		rows := must(from.Query("SELECT * FROM " + table))(t)
		columns := must(rows.Columns())(t)
		var places []string
		for i := range columns {
			places = append(places, fmt.Sprintf("$%d", i+1))
		}
		for rows.Next() {
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			for i := range values {
				if values[i] == nil {
					values[i] = []byte{}
				}
			}
			must(tx.Exec("INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(places, ", ")+")", values...))(t)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	migrated(t, opened(t, dsn))
}
