//go:build interop

package interop

import "testing"

// TestFleetMemory audits a thousand endpoints in one run: what is kept of them
// is on disk, so five times the endpoints must not take the memory of a small
// fleet noticeably further. The counts are facts of the run; no wall time is
// judged.
func TestFleetMemory(t *testing.T) {
	program := buildProgram(t)
	small, large := runFleet(t, program, 200), runFleet(t, program, 1000)
	t.Logf("200 endpoints: %d MB; 1000 endpoints: %d MB, %d connections, %s", small.PeakRSS>>20, large.PeakRSS>>20, large.Summary.Connections, large.Elapsed)
	if small.PeakRSS == 0 || large.PeakRSS > small.PeakRSS+small.PeakRSS/2 {
		t.Errorf("peak memory went from %d to %d bytes", small.PeakRSS, large.PeakRSS)
	}
	if perEndpoint := large.Summary.Connections / 1000; perEndpoint < 10 || perEndpoint > 45 {
		t.Errorf("%d connections for each endpoint, want 10 to 45", perEndpoint)
	}
}
