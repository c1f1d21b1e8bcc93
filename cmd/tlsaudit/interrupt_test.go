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
	"tlsaudit/report"
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
			if err != nil || m.Run.Verdict != attest.Incomplete || m.Run.ExitCode == nil || *m.Run.ExitCode != want || m.Artefacts[0].SHA256 != attest.Digest(data) {
				t.Errorf("the manifest does not attest the partial report: %v\n%s", err, text)
			}
			if r.Summary.Pass != 0 {
				t.Errorf("%d rules passed on an endpoint that never spoke", r.Summary.Pass)
			}
		})
	}
}

// TestInterruptEveryFormat: a run that is interrupted leaves a report in every
// format, whole by its syntax and marked as what it is, and ends with the same
// code whichever is asked for on standard output.
func TestInterruptEveryFormat(t *testing.T) {
	for _, f := range report.Formats {
		accepted := make(chan struct{}, 64)
		port := stall(t, accepted)
		dir := t.TempDir()
		args := []string{"audit", "-v", "--exit-zero", "-f", f.Name, "https://tarpit.example.com:" + port + "?ip=127.0.0.1"}
		for _, other := range report.Formats {
			args = append(args, "-o", other.Name+"="+filepath.Join(dir, other.Name))
		}
		run := exec.Command("tlsaudit", args...)
		var out bytes.Buffer
		run.Stdout = &out
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		<-accepted // the probe is under way
		if err := run.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := run.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
			t.Errorf("%s: ended with %v, want exit code %d", f.Name, err, exitInterrupted)
		}
		wellFormed(t, f, out.Bytes())
		saysCut(t, f, out.Bytes())
		for _, other := range report.Formats {
			data, err := os.ReadFile(filepath.Join(dir, other.Name))
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, other, data)
			saysCut(t, other, data)
		}
	}
}
