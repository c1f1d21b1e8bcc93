package main

import (
	"testing"

	"tlsaudit/audit"
)

// TestPass: whatever lets the gate pass over something is said, and nothing
// else keeps a pass from being plain.
func TestPass(t *testing.T) {
	limit := func(name string) threshold {
		l, err := parseThreshold(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	clean := audit.Report{Complete: true, Summary: audit.Summary{Subjects: 3}}
	with := func(change func(*audit.Report)) *audit.Report {
		r := clean
		change(&r)
		return &r
	}
	compared := func(r *audit.Report) {
		r.Summary.Fail, r.Summary.Warn = 6, 2
		r.Summary.FailBySeverity = map[string]int{"low": 6}
		r.Baseline = &audit.BaselineRef{Known: 7, New: 1, NewBySeverity: map[string]int{"low": 1}}
	}
	for _, tt := range []struct {
		name  string
		gate  gate
		r     *audit.Report
		want  string
		plain bool
	}{
		{"clean", gate{limit: limit("fail")}, &clean, "the gate passes", true},
		{"waived", gate{limit: limit("fail")}, with(func(r *audit.Report) { r.Summary.Waived = 1 }), "the gate passes; 1 finding is waived", true},
		{"warnings", gate{limit: limit("fail")}, with(func(r *audit.Report) { r.Summary.Warn = 2 }), "the gate passes; 2 findings warn", true},
		{"nothing to fail on", gate{limit: limit("none")}, &clean, "the gate passes", true},
		{"none", gate{limit: limit("none")}, with(func(r *audit.Report) { r.Summary.Warn = 2 }), "--fail-on none lets every finding pass: 0 fail, 2 warn", false},
		{"threshold", gate{limit: limit("high")}, with(func(r *audit.Report) { r.Summary.Fail = 1 }), "no finding reaches --fail-on high: 1 fail, 0 warn", false},
		{"new below the threshold", gate{limit: limit("high"), newOnly: true}, with(compared), "no new finding reaches --fail-on high: 1 new of 6 fail, 0 new of 2 warn", false},
		{"nothing new", gate{limit: limit("fail"), newOnly: true}, with(func(r *audit.Report) { compared(r); r.Baseline = &audit.BaselineRef{Known: 8} }),
			"nothing new: of the known findings 6 fail, 2 warn", false},
		{"known warnings", gate{limit: limit("warn"), newOnly: true}, with(func(r *audit.Report) { r.Summary.Warn, r.Baseline = 2, &audit.BaselineRef{Known: 2} }),
			"nothing new: of the known findings 0 fail, 2 warn", false},
		{"not judged", gate{limit: limit("fail"), allowIncomplete: true}, with(func(r *audit.Report) { r.Complete, r.Summary.Unknown = false, 1 }),
			"the gate passes; 1 endpoint is not judged in full (--allow-incomplete)", false},
		{"stopped", gate{limit: limit("fail"), allowIncomplete: true}, with(func(r *audit.Report) { cut(r, "interrupted") }),
			"the gate passes; the run did not reach every target: interrupted (--allow-incomplete)", false},
		{"silent profile", gate{limit: limit("fail"), allowIncomplete: true}, with(func(r *audit.Report) { r.Complete, r.Incomplete = false, "x spoke about no endpoint" }),
			"the gate passes; x spoke about no endpoint (--allow-incomplete)", false},
		{"rows alone", gate{limit: limit("fail"), allowIncomplete: true}, with(func(r *audit.Report) { r.Summary.Subjects, r.Summary.Rows = 0, 4 }),
			"the gate passes; no endpoint was judged, only the table of the gateway (--allow-incomplete)", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := tt.gate.decide(tt.r)
			if err != nil || d.code != exitCompliant {
				t.Fatalf("exit code %d, %v", d.code, err)
			}
			if got, plain := tt.gate.pass(tt.r, &d); got != tt.want || plain != tt.plain {
				t.Errorf("%q, plain %v; want %q", got, plain, tt.want)
			}
		})
	}
}
