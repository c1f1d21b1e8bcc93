//go:build interop

package history_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
)

// postgres starts a server of its own and returns a place that makes databases in
// it. The program refuses to run as root.
func postgres(t *testing.T) place {
	t.Helper()
	bin, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bin) == 0 {
		t.Fatal("postgresql is not installed: the interop tests need it (see .ci/run)")
	}
	dir, err := os.MkdirTemp("", "history-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	as := func(args ...string) *exec.Cmd {
		if os.Geteuid() == 0 {
			args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"}, args...)
		}
		c := exec.Command(args[0], args[1:]...)
		c.Dir = dir
		return c
	}
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chown", "postgres", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := as(filepath.Join(bin[0], "initdb"), "-N", "-U", "tester", "-A", "trust", "-E", "UTF8", "-D", data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ports, err := fixtures.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	port := ports[0]
	server := as(filepath.Join(bin[0], "postgres"), "-D", data, "-p", fmt.Sprint(port), "-h", "127.0.0.1", "-k", dir, "-c", "fsync=off")
	var said strings.Builder
	server.Stderr, server.Stdout = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	address := func(name string) string { return fmt.Sprintf("postgres://tester@127.0.0.1:%d/%s", port, name) }
	var admin *sql.DB
	for range 300 {
		if admin, err = sql.Open("pgx", address("postgres")); err == nil {
			if err = admin.PingContext(t.Context()); err == nil {
				break
			}
			_ = admin.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Cleanup(func() { _ = admin.Close() })
	n := 0
	return func(t testing.TB) string {
		n++
		name := fmt.Sprintf("history%d", n)
		if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		return address(name)
	}
}

// TestPostgreSQL holds a real server to the contract that files keep.
func TestPostgreSQL(t *testing.T) {
	where := postgres(t)
	for name, test := range contract {
		t.Run(name, func(t *testing.T) { test(t, where) })
	}
	t.Run("newer", func(t *testing.T) {
		dsn := where(t)
		if err := must(history.Open(t.Context(), dsn))(t).Close(); err != nil {
			t.Fatal(err)
		}
		db := must(sql.Open("pgx", dsn))(t)
		must(db.Exec("INSERT INTO tlsaudit_version (version) VALUES (99)"))(t)
		_ = db.Close()
		input := new(audit.InputError)
		if _, err := history.Open(t.Context(), dsn); !errors.As(err, &input) || !strings.Contains(err.Error(), "newer version") {
			t.Error(err)
		}
	})
	t.Run("damage", func(t *testing.T) {
		dsn := where(t)
		s := opened(t, dsn)
		keep(t, s, 0, small(0, "a.example.com tls R1=fail"))
		db := must(sql.Open("pgx", dsn))(t)
		must(db.Exec("UPDATE finding SET message = 'it is nothing'"))(t)
		_ = db.Close()
		if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) == 0 {
			t.Error("not found")
		}
	})
}
