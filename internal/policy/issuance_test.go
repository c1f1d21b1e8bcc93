package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/policy"
)

// TestIssuanceSteps: the steps are those of the profiles, which others hold
// against the documents.
func TestIssuanceSteps(t *testing.T) {
	var got []string
	for _, s := range policy.IssuanceSteps() {
		got = append(got, fmt.Sprintf("%s %d %v %s", s.From.Format(time.DateOnly), s.MaxDays, s.NoClientAuth, s.Source))
	}
	want := []string{
		"0001-01-01 825 false cabf-br BR-VALIDITY",
		"2020-09-01 398 false cabf-br BR-VALIDITY",
		"2026-03-15 200 false cabf-br BR-VALIDITY",
		"2027-03-15 100 false cabf-br BR-VALIDITY",
		"2027-03-15 0 true chrome-root-program-1.8 CRP-EKU-LEAF",
		"2029-03-15 47 false cabf-br BR-VALIDITY",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
