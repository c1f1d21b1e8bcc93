package checks_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// TestExamples runs every check's own examples through the engine, and fails
// for a check that does not show a failing, a passing and an unknown case.
func TestExamples(t *testing.T) {
	for _, check := range checks.All {
		t.Run(check.ID, func(t *testing.T) {
			shown := map[audit.Verdict]bool{}
			for _, e := range check.Examples {
				shown[e.Want] = true
				t.Run(e.Name, func(t *testing.T) {
					params, err := check.Params(e.Params)
					if err != nil {
						t.Fatal(err)
					}
					judge := engine.Judge{Checks: checks.All, Now: e.Now, Rules: []audit.Rule{{Profile: "example", ID: "R1", Check: check.ID, Level: e.Level, Params: params}}}
					findings := judge.Findings(e.Observe())
					if len(findings) != 1 {
						t.Fatalf("%d findings, want 1: %v", len(findings), findings)
					}
					f := findings[0]
					t.Logf("%s: %s", f.Verdict, f.Message)
					if f.Verdict != e.Want {
						t.Errorf("verdict %s, want %s: %s", f.Verdict, e.Want, f.Message)
					}
					if f.Message == "" {
						t.Error("no message")
					}
				})
			}
			for _, verdict := range []audit.Verdict{audit.Fail, audit.Pass, audit.Unknown} {
				if !shown[verdict] {
					t.Errorf("no example ends in %s", verdict)
				}
			}
		})
	}
}
