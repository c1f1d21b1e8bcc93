package checks_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// BenchmarkJudge judges 1,000 endpoints against policies of three sizes: ten
// rules, one rule for every check, and one for every example of every check.
func BenchmarkJudge(b *testing.B) {
	var every, all []audit.Rule
	var seen []*audit.Observation
	for _, c := range checks.All {
		for i, e := range c.Examples {
			params, err := c.Params(e.Params)
			if err != nil {
				b.Fatal(err)
			}
			r := audit.Rule{Profile: "p", ID: e.Name, Check: c.ID, Level: e.Level, Params: params}
			if i == 0 {
				every = append(every, r)
			}
			all = append(all, r)
			seen = append(seen, e.Observe())
		}
	}
	for _, policy := range []struct {
		name  string
		rules []audit.Rule
	}{{"ten", every[:10]}, {"checks", every}, {"examples", all}} {
		b.Run(policy.name, func(b *testing.B) {
			judge := engine.Judge{Checks: checks.All, Rules: policy.rules, Now: seen[0].Started}
			findings := 0
			b.ReportAllocs()
			for b.Loop() {
				for i := range 1000 {
					findings += len(judge.Findings(seen[i%len(seen)]))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/endpoint")
			b.ReportMetric(float64(len(policy.rules)), "rules")
			if findings == 0 {
				b.Fatal("no findings")
			}
		})
	}
}
