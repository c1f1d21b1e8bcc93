// Package historytest fills a history with nights of a made-up estate: endpoints
// whose facts mostly stay, certificates that are renewed, hosts that are mended,
// break again, flap or do not answer. It is for tests and benchmarks.
//
// Invariants: the same seed makes the same nights; no network is touched, and
// nothing is judged: findings follow from the facts by a few rules of its own.
package historytest

import (
	"context"
	"fmt"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// FirstNight is when the first run begins; one follows every 24 hours.
var FirstNight = time.Date(2026, time.January, 5, 3, 0, 0, 0, time.UTC)

// Night is when a run begins; they count from 0.
func Night(run int) time.Time { return FirstNight.AddDate(0, 0, run) }

// Fill writes runs of an estate into a history, as a schedule would. Runs that
// are there already are counted, so that it can be called again for more.
func Fill(ctx context.Context, store *history.Store, runs, endpoints int, seed uint64) error {
	estate := New(endpoints, seed)
	first, err := kept(ctx, store)
	if err != nil {
		return err
	}
	for n := first; n < first+runs; n++ {
		w, err := store.Begin(ctx, Run(n))
		if err != nil {
			return err
		}
		report := estate.Report(n)
		code := 0
		if report.Summary.Fail > 0 {
			code = 1
		}
		if _, err := w.Finish(ctx, report, code); err != nil {
			return fmt.Errorf("run %d: %w", n, err)
		}
	}
	return nil
}

// kept counts the runs of a history.
func kept(ctx context.Context, store *history.Store) (n int, err error) {
	p := history.Page{Limit: 1000}
	for {
		runs, next, err := store.Runs(ctx, p)
		if n += len(runs); err != nil || next == "" {
			return n, err
		}
		p.After = next
	}
}

// Run is what is known of a night's run before it begins.
func Run(night int) history.Run {
	return history.Run{Started: Night(night), Trigger: "schedule", Schedule: "nightly", Slot: Night(night), Inventory: "estate", Depth: audit.DepthStandard}
}
