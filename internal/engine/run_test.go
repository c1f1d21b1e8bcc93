package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

// endpoints yields n targets, and then err if it is not nil.
func endpoints(n int, err error) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		for i := range n {
			if !yield(audit.Target{Protocol: "https", Host: fmt.Sprintf("host%05d.example.com", i), Port: 443}, nil) {
				return
			}
		}
		if err != nil {
			yield(audit.Target{}, err)
		}
	}
}

// byHost is a judge whose verdict depends on the last digit of the host.
func byHost() *Judge {
	check := &audit.Check{ID: "test.check", Title: "All is well", Needs: []audit.Need{audit.NeedTLS}, Run: func(c *audit.Case) []audit.Outcome {
		switch {
		case strings.HasSuffix(c.Target.Host, "3.example.com"):
			return []audit.Outcome{outcome(audit.Violated, "broken")}
		case strings.HasSuffix(c.Target.Host, "5.example.com"):
			return []audit.Outcome{outcome(audit.Advice, "barely")}
		}
		return nil
	}}
	return &Judge{Checks: []*audit.Check{check}, Rules: []audit.Rule{{Profile: "p", ID: "R", Check: "test.check", Level: audit.Must, Severity: audit.High}}, Now: noon}
}

// observe is a scan that finds TLS everywhere but at hosts ending in 7.
func observe(_ context.Context, t audit.Target) *audit.Observation {
	o := &audit.Observation{Target: t, Reach: audit.ReachTLS, Connections: 2}
	if strings.HasSuffix(t.Host, "7.example.com") {
		o.Reach, o.Reason = audit.ReachUnreachable, "connection refused"
	}
	return o
}

func do(t *testing.T, ctx context.Context, r *Run) *Result {
	t.Helper()
	r.SpoolDir = t.TempDir()
	result, err := r.Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { result.Close() })
	return result
}

func subjects(t *testing.T, records iter.Seq2[*audit.Record, error]) []string {
	t.Helper()
	var list []string
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r.Evidence.Observed.Target.Host)
	}
	return list
}

func TestRun(t *testing.T) {
	var last Progress
	result := do(t, context.Background(), &Run{Targets: endpoints(10, nil), Scan: observe, Judge: byHost(), Concurrency: 3,
		Progress: func(p Progress) { last = p }})
	want := audit.Summary{Subjects: 10, Judged: 9, Unknown: 1, Fail: 1, Warn: 1, Pass: 7, UnknownFindings: 1, FailBySeverity: map[string]int{"high": 1}, Connections: 20, Score: audit.Score{Points: 105, Of: 140},
		Profiles: []audit.ProfileSummary{{Profile: "p", Fail: 1, Warn: 1, Unknown: 1, Pass: 7}}}
	if diff := cmp.Diff(want, result.Report.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if result.Report.Complete || result.Report.Incomplete != "1 of 10 endpoints could not be judged in full" {
		t.Errorf("complete %v: %q", result.Report.Complete, result.Report.Incomplete)
	}
	if diff := cmp.Diff(Progress{Done: 10, Unknown: 1, Unreachable: 1}, last); diff != "" {
		t.Errorf("progress ended at (-want +got):\n%s", diff)
	}
	host := func(i int) string { return fmt.Sprintf("host%05d.example.com", i) }
	for range 2 { // both orders can be replayed
		if diff := cmp.Diff([]string{host(3), host(7), host(5), host(0), host(1), host(2), host(4), host(6), host(8), host(9)},
			subjects(t, result.Report.Records.WorstFirst())); diff != "" {
			t.Errorf("worst first (-want +got):\n%s", diff)
		}
		if got := subjects(t, result.Report.Records.BySubject()); got[0] != host(0) || got[9] != host(9) || len(got) != 10 {
			t.Errorf("by subject: %v", got)
		}
	}
}

func TestCompleteRun(t *testing.T) {
	result := do(t, context.Background(), &Run{Targets: endpoints(3, nil), Scan: observe, Judge: byHost()})
	if !result.Report.Complete || result.Report.Incomplete != "" {
		t.Errorf("complete %v: %q", result.Report.Complete, result.Report.Incomplete)
	}
}

// TestNothingDecided: an endpoint no rule speaks about is not judged.
func TestNothingDecided(t *testing.T) {
	j := byHost()
	j.Rules[0].Applies = []string{"smtp"}
	result := do(t, context.Background(), &Run{Targets: endpoints(2, nil), Scan: observe, Judge: j})
	want := audit.Summary{Subjects: 2, Unknown: 2, NotApplicable: 2, FailBySeverity: map[string]int{}, Connections: 4,
		Profiles: []audit.ProfileSummary{{Profile: "p", NotApplicable: 2}}}
	if diff := cmp.Diff(want, result.Report.Summary); diff != "" || result.Report.Complete {
		t.Errorf("complete %v (-want +got):\n%s", result.Report.Complete, diff)
	}
}

// TestSameReportWhateverTheOrder scans in two shuffled orders of completion.
func TestSameReportWhateverTheOrder(t *testing.T) {
	render := func(seed uint64) []byte {
		var b []byte
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, seed))
			delays := map[string]time.Duration{}
			for target := range endpoints(50, nil) {
				delays[target.Host] = time.Duration(rng.IntN(1000)) * time.Millisecond
			}
			result := do(t, context.Background(), &Run{Targets: endpoints(50, nil), Judge: byHost(), Concurrency: 20,
				Scan: func(ctx context.Context, t audit.Target) *audit.Observation {
					time.Sleep(delays[t.Host])
					return observe(ctx, t)
				}})
			for _, order := range []iter.Seq2[*audit.Record, error]{result.Report.Records.BySubject(), result.Report.Records.WorstFirst()} {
				for r, err := range order {
					if err != nil {
						t.Fatal(err)
					}
					line, _ := json.Marshal(r)
					b = append(b, line...)
				}
			}
		})
		return b
	}
	first := render(1)
	for seed := range uint64(3) {
		if !bytes.Equal(first, render(seed+2)) {
			t.Errorf("order of completion %d gives another report", seed+2)
		}
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		do(t, context.Background(), &Run{Targets: endpoints(40, nil), Judge: byHost(), Concurrency: 4, Scan: func(ctx context.Context, t audit.Target) *audit.Observation {
			n := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Second)
			return observe(ctx, t)
		}})
		if most.Load() != 4 {
			t.Errorf("%d scans at once, want 4", most.Load())
		}
	})
}

