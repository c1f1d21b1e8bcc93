package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// fleetRun is what one run of the program over a fleet came to.
type fleetRun struct {
	Summary  audit.Summary `json:"summary"`
	Complete bool          `json:"complete"`
	// Elapsed is wall time, CPU user and system time, PeakRSS the most memory
	// the process held, in bytes.
	Elapsed, CPU time.Duration
	PeakRSS      int64
}

// buildProgram compiles the program, so that its memory can be told from the
// fixtures'.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "tlsaudit")
	if out, err := exec.Command("go", "build", "-o", file, "tlsaudit/cmd/tlsaudit").CombinedOutput(); err != nil {
		tb.Fatalf("building the program: %v\n%s", err, out)
	}
	return file
}

// runFleet serves n endpoints from this process and audits them with another.
func runFleet(tb testing.TB, program string, n int) fleetRun {
	tb.Helper()
	fleet, err := fixtures.Fleet(tb.Context(), time.Now(), n)
	if err != nil {
		tb.Fatal(err)
	}
	defer fleet.Close()
	dir := tb.TempDir()
	var list strings.Builder
	for _, target := range fleet.Targets() {
		list.WriteString(target.Subject() + "\n")
	}
	targets, ca, report := filepath.Join(dir, "targets.txt"), filepath.Join(dir, "ca.pem"), filepath.Join(dir, "report.json")
	if err := errors.Join(os.WriteFile(targets, []byte(list.String()), 0o644), os.WriteFile(ca, fleet.CA, 0o644)); err != nil {
		tb.Fatal(err)
	}

	cmd := exec.Command(program, "audit", "-q", "--ca", ca, "--fail-on", "none", "-o", report, targets)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watchMemory(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	close(ended)
	run := fleetRun{PeakRSS: <-peak, Elapsed: time.Since(began)}
	if err != nil {
		tb.Fatalf("auditing %d endpoints: %v\n%s", n, err, stderr.String())
	}
	run.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	text, err := os.ReadFile(report)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(text, &run); err != nil {
		tb.Fatal(err)
	}
	if run.Summary.Judged != n || !run.Complete {
		tb.Fatalf("judged %d of %d endpoints, complete: %v\n%s", run.Summary.Judged, n, run.Complete, stderr.String())
	}
	return run
}

// watchMemory returns the most memory a process was seen to hold, in bytes. The
// figure that comes with its end will not do: it counts what this process held
// when it started the other.
func watchMemory(pid int, ended <-chan struct{}) (peak int64) {
	for {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
			var kilobytes int64
			if _, err := fmt.Sscan(rest, &kilobytes); err == nil {
				peak = max(peak, kilobytes*1024)
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// BenchmarkFleet audits fleets of hardened servers on loopback with the built
// program. The servers share the machine, so endpoints/s is a lower bound;
// peak-MB is of the auditor alone and must not grow with the fleet.
func BenchmarkFleet(b *testing.B) {
	program := buildProgram(b)
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var last fleetRun
			for b.Loop() {
				last = runFleet(b, program, n)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(n)/last.Elapsed.Seconds(), "endpoints/s")
			b.ReportMetric(float64(last.Summary.Connections)/float64(n), "connections/endpoint")
			b.ReportMetric(float64(last.PeakRSS)/1e6, "peak-MB")
			b.ReportMetric(last.CPU.Seconds()/float64(n)*1000, "cpu-ms/endpoint")
		})
	}
}
