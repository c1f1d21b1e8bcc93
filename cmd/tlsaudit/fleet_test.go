package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// fleetRun is one audit of a fleet by a process of its own.
type fleetRun struct {
	elapsed     time.Duration
	connections int
	peakRSS     int64 // bytes
	report      decoded
}

// auditFleet audits n loopback targets in one run of the program.
func auditFleet(tb testing.TB, n int) fleetRun {
	tb.Helper()
	zoo, err := fixtures.Fleet(tb.Context(), time.Now(), n)
	if err != nil {
		tb.Fatal(err)
	}
	defer zoo.Close()
	dir := tb.TempDir()
	var list strings.Builder
	for _, t := range zoo.Targets() {
		list.WriteString(t.Subject() + "\n")
	}
	roots, inventory, out := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "fleet.txt"), filepath.Join(dir, "report.json")
	for path, content := range map[string]string{roots: string(zoo.CA), inventory: list.String()} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	run := exec.Command("tlsaudit", "audit", "-q", "--ca", roots, "-i", inventory, "-o", out)
	begun := time.Now()
	if output, err := run.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, output)
	}
	result := fleetRun{elapsed: time.Since(begun)}
	// Linux counts Maxrss in KiB.
	result.peakRSS = run.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
	data, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &result.report); err != nil {
		tb.Fatal(err)
	}
	result.connections = result.report.Summary.Connections
	return result
}

// TestFleet audits a thousand endpoints in one run: every one is judged, and
// memory does not follow their number.
func TestFleet(t *testing.T) {
	small, large := auditFleet(t, 200), auditFleet(t, 1000)
	if s := large.report.Summary; s.Subjects != 1000 || s.Judged != 1000 || !large.report.Complete {
		t.Fatalf("summary %+v (%s), want 1000 endpoints judged", s, large.report.Incomplete)
	}
	const perEndpoint = 8 << 10 // an index entry and the garbage of a moment, not the evidence
	if growth := (large.peakRSS - small.peakRSS) / 800; growth > perEndpoint {
		t.Errorf("peak memory grows by %d bytes an endpoint, want at most %d (%d MiB at 200, %d MiB at 1000)",
			growth, perEndpoint, small.peakRSS>>20, large.peakRSS>>20)
	}
}

// BenchmarkFleet prints what an audit costs: endpoints a second, connections
// an endpoint, and the peak memory of the program.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("endpoints=%d", n), func(b *testing.B) {
			for b.Loop() {
				run := auditFleet(b, n)
				b.ReportMetric(float64(n)/run.elapsed.Seconds(), "endpoints/s")
				b.ReportMetric(float64(run.connections)/float64(n), "connections/endpoint")
				b.ReportMetric(float64(run.peakRSS)/(1<<20), "MiB-peak")
			}
		})
	}
}
