package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/engine"
)

func TestProgressLine(t *testing.T) {
	for _, tt := range []struct {
		at      engine.Progress
		total   int
		elapsed time.Duration
		width   int
		want    string
	}{
		{engine.Progress{}, 17, 0, 60, "auditing [.............................]   0%  0/17  ETA --"},
		{engine.Progress{Done: 5, Unknown: 3, Unreachable: 1}, 20, 10 * time.Second, 80, "auditing [#####................]  25%  5/20  ETA 30s  3 unknown (1 unreachable)"},
		{engine.Progress{Done: 5, Unknown: 3}, 20, 10 * time.Second, 40, "auditing  25%  5/20  ETA 30s  3 unknown"},
		{engine.Progress{Done: 5, Unknown: 3, Unreachable: 2}, 20, 10 * time.Second, 40, "auditing  25%  5/20  ETA 30s  3 unknown"},
		{engine.Progress{Done: 1}, 1000, 4 * time.Second, 50, "auditing [..............]   0%  1/1000  ETA 1h06m"},
		{engine.Progress{Done: 10}, 100, 10 * time.Second, 30, "auditing  10%  10/100"},
		{engine.Progress{Done: 2}, 2, time.Second, 50, "auditing [###################] 100%  2/2  writing"},
		{engine.Progress{Done: 3}, 2, time.Second, 0, ""},
	} {
		got := progressLine(tt.at, tt.total, tt.elapsed, tt.width)
		if got != tt.want {
			t.Errorf("%+v of %d after %s in %d columns:\n%q\nwant\n%q", tt.at, tt.total, tt.elapsed, tt.width, got, tt.want)
		}
		if len(got) >= max(tt.width, 1) {
			t.Errorf("%q wraps at %d columns", got, tt.width)
		}
	}
}

// TestProgressLeavesNothing: what was drawn is overwritten by what follows.
func TestProgressLeavesNothing(t *testing.T) {
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	p := &progress{out: &out, now: func() time.Time { return clock }, width: func() int { return 200 }, total: 4, begun: clock, stop: make(chan struct{}), stopped: make(chan struct{})}
	close(p.stopped)
	p.set(engine.Progress{Done: 1, Unknown: 1, Unreachable: 1})
	p.set(engine.Progress{Done: 2, Unknown: 1, Unreachable: 1}) // too soon
	clock = clock.Add(time.Second)
	p.set(engine.Progress{Done: 3})
	screen := func() string {
		line := ""
		for _, part := range strings.Split(out.String(), "\r") {
			line = part + line[min(len(part), len(line)):]
		}
		return strings.TrimRight(line, " ")
	}
	if got := screen(); got != "auditing [##############################..........]  75%  3/4  ETA 1s" {
		t.Errorf("the line reads %q", got)
	}
	p.finish()
	if n := strings.Count(out.String(), "auditing"); n != 2 {
		t.Errorf("drawn %d times, want 2: %q", n, out.String())
	}
	if got := screen(); got != "" {
		t.Errorf("%q is left on the line", got)
	}
}

// TestProgressIsForTerminals: elsewhere nothing is drawn, and nothing started.
func TestProgressIsForTerminals(t *testing.T) {
	var out bytes.Buffer
	p := (&app{stderr: &out, now: time.Now}).newProgress(&auditFlags{}, 10)
	p.set(engine.Progress{Done: 1})
	p.finish()
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}
