package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/pki"
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

// TestStands: what does not answer what is asked now, to the end, is probed
// again.
func TestStands(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	leaf := authority.Server(fixtures.P256, "www.example.com").Certificate
	anchors, err := pki.ParseAnchors("ca.pem", authority.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		edit  func(*audit.Observation)
		flags auditFlags
		want  bool
	}{
		{"all of it", nil, auditFlags{}, true},
		{"deeper than now", nil, auditFlags{depth: audit.DepthQuick}, true},
		{"less deep than now", nil, auditFlags{depth: audit.DepthDeep}, false},
		{"interrupted", func(o *audit.Observation) { o.Interrupted = true }, auditFlags{}, false},
		{"not reached", func(o *audit.Observation) { o.Reach = audit.ReachUnreachable }, auditFlags{}, false},
		{"a version that was not found out", func(o *audit.Observation) { o.Versions[2].Answer = audit.Undetermined }, auditFlags{}, false},
		{"suites that broke off", func(o *audit.Observation) { o.Versions[5].SuitesAnswer = audit.Undetermined }, auditFlags{}, false},
		{"a certificate that was not read", func(o *audit.Observation) { o.ChainsAnswer = audit.Undetermined }, auditFlags{}, false},
		{"a certificate that was not kept", func(o *audit.Observation) { o.Chains[0].Certificates[0].DER = nil }, auditFlags{}, false},
		{"other anchors", func(o *audit.Observation) { o.Chains[0].Trust.Anchors = "other.pem" }, auditFlags{}, false},
		{"no order, none wanted", func(o *audit.Observation) { o.Versions[5].SuitesUnordered = true }, auditFlags{}, true},
		{"no order, one wanted", func(o *audit.Observation) { o.Versions[5].SuitesUnordered = true }, auditFlags{order: true}, false},
	} {
		o := &audit.Observation{Reach: audit.ReachTLS, Depth: audit.DepthStandard, Posture: audit.Posture{
			ChainsAnswer: audit.Accepted, Chains: []audit.Chain{pki.Assess(leaf, "www.example.com", anchors, time.Now())},
		}}
		for _, v := range audit.Versions {
			o.Versions = append(o.Versions, audit.VersionFact{Version: v, Answer: audit.Refused})
		}
		o.Versions[5].Answer, o.Versions[5].SuitesAnswer = audit.Accepted, audit.Accepted
		o.Versions[5].Suites = []audit.Suite{{ID: 0x1301}, {ID: 0x1302}}
		if c.edit != nil {
			c.edit(o)
		}
		if c.flags.depth == "" {
			c.flags.depth = audit.DepthStandard
		}
		if got := c.flags.stands(o, anchors); got != c.want {
			t.Errorf("%s: stands: %t", c.name, got)
		}
	}
}

// TestResumedIsOfThisRun: what the clock, the anchors, other endpoints and the
// DNS say is not taken from the earlier run, also where a file of anchors has
// the same name and other contents.
func TestResumedIsOfThisRun(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	before, err := pki.ParseAnchors("ca.pem", authority.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewTLSServer(nil)
	defer other.Close()
	now, err := pki.ParseAnchors("ca.pem", other.Certificate().Raw)
	if err != nil {
		t.Fatal(err)
	}
	o := &audit.Observation{
		Target: audit.Target{Protocol: "smtp", Host: "www.example.com", Port: 25}, Reach: audit.ReachTLS, Depth: audit.DepthStandard,
		Posture:  audit.Posture{Chains: []audit.Chain{pki.Assess(authority.Server(fixtures.P256, "www.example.com").Certificate, "www.example.com", before, time.Now())}},
		MailHost: &audit.MailHost{DANE: &audit.DANE{}}, Nodes: []audit.Node{{}},
	}
	if got := o.Chains[0].Trust.Answer; got != audit.Accepted {
		t.Fatalf("trust was %s before", got)
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(text); err != nil {
		t.Fatal(err)
	}
	r := &resumed{file: file, anchors: now, now: time.Now, at: map[string]span{o.Target.Subject(): {0, int64(len(text))}}}
	defer r.remove()
	got := r.take(o.Target.Subject())
	if got == nil || got.MailHost != nil || got.Nodes != nil || got.Chains[0].Trust.Answer != audit.Refused || len(got.Chains[0].Certificates) != len(o.Chains[0].Certificates) {
		t.Errorf("taken: %+v, trust %+v", got.MailHost, got.Chains[0].Trust)
	}
}
