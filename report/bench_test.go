package report

import (
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// fleet yields n endpoints made on the fly, as a spool does: what a format
// keeps of them is its own.
type fleet int

func (n fleet) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		template := zooRecords()
		for i := range int(n) {
			from := template[i%(len(template)-1)] // all but the hostile one
			o := *from.Evidence.Observed
			o.Target.Host = fmt.Sprintf("host-%06d.example.com", i)
			rec := &audit.Record{Evidence: audit.Evidence{Subject: o.Target.Subject(), Observed: &o}}
			for k := range 30 {
				f := from.Findings[k%len(from.Findings)]
				f.Subject, f.Rule = rec.Evidence.Subject, fmt.Sprintf("%s-%d", f.Rule, k)
				rec.Findings = append(rec.Findings, f)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func (n fleet) WorstFirst() iter.Seq2[*audit.Record, error] { return n.BySubject() }

func (n fleet) Findings() iter.Seq2[*audit.Record, error] { return unobserved(n.BySubject()) }

// BenchmarkFormats writes reports of 10,000 endpoints with 30 findings each and
// prints, beside the time, the most memory the heap held.
func BenchmarkFormats(b *testing.B) {
	const endpoints = 10_000
	for _, f := range Formats {
		b.Run(f.Name, func(b *testing.B) {
			r := zooReport()
			r.Records = fleet(endpoints)
			var peak, size uint64
			for b.Loop() {
				stop, done := make(chan struct{}), make(chan uint64)
				go watchHeap(stop, done)
				w := &counter{}
				if err := f.Write(w, r, Options{}); err != nil {
					b.Fatal(err)
				}
				close(stop)
				peak, size = max(peak, <-done), w.n
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(size)/(1<<20), "file-MiB")
			b.ReportMetric(endpoints*float64(b.N)/b.Elapsed().Seconds(), "endpoints/s")
		})
	}
}

// BenchmarkMillionFindings streams 1,000,000 findings about 33,334 endpoints and
// prints the most memory the process ever had, where the system tells it. The
// lightest formats come first, for the peak is that of the process.
func BenchmarkMillionFindings(b *testing.B) {
	for _, f := range []Format{NDJSON, CSV, JUnit, GitLab, Prometheus, GitHub, Markdown} {
		b.Run(f.Name, func(b *testing.B) {
			r := zooReport()
			r.Records = fleet(33_334)
			w := &counter{}
			for b.Loop() {
				w.n = 0
				if err := f.Write(w, r, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(peakMiB(), "peak-RSS-MiB")
			b.ReportMetric(float64(w.n)/(1<<20), "file-MiB")
		})
	}
}

// peakMiB is the greatest resident set of the process so far; 0 if the system
// does not tell.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(line, &kib); err != nil {
		return 0
	}
	return kib / 1024
}

// watchHeap samples the heap until stopped and sends the greatest value.
func watchHeap(stop <-chan struct{}, done chan<- uint64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var peak uint64
	for {
		select {
		case <-stop:
			done <- peak
			return
		case <-tick.C:
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
}

type counter struct{ n uint64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += uint64(len(b))
	return io.Discard.Write(b)
}
