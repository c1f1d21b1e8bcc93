package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// TestHistoryVerify: it says whether the file was compared, and with what was noted;
// damage that keeps the file from being opened is damage, too.
func TestHistoryVerify(t *testing.T) {
	r := newRecorded(t)
	if code, _, stderr := r.run("audit", "-q", "--depth", "quick", "--ca", r.ca, r.target); code != exitCompliant {
		t.Fatal(code, stderr)
	}
	verified := func(want int, args ...string) string {
		t.Helper()
		code, stdout, stderr := r.run(append([]string{"history", "verify"}, args...)...)
		if code != want {
			t.Fatalf("%v: %d: %s%s", args, code, stdout, stderr)
		}
		return stdout + stderr
	}
	said := verified(exitCompliant)
	if !strings.Contains(said, "compared byte by byte") || !strings.Contains(said, "not compared with a digest noted elsewhere") {
		t.Error(said)
	}
	_, noted, _ := strings.Cut(said, "Digest:")
	noted = strings.TrimSpace(noted)
	if said := verified(exitCompliant, "--digest", noted); !strings.Contains(said, "all of it is as it was when the digest was noted") {
		t.Error(said)
	}
	if said := verified(exitFindings, "--digest", strings.Repeat("0", 64)); !strings.Contains(said, "nothing here has the digest") {
		t.Error(said)
	}
	verified(exitUsage, "--digest", "latest")
	if said := verified(exitCompliant, "--digest", r.runs()[0].Digest); !strings.Contains(said, "the runs up to "+r.runs()[0].ID) {
		t.Error(said)
	}
	content, err := os.ReadFile(r.database)
	if err != nil {
		t.Fatal(err)
	}
	content[0] ^= 1
	if err := os.WriteFile(r.database, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := verified(exitFindings); !strings.Contains(said, "DAMAGED   the file was changed since it was closed") || strings.Contains(said, "hint") {
		t.Error(said)
	}
	if code, _, stderr := r.run("history", "runs"); code != exitInternal || !strings.Contains(stderr, "restore") {
		t.Errorf("%d: %s", code, stderr)
	}
	if err := os.Remove(r.database + ".digest"); err != nil {
		t.Fatal(err)
	}
	verified(exitUsage) // nothing tells it from a file that never was one
}

// TestDatabaseFailed: a database that fails is no fault of the command line, whatever
// there is to be done about it.
func TestDatabaseFailed(t *testing.T) {
	full := fmt.Errorf("beginning a run: %w", &audit.InputError{Cause: "the disk is full", Hint: "make room", Err: history.ErrFailed})
	for err, want := range map[error]int{full: exitInternal, quieted(full, "postgres://x/y"): exitInternal, withCode(exitBusy, full): exitBusy} {
		if got := codeOf(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

// TestDatabaseKeywords: an address that is written as PostgreSQL's own programs take
// it is refused, and makes no file that bears its password.
func TestDatabaseKeywords(t *testing.T) {
	r := newRecorded(t)
	t.Chdir(t.TempDir())
	for _, dsn := range []string{"host=db.example.com user=auditor password=hunter2 dbname=audits", "password=hunter2", "postgres:/auditor:hunter2@db.example.com/audits"} {
		for _, args := range [][]string{{"audit", "--db", dsn, r.target}, {"history", "runs", "--db", dsn}, {"history", "verify", "--db", dsn}} {
			code, stdout, stderr := r.run(args...)
			if code != exitUsage || strings.Contains(stdout+stderr, "hunter2") || strings.Contains(stdout+stderr, "auditor") || !strings.Contains(stderr, "postgres://") {
				t.Errorf("%v: %d: %s%s", args, code, stdout, stderr)
			}
		}
	}
	if files, err := filepath.Glob("*"); err != nil || len(files) > 0 {
		t.Errorf("made: %q %v", files, err)
	}
}
