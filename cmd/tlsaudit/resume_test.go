package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// TestResume interrupts a run at the third of four endpoints and brings it to
// its end with another: what was seen is not probed again, and the report says
// which part of it is from when.
func TestResume(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	serves := fixtures.TLS(fixtures.Hardened(authority.Server(fixtures.P256, "www.example.com")))
	var stalls atomic.Bool
	stalls.Store(true)
	stalled := make(chan struct{}, 64)
	var servers []*fixtures.Server
	var list strings.Builder
	for i := range 4 {
		s, err := fixtures.Listen(t.Context(), func(ctx context.Context, c net.Conn) {
			if i == 2 && stalls.Load() {
				stalled <- struct{}{}
				fixtures.Tarpit(ctx, c)
				return
			}
			serves(ctx, c)
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		servers = append(servers, s)
		fmt.Fprintf(&list, "https://www.example.com:%d?ip=127.0.0.1\n", s.Addr().Port())
	}
	dir := t.TempDir()
	targets, ca, other, partial, whole := filepath.Join(dir, "targets.txt"), filepath.Join(dir, "ca.pem"), filepath.Join(dir, "other.pem"), filepath.Join(dir, "partial.json"), filepath.Join(dir, "whole.json")
	if err := errors.Join(os.WriteFile(targets, []byte(list.String()), 0o644), os.WriteFile(ca, authority.RootPEM(), 0o644),
		os.WriteFile(other, fixtures.NewAuthority(time.Now()).RootPEM(), 0o644)); err != nil {
		t.Fatal(err)
	}
	command := func(ca, out string, more ...string) *exec.Cmd {
		cmd := exec.Command("tlsaudit", append([]string{"audit", "-q", "--ca", ca, "--exit-zero", "--concurrency", "1", "-i", targets, "-o", out}, more...)...)
		cmd.Stderr = os.Stderr
		return cmd
	}
	first := command(ca, partial)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-stalled
	if err := first.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := first.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Fatalf("ended with %v", err)
	}
	begun := time.Now()
	stalls.Store(false)

	accepted := func() (counts [4]int) {
		for i, s := range servers {
			counts[i] = s.Accepted()
		}
		return counts
	}
	before := accepted()
	if err := command(ca, whole, "--resume", partial).Run(); err != nil {
		t.Fatal(err)
	}
	after := accepted()
	r := readResumed(t, whole)
	if !r.Complete || r.Summary.Judged != 4 {
		t.Errorf("complete: %v (%s), %d judged", r.Complete, r.Incomplete, r.Summary.Judged)
	}
	for i := range servers {
		probed, started := after[i] > before[i], r.started(t, servers[i].Addr().Port())
		if earlier := i < 2; probed == earlier || started.Before(begun) != earlier {
			t.Errorf("endpoint %d: probed: %v, seen at %s; the run was resumed at %s", i+1, probed, started, begun)
		}
	}
	if notice := strings.Join(r.Notices, "\n"); !strings.HasPrefix(notice, "2 of 4 endpoints were not probed: their evidence is of the run "+partial+" tells of, seen from ") {
		t.Errorf("notices %q", r.Notices)
	}

	// What was asked for less, or trusted otherwise, does not stand.
	for name, cmd := range map[string]*exec.Cmd{
		"deeper":        command(ca, "json="+whole+"2", "--resume", partial, "--depth", "deep"),
		"other anchors": command(other, "json="+whole+"3", "--resume", partial),
	} {
		before := accepted()
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		for i, n := range accepted() {
			if n == before[i] {
				t.Errorf("%s: endpoint %d was not probed", name, i+1)
			}
		}
	}

	// A run that came to its end leaves nothing to resume.
	if out, err := exec.Command("tlsaudit", "audit", "-q", "--ca", ca, "-i", targets, "--resume", whole).CombinedOutput(); err == nil || !strings.Contains(string(out), "there is nothing to resume") {
		t.Errorf("resuming a complete run: %v\n%s", err, out)
	}
}

// resumedReport is a report as it lies on disk, as far as it matters here.
type resumedReport struct {
	audit.Report
	Evidence []audit.Evidence `json:"evidence"`
}

func readResumed(t *testing.T, file string) (r resumedReport) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// started is when the scan of the endpoint on a port began.
func (r *resumedReport) started(t *testing.T, port uint16) time.Time {
	t.Helper()
	for _, e := range r.Evidence {
		if o := e.Observed; o != nil && o.Target.Port == port {
			return o.Started
		}
	}
	t.Fatalf("no record of port %d", port)
	return time.Time{}
}
