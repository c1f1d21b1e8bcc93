package gateway

import (
	"fmt"
	"testing"

	"tlsaudit/audit"
)

// BenchmarkMatch is what the rules of a table of 100 rows cost for one target.
func BenchmarkMatch(b *testing.B) {
	table := &Table{}
	for i := range 100 {
		table.Rows = append(table.Rows, Row{Priority: i + 1, Direction: Outbound, Level: VerifyCN, MinBits: 128, Match: Match{Domains: []string{fmt.Sprintf("d%d.example.test", i)}}})
	}
	rules := table.Demands()
	targets := make([]audit.Observation, 100)
	for i := range targets {
		targets[i].Target = audit.Target{Protocol: "smtp", Host: fmt.Sprintf("mx%d.example.test", i), Port: 25, Labels: map[string]string{"domain": fmt.Sprintf("d%d.example.test", i)}}
	}
	for i := 0; b.Loop(); i++ {
		o := &targets[i%len(targets)]
		for k := range rules {
			rules[k].Rule.Match(&o.Target, o)
		}
	}
}
