package report

import (
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// estate yields endpoints with findings made on the fly: the memory a workbook
// takes is its own.
type estate struct{ endpoints, findings int }

func (e estate) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		template := zooRecords()
		for i := range e.endpoints {
			from := template[i%(len(template)-1)] // all but the hostile one
			o := *from.Evidence.Observed
			o.Target.Host, o.Target.System = fmt.Sprintf("host-%06d.example.com", i), fmt.Sprintf("system %02d", i%40)
			rec := &audit.Record{Evidence: audit.Evidence{Subject: o.Target.Subject(), Observed: &o}, Findings: make([]audit.Finding, e.findings)}
			for k := range rec.Findings {
				f := from.Findings[k%len(from.Findings)]
				f.Subject, f.Rule, f.Check = rec.Evidence.Subject, fmt.Sprintf("rule-%02d", k), fmt.Sprintf("tls.check_%02d", k)
				rec.Findings[k] = f
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func (e estate) WorstFirst() iter.Seq2[*audit.Record, error] { return e.BySubject() }

func (e estate) Findings() iter.Seq2[*audit.Record, error] { return unobserved(e.BySubject()) }

// BenchmarkWorkbook writes the fleets the workbook is made for and prints, beside
// the time, the most memory the process took from the system (VmHWM). Each size
// wants a process of its own: that number never falls.
func BenchmarkWorkbook(b *testing.B) {
	for _, e := range []estate{{1_000, 50}, {20_000, 50}} {
		b.Run(fmt.Sprintf("findings=%d", e.endpoints*e.findings), func(b *testing.B) {
			r := zooReport()
			r.Records = e
			var size uint64
			for b.Loop() {
				w := &counter{}
				if err := Workbook.Write(w, r, Options{}); err != nil {
					b.Fatal(err)
				}
				size = w.n
			}
			b.ReportMetric(float64(size)/(1<<20), "file-MiB")
			b.ReportMetric(residentPeak(b), "rss-MiB")
		})
	}
}

// residentPeak is the most memory the process held at once, in MiB; 0 where the
// system does not tell.
func residentPeak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Log(err)
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}
