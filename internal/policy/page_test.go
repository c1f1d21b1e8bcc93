package policy_test

import (
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

// TestPage holds docs/profiles.md to the profiles and checks.
func TestPage(t *testing.T) {
	var b strings.Builder
	if err := policy.WritePage(&b, checks.All); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("..", "..", "docs", "profiles.md"), b.String())
}

// TestTally: every rule of every profile is counted once.
func TestTally(t *testing.T) {
	for _, profile := range policy.Profiles() {
		p, err := policy.Load([]string{profile.ID}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		n := p.Tally(profile.ID)
		if n.Automated+n.Manual+n.Informational != len(profile.Rules) {
			t.Errorf("%s: %+v of %d rules", profile.ID, n, len(profile.Rules))
		}
	}
}

// TestEvidence: a rule left to a person says what to attach or where to look.
func TestEvidence(t *testing.T) {
	for _, profile := range policy.Profiles() {
		p, err := policy.Load([]string{profile.ID}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range p.Unautomated {
			if !strings.Contains(u.Reason, "attach") && !strings.Contains(u.Reason, "read the") && !strings.Contains(u.Reason, "look at") {
				t.Errorf("%s %s: %s", u.Profile, u.Rule, u.Reason)
			}
		}
	}
}
