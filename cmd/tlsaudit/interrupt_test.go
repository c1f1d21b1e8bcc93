package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/attest"
)

// TestInterrupt ends a run that would wait long for a server that never
// answers: the program leaves soon, with the signal's exit code and a valid
// report that says it is incomplete.
func TestInterrupt(t *testing.T) {
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: exitInterrupted, syscall.SIGTERM: exitTerminated} {
		t.Run(signal.String(), func(t *testing.T) {
			accepted := make(chan struct{}, 64)
			port := stall(t, accepted)
			path := filepath.Join(t.TempDir(), "partial.json")
			manifest := filepath.Join(filepath.Dir(path), "m.json")
			run := exec.Command("tlsaudit", "audit", "-q", "-o", path, "--manifest", manifest, "https://tarpit.example.com:"+port+"?ip=127.0.0.1")
			run.Stderr = os.Stderr
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			<-accepted // the probe is under way
			begun := time.Now()
			if err := run.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := run.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
				t.Errorf("ended with %v, want exit code %d", err, want)
			}
			t.Logf("left after %s", time.Since(begun))

			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var r audit.Report
			if err := json.Unmarshal(data, &r); err != nil {
				t.Fatalf("the partial report is not valid: %v", err)
			}
			if r.Complete || r.Incomplete == "" {
				t.Errorf("complete is %v (%q), want false with a reason", r.Complete, r.Incomplete)
			}
			text, err := os.ReadFile(manifest)
			if err != nil {
				t.Fatal(err)
			}
			m, _, err := attest.ReadManifest(bytes.NewReader(text))
			if err != nil || m.Run.Verdict != attest.Incomplete || m.Run.ExitCode != want || m.Artefacts[0].SHA256 != attest.Digest(data) {
				t.Errorf("the manifest does not attest the partial report: %v\n%s", err, text)
			}
			if r.Summary.Pass != 0 {
				t.Errorf("%d rules passed on an endpoint that never spoke", r.Summary.Pass)
			}
		})
	}
}
