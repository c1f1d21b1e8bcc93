package history_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// BenchmarkYear imports 365 nights of 1,000 endpoints, once, and asks all that
// can be asked of them. It prints the time, the size, and of each question the
// time that 95 of 100 answers stay below.
//
//	go test -run '^$' -bench Year -benchtime 1x ./internal/history
//
// BENCH_NIGHTS and BENCH_ENDPOINTS make it another size.
func BenchmarkYear(b *testing.B) {
	const seed = 1
	nights, endpoints := benchSize(b, "BENCH_NIGHTS", 365), benchSize(b, "BENCH_ENDPOINTS", 1000)
	for b.Loop() {
		file := filepath.Join(b.TempDir(), "history.db")
		s := opened(b, file)
		began := time.Now()
		if err := historytest.Fill(b.Context(), s, nights, endpoints, seed); err != nil {
			b.Fatal(err)
		}
		imported := time.Since(began)
		b.ReportMetric(imported.Seconds(), "s/import")
		size := must(os.Stat(file))(b).Size()
		b.ReportMetric(float64(size)/1e6, "MB")
		b.Logf("%d runs of %d endpoints in %s: %.1f MB, %.0f bytes a result", nights, endpoints, imported.Round(time.Second), float64(size)/1e6, float64(size)/float64(nights*endpoints))
		worst := time.Duration(0)
		var table strings.Builder // a benchmark shows few lines of its log
		for _, q := range questions(b, s, nights) {
			var took []time.Duration
			for i := range 60 {
				began := time.Now()
				if err := q.ask(b.Context(), i); err != nil {
					b.Fatal(q.name, err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			p95 := took[len(took)*95/100]
			worst = max(worst, p95)
			fmt.Fprintf(&table, "\n%-42s p50 %8s p95 %8s", q.name, took[len(took)/2].Round(10*time.Microsecond), p95.Round(10*time.Microsecond))
			if p95 > 200*time.Millisecond {
				b.Errorf("%s: p95 is %s", q.name, p95)
			}
		}
		fmt.Println(table.String())
		b.ReportMetric(float64(worst.Microseconds())/1000, "ms/p95")
		began = time.Now()
		v := must(s.Verify(b.Context(), ""))(b)
		if len(v.Damage) > 0 {
			b.Error(v.Damage)
		}
		b.Logf("verify: %d runs, %d contents in %s", v.Runs, v.Objects, time.Since(began).Round(10*time.Millisecond))
	}
}

// benchSize is a size the environment names, or the usual one.
func benchSize(b *testing.B, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q, and should be a number", name, text)
	}
	return n
}

// question is one thing pages ask.
type question struct {
	name string
	ask  func(ctx context.Context, i int) error
}

// questions are all a Reader can be asked, with the filters pages have.
func questions(b *testing.B, s *history.Store, nights int) (list []question) {
	add := func(name string, ask func(ctx context.Context, i int) error) {
		list = append(list, question{name, ask})
	}
	page := history.Page{Limit: 50}
	runs := []string{"latest"}
	for _, back := range []int{1, 7, 30, 200} {
		runs = append(runs, fmt.Sprintf("latest~%d", min(back, nights-1)))
	}
	known, _, err := s.Subjects(b.Context(), history.SubjectQuery{Page: history.Page{Limit: 500}, Order: "subject"})
	if err != nil {
		b.Fatal(err)
	}
	subject := func(i int) string { return known[i*17%len(known)].Subject }
	add("runs", func(ctx context.Context, _ int) error { _, _, err := s.Runs(ctx, page); return err })
	add("runs, all", func(ctx context.Context, _ int) error {
		_, _, err := s.Runs(ctx, history.Page{Limit: 1000})
		return err
	})
	add("run", func(ctx context.Context, i int) error { _, err := s.Run(ctx, runs[i%5]); return err })
	add("report, head", func(ctx context.Context, i int) error { _, err := s.Report(ctx, runs[i%5]); return err })
	add("record", func(ctx context.Context, i int) error {
		_, err := s.Record(ctx, runs[i%4], subject(i))
		if i%4 > 0 && errors.Is(err, history.ErrNotFound) { // it may not have been in an earlier run
			return nil
		}
		return err
	})
	for _, order := range []string{"worst", "subject", "expiry", "seen"} {
		for _, run := range []string{"", runs[2]} {
			add("subjects, "+order+" "+run, func(ctx context.Context, i int) error {
				q := history.SubjectQuery{Page: page, Order: order, Run: run}
				for range 1 + i%3 { // also later pages
					_, next, err := s.Subjects(ctx, q)
					if err != nil || next == "" {
						return err
					}
					q.After = next
				}
				return nil
			})
		}
	}
	add("subjects, by text, none", func(ctx context.Context, _ int) error {
		_, _, err := s.Subjects(ctx, history.SubjectQuery{Page: page, Text: "no such host"})
		return err
	})
	add("subjects, failing of a system", func(ctx context.Context, _ int) error {
		_, _, err := s.Subjects(ctx, history.SubjectQuery{Page: page, Verdict: "fail", System: "shop", Protocol: "https"})
		return err
	})
	add("subject", func(ctx context.Context, i int) error { _, err := s.Subject(ctx, subject(i)); return err })
	add("timeline", func(ctx context.Context, i int) error {
		_, _, err := s.Timeline(ctx, subject(i), history.Page{Limit: 365})
		return err
	})
	for _, state := range []string{"open", "fixed", "flapping", "all"} {
		for _, order := range []string{"worst", "age", "seen"} {
			add("findings, "+state+" "+order, func(ctx context.Context, _ int) error {
				_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, State: state, Order: order})
				return err
			})
		}
	}
	add("findings, of a subject", func(ctx context.Context, i int) error {
		_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, State: "all", Subject: subject(i)})
		return err
	})
	add("findings, of a system and severity", func(ctx context.Context, _ int) error {
		_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, System: "mail", Severity: "high", Rule: "VERSIONS", Profile: "example"})
		return err
	})
	add("findings, by text, none", func(ctx context.Context, _ int) error {
		_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, State: "all", Text: "no such words"})
		return err
	})
	add("findings, by text beyond ASCII, none", func(ctx context.Context, _ int) error {
		_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, State: "all", Text: "Überflüssiges Κείμενο"})
		return err
	})
	add("changes", func(ctx context.Context, i int) error { _, _, err := s.Changes(ctx, runs[i%5], page); return err })
	add("rules", func(ctx context.Context, i int) error { _, err := s.Rules(ctx, runs[i%5]); return err })
	add("systems", func(ctx context.Context, i int) error { _, err := s.Systems(ctx, runs[i%5]); return err })
	add("certificates", func(ctx context.Context, _ int) error {
		_, _, err := s.Certificates(ctx, historytest.Night(400), page)
		return err
	})
	add("fleet", func(ctx context.Context, _ int) error { _, err := s.Fleet(ctx); return err })
	add("subjects, gone", func(ctx context.Context, _ int) error {
		_, _, err := s.Subjects(ctx, history.SubjectQuery{Page: page, Gone: true})
		return err
	})
	add("findings, gone", func(ctx context.Context, _ int) error {
		_, _, err := s.Findings(ctx, history.FindingQuery{Page: page, State: "gone"})
		return err
	})
	add("audit log", func(ctx context.Context, _ int) error { _, _, err := s.AuditLog(ctx, page); return err })
	return list
}
