package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
)

// maxLogText bounds each text of an entry.
const maxLogText = 2000

// Log adds an entry to the log of who did what. Entries are chained: the digest
// of one covers those before it, so that none can be changed or taken out
// unnoticed.
func (s *Store) Log(ctx context.Context, e AuditEntry) error {
	if err := s.transact(ctx, func(x *tx) error { return x.log(ctx, e) }); err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

func (x *tx) log(ctx context.Context, e AuditEntry) error {
	var last int64
	var before []byte
	err := x.query(ctx, "SELECT id, digest FROM log ORDER BY id DESC LIMIT 1", nil, func(rows *sql.Rows) error { return rows.Scan(&last, &before) })
	if err != nil {
		return err
	}
	v := values(last+1, e.At, clip(e.Actor), clip(e.Role), clip(e.Action), clip(e.Detail), clip(e.Remote))
	return x.insert(ctx, logTable, append(v, logDigest(before, v)))
}

// logDigest is the digest of an entry without it.
func logDigest(before []byte, entry row) []byte {
	h := sha256.New()
	h.Write(entry.encode(values("tlsaudit/log/v1", before).encode(nil)))
	return h.Sum(nil)
}

// clip shortens text that others sent.
func clip(s string) string {
	if len(s) <= maxLogText {
		return s
	}
	return text(s[:maxLogText]) + "…"
}

// AuditLog implements Reader.
func (s *Store) AuditLog(ctx context.Context, p Page) (entries []AuditEntry, next string, err error) {
	l := &list{store: s, page: p, from: logTable.selection("g"), order: "log", keys: []string{"g.id"}, example: []any{int64(0)}, descending: true}
	next, err = l.fetch(ctx, func(rows *sql.Rows) ([]any, error) {
		v, err := logTable.scan(rows)
		if err != nil {
			return nil, err
		}
		t := logTable
		entries = append(entries, AuditEntry{At: t.time(v, "at"), Actor: t.text(v, "actor"), Role: t.text(v, "role"), Action: t.text(v, "action"), Detail: t.text(v, "detail"), Remote: t.text(v, "remote")})
		return []any{t.int(v, "id")}, nil
	})
	return entries, next, err
}
