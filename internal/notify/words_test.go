package notify

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// TestForecastLine: what gets worse is called by what it becomes.
func TestForecastLine(t *testing.T) {
	on := time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		count   int
		becomes audit.Verdict
		want    string
	}{
		{14, audit.Fail, "on 2027-03-15 these 14 endpoints start to fail: why"}, {1, audit.Fail, "on 2027-03-15 this 1 endpoint starts to fail: why"},
		{14, audit.Warn, "on 2027-03-15 these 14 endpoints become warn: why"}, {1, audit.Unknown, "on 2027-03-15 this 1 endpoint becomes unknown: why"},
	} {
		if got := (Forecast{Date: on, Count: tt.count, What: "endpoints", Becomes: tt.becomes, Why: "why"}).line(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestMissedFacts: how often it was due and when it was to begin is told.
func TestMissedFacts(t *testing.T) {
	slot := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		missed Missed
		want   string
	}{
		{Missed{Schedule: "nightly", Slot: slot, Due: slot, Slots: 1}, "The audit nightly was due 2026-11-22 03:00 UTC and did not run. No audit has come to its end so far."},
		{Missed{Schedule: "quick", Slot: slot, Due: slot.Add(7 * time.Minute), Slots: 9, Why: "it slept"},
			"The audit quick was due 2026-11-22 03:00 UTC and did not run; it was to begin 2026-11-22 03:07 UTC. It was due 9 times until now; one run makes up for them. Why: it slept No audit has come to its end so far."},
		{Missed{Schedule: "nightly", Slot: slot, Due: slot, Slots: 1, GivenUp: true},
			"The audit nightly was due 2026-11-22 03:00 UTC and failed, twice; it is given up, and the next one comes when it is due. No audit has come to its end so far."},
	} {
		if got := strings.Join(tt.missed.facts(), " "); got != tt.want {
			t.Errorf("%q\nwant %q", got, tt.want)
		}
	}
}
