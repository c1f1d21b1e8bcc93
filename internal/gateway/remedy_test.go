package gateway

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// Every product the formats read has words of its own, and no remedy sends its
// operator to the console of another.
func TestRemedyOfProduct(t *testing.T) {
	anyone := Match{Any: true}
	for _, f := range Formats {
		if f.Product == Forcepoint {
			continue
		}
		if _, ok := dialects[f.Product]; !ok {
			t.Errorf("%s: no words for its remedies", f.Product)
		}
		table := &Table{Wants: Wants{MinBits: 129, Sensitive: []string{"a.test"}}, Rows: []Row{
			{Name: "a", Priority: 1, Direction: Outbound, Level: None, Match: anyone, Product: f.Product},
			{Name: "b", Priority: 1, Direction: Outbound, Level: Encrypt, MinBits: 128, Match: anyone, Product: f.Product},
			{Name: "c", Priority: 2, Direction: Outbound, Level: Encrypt, MinBits: 128, Match: anyone, Product: f.Product},
		}}
		seen := []string{}
		for _, r := range table.Findings(now()) {
			for _, found := range r.Findings {
				if found.Verdict != audit.Fail && found.Verdict != audit.Warn {
					continue
				}
				seen = append(seen, found.Rule)
				if found.Remedy == nil || strings.Contains(found.Remedy.Text, "Settings >") || !strings.Contains(found.Remedy.Text, "inferred") || !slices.Contains(audit.Products, found.Remedy.Product) {
					t.Errorf("%s: %s is remedied by %+v", f.Product, found.Rule, found.Remedy)
				}
			}
		}
		slices.Sort(seen)
		if got := strings.Join(slices.Compact(seen), " "); got != "FP-04 FP-05 FP-06 FP-07 GW-01" {
			t.Errorf("%s: findings of %s", f.Product, got)
		}
	}
}
