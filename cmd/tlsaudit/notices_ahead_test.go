package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/notify"
)

// TestWorsening: what a rule's date makes worse is told as what it becomes, which
// is not always fail; certificates, waivers, what gets better and what is further
// away are not.
func TestWorsening(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 12, d, 0, 0, 0, 0, time.UTC) }
	event := func(d int, kind audit.ForecastKind, from, to string) audit.ForecastEvent {
		return audit.ForecastEvent{At: day(d), Kind: kind, Title: "T", Profile: "p", Rule: "R", From: from, To: to, Total: 2, Subjects: []string{"a", "b"}}
	}
	list, err := worsening(&audit.Forecast{Events: []audit.ForecastEvent{
		event(1, audit.ForecastPolicy, "pass", "fail"), event(2, audit.ForecastPolicy, "pass", "warn"), event(3, audit.ForecastPolicy, "pass", "unknown"),
		event(4, audit.ForecastPolicy, "fail", "pass"), event(5, audit.ForecastCertificate, "pass", "fail"), event(6, audit.ForecastWaiver, "waived", "fail"), event(20, audit.ForecastPolicy, "pass", "fail"),
	}}, day(10))
	if err != nil {
		t.Fatal(err)
	}
	want := func(d int, becomes audit.Verdict, why string) notify.Forecast {
		return notify.Forecast{Date: day(d), Count: 2, What: "endpoints", Becomes: becomes, Why: why, Sample: []string{"a", "b"}}
	}
	if diff := cmp.Diff([]notify.Forecast{
		want(1, audit.Fail, "T: fail, was pass (R of p)"), want(2, audit.Warn, "T: warn, was pass (R of p)"), want(3, audit.Unknown, "T: unknown, was pass (R of p)"),
	}, list); diff != "" {
		t.Error(diff)
	}
}
