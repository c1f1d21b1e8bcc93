package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tlsaudit/audit"
)

// TestInterrupted: no new scan begins, the running ones are kept, the report
// says that it is incomplete.
func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(2500*time.Millisecond, func() { cancel(errors.New("stopped by interrupt")) })
		started := 0
		result := do(t, ctx, &Run{Targets: endpoints(100, nil), Judge: byHost(), Concurrency: 1, Scan: func(ctx context.Context, t audit.Target) *audit.Observation {
			started++
			select {
			case <-time.After(time.Second):
				return observe(ctx, t)
			case <-ctx.Done():
				return &audit.Observation{Reach: audit.ReachUnknown, Reason: "interrupted"}
			}
		}})
		r := result.Report
		if started != 3 || r.Summary.Subjects != 3 || r.Summary.Unknown != 1 {
			t.Errorf("%d scans, summary %+v", started, r.Summary)
		}
		if r.Complete || r.Incomplete != "stopped after 3 endpoints: stopped by interrupt" {
			t.Errorf("complete %v: %q", r.Complete, r.Incomplete)
		}
		if got := len(subjects(t, r.Records.BySubject())); got != 3 {
			t.Errorf("%d records", got)
		}
	})
}

// TestInterruptedEndpoint: an endpoint whose scan was overtaken by the end of
// the run passes nothing; what it broke stays.
func TestInterruptedEndpoint(t *testing.T) {
	for host, want := range map[int]string{0: "unknown not judged: the scan was interrupted; so far: All is well", 3: "fail broken"} {
		ctx, cancel := context.WithCancel(context.Background())
		targets := func(yield func(audit.Target, error) bool) {
			yield(audit.Target{Protocol: "https", Host: fmt.Sprintf("host%d.example.com", host), Port: 443}, nil)
		}
		result := do(t, ctx, &Run{Targets: targets, Judge: byHost(), Scan: func(ctx context.Context, target audit.Target) *audit.Observation {
			cancel()
			return observe(ctx, target)
		}})
		for r, err := range result.Report.Records.BySubject() {
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Findings[0].Verdict.String() + " " + r.Findings[0].Message; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		if result.Report.Complete {
			t.Error("an interrupted run is called complete")
		}
	}
}