// TestBrokenTargets: an error in the inventory ends the run and comes back.
func TestBrokenTargets(t *testing.T) {
	fault := &audit.InputError{Place: audit.Place{File: "inventory.yaml", Line: 9}, Cause: "bad port"}
	r := Run{Targets: endpoints(5, fault), Scan: observe, Judge: byHost(), SpoolDir: t.TempDir()}
	result, err := r.Do(context.Background())
	t.Cleanup(func() { result.Close() })
	if !errors.Is(err, fault) {
		t.Fatalf("error %v", err)
	}
	if result.Report.Complete || !strings.Contains(result.Report.Incomplete, "inventory.yaml:9: bad port") {
		t.Errorf("complete %v: %q", result.Report.Complete, result.Report.Incomplete)
	}
}

func TestMisbehavingScan(t *testing.T) {
	result := do(t, context.Background(), &Run{Targets: endpoints(2, nil), Judge: byHost(), Concurrency: 1, Scan: func(_ context.Context, t audit.Target) *audit.Observation {
		if t.Host == "host00000.example.com" {
			panic("nil map")
		}
		return nil
	}})
	var reasons []string
	for r, err := range result.Report.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		if r.Evidence.Observed.Target.Subject() != r.Evidence.Subject || r.Findings[0].Subject != r.Evidence.Subject {
			t.Errorf("record and findings of %s speak of %+v", r.Evidence.Subject, r.Evidence.Observed.Target)
		}
		reasons = append(reasons, r.Evidence.Subject+" "+r.Evidence.Observed.Reason+" "+r.Findings[0].Verdict.String())
	}
	want := []string{
		"https://host00000.example.com:443 internal error while scanning: nil map unknown",
		"https://host00001.example.com:443 internal error: the scan brought back nothing unknown",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSameSubjectOnce(t *testing.T) {
	twice := func(yield func(audit.Target, error) bool) {
		for range 2 {
			for target, err := range endpoints(3, nil) {
				if !yield(target, err) {
					return
				}
			}
		}
	}
	if got := do(t, context.Background(), &Run{Targets: twice, Scan: observe, Judge: byHost()}).Report.Summary.Subjects; got != 3 {
		t.Errorf("%d subjects", got)
	}
}

func TestSpoolIsRemoved(t *testing.T) {
	dir := t.TempDir()
	r := Run{Targets: endpoints(3, nil), Scan: observe, Judge: byHost(), SpoolDir: dir}
	result, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := result.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, err := range result.Report.Records.BySubject() {
		if err == nil {
			t.Error("records can be read after Close")
		}
	}
	var none *Result
	if err := none.Close(); err != nil {
		t.Errorf("nil result: %v", err)
	}
	r.SpoolDir = dir + "/missing"
	if _, err := r.Do(context.Background()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing spool directory: %v", err)
	}
}

// TestSpoolFault: a disk that fails ends the run with an error, not with a
// smaller report.
func TestSpoolFault(t *testing.T) {
	run := &Run{Targets: endpoints(5000, nil), Scan: observe, Judge: byHost(), Concurrency: 2}
	s, err := newSpool(t.TempDir(), newHeads(run.Judge.Rules))
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close()
	w := newWork(run, s)
	_ = w.scan(context.Background()) // the fault of the spool is in work
	if w.failed == nil && s.seal() == nil {
		t.Error("no error from a closed file")
	}
	if w.tally.Subjects == 5000 {
		t.Error("the run went on to the end")
	}
}

func TestRoundTrip(t *testing.T) {
	var want audit.Record
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	// one finding that is kept short, with a remedy another has, and one whole
	want.Findings = append(want.Findings, want.Findings[0])
	for i := range 2 {
		f := &want.Findings[2*i]
		f.Subject, f.Place = want.Evidence.Subject, want.Evidence.Observed.Target.Place
	}
	f := &want.Findings[0]
	h := newHeads([]audit.Rule{{}, {ID: f.Rule, Control: f.Control, Profile: f.Profile, Check: f.Check, Level: f.Level, Severity: f.Severity, Confidence: f.Confidence}})
	var l line
	if err := l.evidence(&want.Evidence); err != nil {
		t.Fatal(err)
	}
	k := h.shorten(&want.Evidence, want.Findings, want.WhatIf)
	if k.Findings[0].Whole != nil || k.Findings[1].Whole == nil || k.Findings[2].Whole != nil || len(k.Remedies) != 1 {
		t.Errorf("kept %+v", k)
	}
	if err := l.rest(k); err != nil {
		t.Fatal(err)
	}
	if line := l.b.Bytes(); bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("a record is not one line: %q", line)
	}
	s, err := newSpool(t.TempDir(), h)
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	if err := s.add(want.Evidence.Subject, &l, want.Findings); err != nil {
		t.Fatal(err)
	}
	if err := s.seal(); err != nil {
		t.Fatal(err)
	}
	brief := want
	brief.Evidence.Observed, brief.Evidence.Declared = nil, nil
	equal := []cmp.Option{cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})}
	for _, tt := range []struct {
		want audit.Record
		got  iter.Seq2[*audit.Record, error]
	}{{want, s.BySubject()}, {want, s.WorstFirst()}, {brief, s.Findings()}} {
		for got, err := range tt.got {
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, equal...); diff != "" {
				t.Errorf("lost or changed on the way (-want +got):\n%s", diff)
			}
		}
	}
}

// BenchmarkSpool replays what a run of 10,000 endpoints costs in memory: the
// heap that is left per endpoint when the records are on disk.
func BenchmarkSpool(b *testing.B) {
	const n = 10_000
	o := &audit.Observation{Reach: audit.ReachTLS, Posture: audit.Posture{Chains: []audit.Chain{{Certificates: []audit.Certificate{{DER: make([]byte, 3000)}}}}}}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := Run{Targets: endpoints(n, nil), Judge: byHost(), SpoolDir: b.TempDir(), Scan: func(context.Context, audit.Target) *audit.Observation { c := *o; return &c }}
		result, err := r.Do(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		count := 0
		for _, err := range result.Report.Records.WorstFirst() {
			if err != nil {
				b.Fatal(err)
			}
			count++
		}
		if count != n {
			b.Fatalf("%d records", count)
		}
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/n, "heap-B/endpoint")
		b.ReportMetric(float64(result.spool.size)/n, "disk-B/endpoint")
		result.Close()
	}
}
