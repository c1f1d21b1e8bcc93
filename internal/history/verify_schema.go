package history

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
)

// schema looks for what would act upon rows behind the program's back, and in a file
// for anything in its definitions that the program did not write.
func (v *verifier) schema(ctx context.Context) error {
	if v.store.source.file == "" {
		return v.query(ctx, postgresActors, nil, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			if err == nil {
				v.damaged("the database has the trigger or rule %q, which this program did not make", name)
			}
			return err
		})
	}
	made, err := madeSchema(ctx)
	if err != nil {
		return err
	}
	there := definitions{}
	if err := v.query(ctx, there.statement(), nil, there.add); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if there[name] != made[name] {
			v.damaged("the %s is not defined as this program did", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if _, ours := made[name]; !ours {
			v.damaged("the %s is not of this program", name)
		}
	}
	return nil
}

// postgresActors lists what changes rows by itself: there is to be none.
const postgresActors = "SELECT t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace " +
	"WHERE NOT t.tgisinternal AND n.nspname = current_schema() UNION ALL SELECT rulename FROM pg_rules WHERE schemaname = current_schema()"

// definitions are the statements that made tables and indexes, by what they made.
type definitions map[string]string

// statement reads them, but for what ANALYZE leaves behind.
func (definitions) statement() string {
	return "SELECT type || ' ' || name, COALESCE(sql, '') || ' of ' || tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_stat%' ESCAPE '!'"
}

func (d definitions) add(rows *sql.Rows) error {
	var name, by string
	err := rows.Scan(&name, &by)
	d[name] = by
	return err
}

// madeSchema is what the migrations make of an empty file.
func madeSchema(ctx context.Context) (made definitions, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	for _, step := range migrations {
		if _, err := db.ExecContext(ctx, sqliteDialect.words.Replace(step.statements)); err != nil {
			return nil, err
		}
	}
	made = definitions{}
	rows, err := db.QueryContext(ctx, made.statement())
	if err != nil {
		return nil, err
	}
	return made, eachRow(rows, made.add)
}
