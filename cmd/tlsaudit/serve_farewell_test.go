package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// TestServeFarewell stops the program while somebody downloads a report: it comes
// whole, within the ten seconds there are for it.
func TestServeFarewell(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "audits.db")
	store, err := history.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := historytest.Fill(t.Context(), store, 1, 500, 1); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	r := startServe(t, dir, "--db", db, "--listen", "127.0.0.1:0")
	answer, err := http.Get(r.url + "/runs/latest/download/json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	in := bufio.NewReader(answer.Body)
	if _, err := in.Peek(1000); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop(syscall.SIGTERM) }()
	time.Sleep(500 * time.Millisecond) // more than socket buffers hold is still to come
	text, err := io.ReadAll(in)
	var report audit.Report
	if bad := json.Unmarshal(text, &report); err != nil || bad != nil || report.Summary.Subjects != historytest.New(500, 1).Report(0).Summary.Subjects {
		t.Errorf("%d bytes came, %v, %v", len(text), err, bad)
	}
	if len(text) < 5<<20 {
		t.Errorf("a report of %d bytes proves nothing", len(text))
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
