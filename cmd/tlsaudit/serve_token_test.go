package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/access"
)

// TestServeTokenBound: of what is no file of tokens by its size no more is read
// than a file of tokens may have, and it stays as it is.
func TestServeTokenBound(t *testing.T) {
	const size = 64 << 20
	name := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	a := &app{stdout: io.Discard, stderr: io.Discard, now: time.Now}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := a.serveToken("alice", access.Viewer, name, 0)
	runtime.ReadMemStats(&after)
	if input := (*audit.InputError)(nil); !errors.As(err, &input) || !strings.Contains(input.Cause, "larger than 262144 bytes") || input.Place.File != name {
		t.Errorf("%v", err)
	}
	if read := after.TotalAlloc - before.TotalAlloc; read > size/2 {
		t.Errorf("%d bytes were taken for it", read)
	}
	if info, err := os.Stat(name); err != nil || info.Size() != size {
		t.Errorf("%+v, %v", info, err)
	}
}
