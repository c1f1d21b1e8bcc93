package history_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// behind changes a database behind the program's back.
func behind(t testing.TB, dsn, statement string) {
	t.Helper()
	driver, address := "sqlite", "file:"+dsn
	if strings.Contains(dsn, "://") {
		driver, address = "pgx", dsn
	}
	db := must(sql.Open(driver, address))(t)
	defer db.Close()
	if n, err := must(db.Exec(statement))(t).RowsAffected(); err != nil || n == 0 && !strings.HasPrefix(statement, "CREATE") {
		t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
}

// testTakenOut: rows that are taken out or put in are noticed, whichever they are,
// also where no seal tells of it, and still when more was written.
func testTakenOut(t *testing.T, where place) {
	for name, statement := range map[string]string{
		"all of the log":        "DELETE FROM log",
		"the end of the log":    "DELETE FROM log WHERE id = (SELECT MAX(id) FROM log)",
		"a certificate content": "DELETE FROM object WHERE id = (SELECT MAX(o.id) FROM object AS o WHERE o.kind = 4 AND NOT EXISTS (SELECT 1 FROM object AS p WHERE p.base = o.id))",
		"what uses contents":    "DELETE FROM uses",
		"what was staged":       "DELETE FROM staging",
		"a run broken off":      "DELETE FROM run WHERE state = 'incomplete'",
		"claims":                "DELETE FROM claim",
		"a slot":                "DELETE FROM slot",
		"who presents":          "DELETE FROM presents",
		"findings":              "DELETE FROM finding",
		"one put in":            "INSERT INTO claim SELECT 'x' || name, at, sum FROM claim",
		"a tally":               "DELETE FROM tally WHERE name = 'claim'",
	} {
		t.Run(name, func(t *testing.T) {
			dsn := where(t)
			s := opened(t, dsn)
			ctx := t.Context()
			if err := historytest.Fill(ctx, s, 3, 8, 11); err != nil {
				t.Fatal(err)
			}
			for _, actor := range []string{"anna", "otto"} {
				if err := s.Log(ctx, history.AuditEntry{At: historytest.FirstNight, Actor: actor}); err != nil {
					t.Fatal(err)
				}
				must(s.Claim(ctx, actor, historytest.FirstNight))(t)
			}
			must(s.TakeSlot(ctx, "nightly", historytest.FirstNight))(t)
			w := must(s.Begin(ctx, history.Run{Started: historytest.Night(3)}))(t)
			if err := errors.Join(w.Observe(ctx, historytest.New(1, 1).Observation(0, 0)), w.Abandon(ctx, "cut short")); err != nil {
				t.Fatal(err)
			}
			if v := must(s.Verify(ctx, ""))(t); len(v.Damage) > 0 {
				t.Fatal(v.Damage)
			}
			behind(t, dsn, statement)
			if v := must(s.Verify(ctx, ""))(t); len(v.Damage) == 0 {
				t.Fatal("not found")
			}
			must(s.TakeSlot(ctx, "hourly", historytest.FirstNight))(t)
			if v := must(s.Verify(ctx, ""))(t); len(v.Damage) == 0 {
				t.Error("not found any more when more was written")
			}
		})
	}
}

// testLaundered: the next run does not build upon a row that is damaged, and so
// does not write a right sum over it.
func testLaundered(t *testing.T, where place) {
	for name, statement := range map[string]string{
		"a finding":     "UPDATE finding SET first_seen = first_seen - 31536000000000",
		"a subject":     "UPDATE subject SET first_seen = first_seen - 31536000000000",
		"a certificate": "UPDATE certificate SET not_after = not_after + 31536000000000",
	} {
		t.Run(name, func(t *testing.T) {
			dsn := where(t)
			s := opened(t, dsn)
			keep(t, s, 0, small(0, "a.example.com tls aa R1=fail"))
			behind(t, dsn, statement)
			w := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(1)}))(t)
			_, err := w.Finish(t.Context(), small(1, "a.example.com tls aa bb R1=fail!", "b.example.com tls aa"), 0)
			if damage := new(history.DamageError); !errors.As(err, &damage) {
				t.Errorf("it is built upon: %v", err)
			}
			if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) == 0 {
				t.Error("the damage is gone")
			}
		})
	}
}

