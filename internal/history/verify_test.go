package history_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// filled makes the file of a closed history that has something of everything.
func filled(t testing.TB, nights, endpoints int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "history.db")
	fill(t, must(history.Open(t.Context(), file))(t), nights, endpoints)
	return file
}

// fill writes something of everything into a history, and closes it.
func fill(t testing.TB, s *history.Store, nights, endpoints int) {
	t.Helper()
	ctx, now := t.Context(), historytest.FirstNight
	if err := historytest.Fill(ctx, s, nights, endpoints, 11); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := s.Log(ctx, history.AuditEntry{At: now.Add(time.Duration(i) * time.Minute), Actor: "anna", Role: "operator", Action: "audit", Detail: strings.Repeat("x", i*20), Remote: "127.0.0.1"}); err != nil {
			t.Fatal(err)
		}
		must(s.Claim(ctx, fmt.Sprint("message ", i), now))(t)
	}
	must(s.TakeSlot(ctx, "nightly", now))(t)
	if err := s.Acquire(ctx, "nightly", "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	w := must(s.Begin(ctx, history.Run{Started: historytest.Night(nights)}))(t)
	if err := w.Observe(ctx, historytest.New(1, 1).Observation(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Abandon(ctx, "cut short"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// dump is the digest of all rows of all tables as they are read.
func dump(file string) (string, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=query_only(1)")
	if err != nil {
		return "", err
	}
	defer db.Close()
	h := sha256.New()
	all := func(statement string) error {
		rows, err := db.Query(statement)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			values := make([]any, len(columns))
			to := make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := rows.Scan(to...); err != nil {
				return err
			}
			fmt.Fprintf(h, "%#v\n", values)
		}
		return rows.Err()
	}
	for _, t := range []string{"sqlite_schema", "link", "run", "heartbeat", "staging", "object", "uses", "subject", "result", "rule", "finding", "change", "rule_count", "system_count", "certificate", "presents", "remains", "tally", "lease", "slot", "claim", "log"} {
		if err := all("SELECT * FROM " + t); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// examine opens and verifies a file, and says what is wrong with it; empty if
// nothing was found.
func examine(t testing.TB, file string) string {
	s, err := history.Open(t.Context(), file)
	if err != nil {
		return "open: " + err.Error()
	}
	defer s.Close()
	v, err := s.Verify(t.Context(), "")
	if err != nil {
		return "verify: " + err.Error()
	}
	return strings.Join(v.Damage, "\n")
}

// places picks bytes of a file, some of every kind of page there is and others
// anywhere.
func places(t testing.TB, content []byte, each, anywhere int) []int {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	size := int(binary.BigEndian.Uint16(content[16:]))
	kinds := map[byte][]int{}
	for at := 0; at < len(content); at += size {
		kind := content[at]
		if at == 0 {
			kind = content[100]
		}
		if !slices.Contains([]byte{2, 5, 10, 13}, kind) || at == size { // the second page maps the others; other kinds are what overflows
			kind = 0
		}
		kinds[kind] = append(kinds[kind], at)
	}
	var list []int
	for kind, pages := range kinds {
		if len(pages) == 0 {
			t.Fatal(kind)
		}
		for range each {
			page := pages[r.IntN(len(pages))]
			list = append(list, page+r.IntN(16), page+r.IntN(size)) // heads of pages are small, and matter
		}
	}
	for range anywhere {
		list = append(list, r.IntN(len(content)))
	}
	for at := range 100 { // the head of the file
		if at%7 == 0 {
			list = append(list, at)
		}
	}
	if len(kinds) < 5 {
		t.Errorf("only %d kinds of pages", len(kinds))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestFlippedBytes flips bytes of a closed history, one at a time. With its
// digest beside it Verify finds every one. Without, it finds every one that
// changes what any row holds: where it finds nothing, all rows are read as they
// were.
func TestFlippedBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	s := must(history.Open(t.Context(), file))(t)
	keep(t, s, 0, small(0, "left.example.com tls aa R1=fail", "host00000.example.com tls bb R1=fail"))
	fill(t, s, 6, 12)
	s = must(history.Open(t.Context(), file))(t)
	if p := must(s.Prune(t.Context(), history.Retention{Runs: 6}, historytest.Night(7)))(t); p.Runs != 1 || p.Results != 1 {
		t.Fatalf("%+v", p)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, seal := must(os.ReadFile(file))(t), must(os.ReadFile(file+".digest"))(t)
	whole := must(dump(file))(t)
	if wrong := examine(t, file); wrong != "" {
		t.Fatal(wrong)
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, filepath.Base(file))
	found, room := 0, 0
	list := places(t, content, 20, 60)
	for _, at := range list {
		flipped := slices.Clone(content)
		flipped[at] ^= 1 << (at % 8)
		fresh := func(sealed bool) {
			for _, end := range []string{"-wal", "-shm", ".digest"} {
				_ = os.Remove(copied + end)
			}
			if err := os.WriteFile(copied, flipped, 0o600); err != nil {
				t.Fatal(err)
			}
			if sealed {
				if err := os.WriteFile(copied+".digest", seal, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		fresh(true)
		if examine(t, copied) == "" {
			t.Errorf("byte %d: not found, with the digest", at)
		}
		fresh(false)
		if examine(t, copied) != "" {
			found++
			continue
		}
		room++
		fresh(false)
		if again, err := dump(copied); err != nil || again != whole {
			t.Errorf("byte %d (page %d, %d in it): not found, and rows are read otherwise: %v", at, at/4096+1, at%4096, err)
		}
	}
	t.Logf("%d bytes of %d flipped: with the digest all were found; without, %d by the rows, and %d in room that holds none", len(list), len(content), found, room)
	if found == 0 {
		t.Error("the rows alone find nothing")
	}
}

// TestTampered: rows that were changed with their sums are found by the chain.
func TestTampered(t *testing.T) {
	for name, statement := range map[string]string{
		"a result is taken out":  "DELETE FROM result WHERE run = 2 AND subject = (SELECT MIN(subject) FROM result WHERE run = 2)",
		"a change is taken out":  "DELETE FROM change WHERE run = 1 AND number = 1",
		"a run is taken out":     "DELETE FROM run WHERE seq = 2",
		"a link is taken out":    "DELETE FROM link WHERE seq = 2",
		"the log is cut":         "DELETE FROM log WHERE id = 5",
		"a count is another":     "UPDATE system_count SET fail = fail + 1 WHERE run = 1",
		"a content is taken out": "DELETE FROM object WHERE id = (SELECT MAX(facts) FROM result)",
		"a subject is taken out": "DELETE FROM subject WHERE id = 1",
	} {
		t.Run(name, func(t *testing.T) {
			file := filled(t, 3, 4)
			db := must(sql.Open("sqlite", "file:"+file))(t)
			if result, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			} else if n, err := result.RowsAffected(); err != nil || n == 0 {
				t.Fatal(n, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(file + ".digest"); err != nil {
				t.Fatal(err)
			}
			if wrong := examine(t, file); wrong == "" {
				t.Error("not found")
			}
		})
	}
}
