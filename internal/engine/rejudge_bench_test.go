package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/fixtures"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
	"tlsaudit/report"
	"tlsaudit/scanner"
)

// now is the time of judgement; the certificates of the sample are made for it.
var now = time.Now().UTC().Truncate(time.Second)

// profiles are what the evidence is judged by.
var profiles = []string{"nist-sp800-52r2-government", "pci-dss-4.0.1", "mozilla-intermediate-6.0"}

// sample scans the demo's endpoints and returns the evidence of each as a line
// of JSON, as a report holds it, beside the host in it.
func sample(tb testing.TB) (lines [][]byte, hosts []string) {
	tb.Helper()
	ctx := tb.Context()
	zoo, err := fixtures.Demo(ctx, now)
	if err != nil {
		tb.Fatal(err)
	}
	defer zoo.Close()
	anchors, err := pki.ParseAnchors("demo root", zoo.CA)
	if err != nil {
		tb.Fatal(err)
	}
	s := scanner.New(scanner.Options{Depth: "standard", EHLO: "tlsaudit.invalid", Anchors: anchors, Now: time.Now})
	targets := slices.DeleteFunc(zoo.Targets(), func(t audit.Target) bool { return t.Protocol == "sametime" }) // they have waits to sit out
	seen := make([]*audit.Observation, len(targets))
	var scans sync.WaitGroup
	for i, target := range targets {
		scans.Go(func() { seen[i] = s.Scan(ctx, target) })
	}
	scans.Wait()
	for _, o := range seen {
		if o.Reach != audit.ReachTLS {
			continue // costs next to nothing, and proves as much
		}
		line, err := json.Marshal(audit.Evidence{Subject: o.Target.Subject(), Observed: o})
		if err != nil {
			tb.Fatal(err)
		}
		lines, hosts = append(lines, line), append(hosts, o.Target.Host)
	}
	return lines, hosts
}

// document writes a report with the evidence of n endpoints, made of the sample
// under other names.
func document(w io.Writer, n int, lines [][]byte, hosts []string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\n  \"schema\": %q,\n  \"complete\": true,\n  \"evidence\": [", audit.SchemaV1)
	sep := ""
	for i := range n {
		k := i % len(lines)
		line := bytes.ReplaceAll(lines[k], []byte(hosts[k]), fmt.Appendf(nil, "n%06d.%s", i, hosts[k]))
		_, _ = fmt.Fprintf(out, "%s\n    %s", sep, line) // Flush returns the error
		sep = ","
	}
	fmt.Fprint(out, "\n  ],\n  \"findings\": []\n}\n")
	return out.Flush()
}

func judge(tb testing.TB) *engine.Judge {
	tb.Helper()
	p, err := policy.Load(profiles, checks.All)
	if err != nil {
		tb.Fatal(err)
	}
	return &engine.Judge{Checks: checks.All, Rules: p.Rules, Now: now, Remedy: remedy.For}
}

// BenchmarkRejudge takes a report from disk through reading and judging by
// three profiles into a spool, on one processor. It prints the most memory the
// heap held, which does not grow with the number of endpoints but for their
// names.
func BenchmarkRejudge(b *testing.B) {
	lines, hosts := sample(b)
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "report.json")
			f, err := os.Create(file)
			if err != nil {
				b.Fatal(err)
			}
			if err := document(f, n, lines, hosts); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			j := judge(b)
			info, err := os.Stat(file)
			if err != nil {
				b.Fatal(err)
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			var peak uint64
			var findings int
			runtime.GC() // what the making of the document left behind
			before := processorTime(b)
			for b.Loop() {
				stop, done := make(chan struct{}), make(chan uint64)
				go watchHeap(stop, done)
				in, err := os.Open(file)
				if err != nil {
					b.Fatal(err)
				}
				run := engine.Run{Evidence: report.ReadEvidence(file, in), Judge: j, SpoolDir: b.TempDir()}
				result, err := run.Do(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				close(stop)
				peak = max(peak, <-done)
				s := result.Report.Summary
				if s.Subjects != n {
					b.Fatalf("%d endpoints", s.Subjects)
				}
				findings = s.Fail + s.Warn + s.Pass + s.NotApplicable + s.UnknownFindings
				if err := result.Close(); err != nil {
					b.Fatal(err)
				}
				in.Close()
			}
			used := processorTime(b) - before
			b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(info.Size())/float64(n)/1024, "KiB/endpoint")
			b.ReportMetric(float64(findings)/float64(n), "findings/endpoint")
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "endpoints/s")
		})
	}
}

// processorTime returns what the process used so far: it does not grow with
// what else the machine does.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap returns the bytes of objects on the heap.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watchHeap samples the heap until stopped and sends the greatest value.
func watchHeap(stop <-chan struct{}, done chan<- uint64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var peak uint64
	for {
		select {
		case <-stop:
			done <- peak
			return
		case <-tick.C:
			peak = max(peak, heap())
		}
	}
}

// TestRejudgeMemory: what a run keeps of an endpoint while others are judged is
// its name and its place in the spool. One observation alone is ten times the
// bound.
func TestRejudgeMemory(t *testing.T) {
	const first, last, most = 1_000, 4_000, 1 << 10
	lines, hosts := sample(t)
	in, out := io.Pipe()
	go func() { out.CloseWithError(document(out, last, lines, hosts)) }()
	var live [2]uint64
	count := 0
	evidence := func(yield func(audit.Stored, error) bool) {
		for o, err := range report.ReadEvidence("report.json", in) {
			if count++; count == first || count == last {
				runtime.GC()
				live[count/last] = heap()
			}
			if !yield(o, err) {
				return
			}
		}
	}
	j := judge(t)
	j.Rules = j.Rules[:10] // what rules there are does not matter
	run := engine.Run{Evidence: evidence, Judge: j, SpoolDir: t.TempDir()}
	result, err := run.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if s := result.Report.Summary; s.Subjects != last || s.Pass+s.Fail == 0 {
		t.Fatalf("summary %+v", s)
	}
	if each := (int64(live[1]) - int64(live[0])) / (last - first); each > most {
		t.Errorf("%d bytes are kept of each endpoint, %d at most are wanted", each, most)
	}
	if size := len(strings.Join(hosts, "")) + len(bytes.Join(lines, nil)); size/len(lines) < 4*most {
		t.Errorf("the sample is too small to tell: %d bytes an endpoint", size/len(lines))
	}
}