// testPruneDamaged: nothing is removed for want of what was taken out, nor where a
// run is not as it was written.
func testPruneDamaged(t *testing.T, where place) {
	for name, statement := range map[string]string{
		"what uses contents": "DELETE FROM uses",
		"a change":           "UPDATE change SET text = 'nothing' WHERE run = 1",
	} {
		t.Run(name, func(t *testing.T) {
			dsn := where(t)
			s := opened(t, dsn)
			if err := historytest.Fill(t.Context(), s, 4, 8, 3); err != nil {
				t.Fatal(err)
			}
			behind(t, dsn, statement)
			p, err := s.Prune(t.Context(), history.Retention{Runs: 2}, historytest.Night(4))
			if damage := new(history.DamageError); !errors.As(err, &damage) {
				t.Errorf("%+v, %v", p, err)
			}
			for _, err := range must(s.Report(t.Context(), "latest"))(t).Records.BySubject() {
				if err != nil {
					t.Fatal("and it is gone:", err)
				}
			}
		})
	}
}

// testCancelled: a run that cannot be finished since its context ended is marked.
func testCancelled(t *testing.T, where place) {
	s := opened(t, where(t))
	w := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(0)}))(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Finish(ctx, small(0, "a.example.com tls R1=fail"), 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if run := must(s.Run(t.Context(), w.ID()))(t); run.State != history.Incomplete {
		t.Errorf("%+v", run)
	}
}

// testWaits: a writer does not wait for ever for another one that does not end.
func testWaits(t *testing.T, where place) {
	dsn := where(t)
	s := opened(t, dsn)
	w := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(0)}))(t)
	driver, address, hold := "sqlite", "file:"+dsn, "BEGIN IMMEDIATE"
	if strings.Contains(dsn, "://") {
		driver, address, hold = "pgx", dsn, "SELECT pg_advisory_lock(7308613580417263981)"
	}
	db := must(sql.Open(driver, address))(t)
	defer db.Close()
	c := must(db.Conn(t.Context()))(t)
	defer c.Close()
	must(c.ExecContext(t.Context(), hold))(t)
	if err := w.Observe(t.Context(), historytest.New(1, 1).Observation(0, 0)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		_, err := w.Finish(ctx, small(0, "a.example.com tls R1=fail"), 0)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it was kept while another program was writing")
		}
		t.Logf("it gave up after %v: %v", time.Since(began), err)
	case <-time.After(40 * time.Second):
		t.Fatal("it waits for ever")
	}
}

// TestDamagedBeforeOpening: what was changed such that it does not look like a
// history any more is told as what it is, if there is a seal.
func TestDamagedBeforeOpening(t *testing.T) {
	file := filled(t, 2, 2)
	content := must(os.ReadFile(file))(t)
	for name, harm := range map[string]func([]byte) []byte{
		"its beginning":   func(b []byte) []byte { b[0] ^= 1; return b },
		"a newer version": func(b []byte) []byte { b[60] ^= 1; return b },
		"an older one":    func(b []byte) []byte { b[63] = 1; return b },
		"of another":      func(b []byte) []byte { b[68] ^= 1; return b },
		"cut off":         func(b []byte) []byte { return b[:len(b)/2] },
		"empty":           func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			copied := filepath.Join(t.TempDir(), filepath.Base(file))
			if err := errors.Join(os.WriteFile(copied, harm(append([]byte(nil), content...)), 0o600), os.WriteFile(copied+".digest", must(os.ReadFile(file+".digest"))(t), 0o600)); err != nil {
				t.Fatal(err)
			}
			s, err := history.Open(t.Context(), copied)
			if err == nil {
				if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) == 0 {
					t.Error("not found")
				}
				_ = s.Close()
				return
			}
			if damage := new(history.DamageError); !errors.As(err, &damage) || strings.Contains(err.Error(), "newer version of the program") {
				t.Error(err)
			}
			if _, err := os.Stat(copied + ".digest"); err != nil {
				t.Error("the seal that tells of it is gone:", err)
			}
		})
	}
}
