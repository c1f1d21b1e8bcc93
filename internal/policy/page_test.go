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

// TestDerivedFaults: what a check refuses of a derived rule is placed at the
// section the rule comes from.
func TestDerivedFaults(t *testing.T) {
	const head = "schema: tls-policy/draft-1\nid: house\ntitle: H\npublisher: us\nversion: '1'\n"
	for in, want := range map[string]string{
		"cert_sigalgs: {allow: [rsa+sha257]}\n":                                 "p.yaml:6:15: rule cert_sigalgs.allow: ",
		"suites: {mode: denylist, deny: [{when: {enc: [RC5]}, level: must}]}\n": "p.yaml:6:33: rule suites.deny.1: ",
		"keys: {types: [rsaa]}\n":                                               "p.yaml:6:7: rule keys.types: ",
		"cert_hash: {forbidden: [md6]}\n":                                       "p.yaml:6:12: rule cert_hash.forbidden: ",
	} {
		_, err := policy.Parse("p.yaml", []byte(head+in), checks.All)
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "\nhint: tlsaudit explain ") {
			t.Errorf("%s%v\nwant %s", in, err, want)
		}
	}
}
