package engine_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/policy"
)

// damage takes away, empties or repeats parts of a JSON tree at random.
func damage(rng *rand.Rand, v any) any {
	switch rng.IntN(40) {
	case 0:
		return nil
	case 1:
		switch v.(type) {
		case map[string]any:
			return map[string]any{}
		case []any:
			return []any{}
		case string:
			return ""
		case float64:
			return 0.0
		}
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if rng.IntN(30) > 0 {
				out[name] = damage(rng, v[name])
			}
		}
		return out
	case []any:
		out := []any{}
		for _, element := range v {
			for range 1 + rng.IntN(12)/11 - rng.IntN(12)/11 {
				out = append(out, damage(rng, element))
			}
		}
		return out
	}
	return v
}

// TestDamagedEvidence puts evidence with parts missing to every rule there is:
// no check may trip over what a report does not hold.
func TestDamagedEvidence(t *testing.T) {
	text, err := os.ReadFile("../../report/testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Evidence []map[string]any }
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range policy.Profiles() {
		ids = append(ids, p.ID)
	}
	p, err := policy.Load(ids, checks.All)
	if err != nil {
		t.Fatal(err)
	}
	j := engine.Judge{Checks: checks.All, Rules: p.Rules, Now: now}
	rng := rand.New(rand.NewPCG(1, 2))
	judged := 0
	for range 60 {
		for _, evidence := range golden.Evidence {
			damaged, err := json.Marshal(damage(rng, evidence["observed"]))
			if err != nil {
				t.Fatal(err)
			}
			var o audit.Observation
			if json.Unmarshal(damaged, &o) != nil {
				continue // a list in place of text and the like is refused
			}
			judged++
			for _, f := range j.Findings(&o) {
				if strings.Contains(f.Message, "internal error") {
					t.Fatalf("%s %s: %s\n%s", f.Profile, f.Check, f.Message, damaged)
				}
			}
		}
	}
	if judged < 100 {
		t.Errorf("only %d observations could be judged", judged)
	}
}
