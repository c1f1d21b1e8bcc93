package history

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// row holds the values of one row, without the sum: int64, string or []byte.
type row []any

// values makes a row of what a table can hold. Text is made such that both
// databases can keep it: PostgreSQL takes neither a zero character nor bytes
// that are no UTF-8.
func values(list ...any) row {
	r := make(row, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case int:
			r[i] = int64(v)
		case int64:
			r[i] = v
		case bool:
			r[i] = int64(0)
			if v {
				r[i] = int64(1)
			}
		case time.Time:
			r[i] = micros(v)
		case string:
			r[i] = text(v)
		case []byte:
			if v == nil {
				v = []byte{}
			}
			r[i] = v
		default:
			panic(fmt.Sprintf("a %T is nothing a table holds", v))
		}
	}
	return r
}

// text is text as tables hold it.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// micros is a time as tables hold it; the zero time is itself again when it is
// read.
func micros(t time.Time) int64 { return t.UnixMicro() }

// moment is the time that micros made a number of.
func moment(n int64) time.Time {
	t := time.UnixMicro(n).UTC()
	if t.IsZero() {
		return time.Time{}
	}
	return t
}

// encode appends the values of a row such that no two rows look alike.
func (r row) encode(b []byte) []byte {
	for _, v := range r {
		switch v := v.(type) {
		case int64:
			b = binary.AppendVarint(append(b, 'i'), v)
		case string:
			b = append(binary.AppendUvarint(append(b, 's'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, 'b'), uint64(len(v))), v...)
		default:
			b = fmt.Appendf(append(b, '?'), "%T %v", v, v)
		}
	}
	return b
}

// sum is the beginning of the digest of a row, with the name of its table: a row
// is told from one of another table.
func (t *table) sum(r row) int64 {
	digest := sha256.Sum256(r.encode(append(make([]byte, 0, 512), t.name...)))
	return int64(binary.BigEndian.Uint64(digest[:8]))
}

// insertion is the statement that inserts a row.
func (t *table) insertion() string {
	return "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ", sum) VALUES (?" + strings.Repeat(", ?", len(t.columns)) + ")"
}

// replacement is the statement that inserts a row, or puts it in the place of the
// one with its key. A condition, if there is one, must hold for the latter.
func (t *table) replacement(condition string) string {
	var b strings.Builder
	b.WriteString(t.insertion() + " ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO UPDATE SET ")
	for _, c := range t.columns[t.keys:] {
		b.WriteString(c + " = excluded." + c + ", ")
	}
	b.WriteString("sum = excluded.sum")
	if condition != "" {
		b.WriteString(" WHERE " + condition)
	}
	return b.String()
}

// parameters are the values of a row as a statement takes them.
func (t *table) parameters(r row) []any {
	return append(append(make([]any, 0, len(r)+1), r...), t.sum(r))
}

// selection begins a statement that reads rows of a table, called by a name.
func (t *table) selection(as string) string {
	return "SELECT " + t.list(as) + " FROM " + t.name + " AS " + as
}

// list names the columns of a table that is called by a name, the sum last.
func (t *table) list(as string) string {
	return as + "." + strings.Join(t.columns, ", "+as+".") + ", " + as + ".sum"
}

// scan reads the columns of one row of a table, and what comes behind them, and
// holds the row against its sum: what is built upon a row that changed by itself
// would hide that it did.
func (t *table) scan(rows *sql.Rows, more ...any) (row, error) {
	r, sum, err := t.read(rows, more...)
	if err == nil && sum != t.sum(r) {
		return nil, &DamageError{What: "a row of the table " + t.name + " is not as it was written"}
	}
	return r, err
}

// read reads the columns and the sum of one row, whether or not they agree.
func (t *table) read(rows *sql.Rows, more ...any) (r row, sum any, err error) {
	r = make(row, len(t.columns))
	to := make([]any, 0, len(r)+1+len(more))
	for i := range r {
		to = append(to, &r[i])
	}
	if err := rows.Scan(append(append(to, &sum), more...)...); err != nil {
		return nil, nil, err
	}
	for i, v := range r {
		if b, is := v.([]byte); is && b == nil || v == nil { // an empty blob may be read as either
			r[i] = []byte{}
		}
	}
	return r, sum, nil
}

// The values of a row are read by the names of their columns. Who reads a row
// asks for the kind the column has; the database holds nothing else, or it is
// damaged, and then the zero value is what Verify finds to be wrong.

func (t *table) int(r row, column string) int64 {
	n, _ := r[t.column(column)].(int64)
	return n
}

func (t *table) text(r row, column string) string {
	s, _ := r[t.column(column)].(string)
	return s
}

func (t *table) bytes(r row, column string) []byte {
	b, _ := r[t.column(column)].([]byte)
	return b
}

func (t *table) time(r row, column string) time.Time { return moment(t.int(r, column)) }
