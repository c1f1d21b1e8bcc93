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

// TestFaultsOfChecks: what a check refuses is placed at the value it is about,
// in lists and conditions, and in the section a derived rule comes from.
func TestFaultsOfChecks(t *testing.T) {
	const head = "schema: tls-policy/draft-1\nid: house\ntitle: H\npublisher: us\nversion: '1'\n"
	for in, want := range map[string]string{
		"cert_sigalgs: {allow: [rsa+sha256, rsa+sha257]}\n":                                          "p.yaml:6:36: cert_sigalgs.allow[1]: ",
		"suites: {mode: denylist, deny: [{when: {enc: [RC5]}, level: must}]}\n":                      "p.yaml:6:47: suites.deny[0].when.enc[0]: ",
		"keys: {types: [rsaa]}\n":                                                                    "p.yaml:6:16: keys.types[0]: ",
		"keys: {hash: [sha256, sha265]}\n":                                                           "p.yaml:6:23: keys.hash[1]: ",
		"keys: {eddsa: {sufficient: [ed25591]}}\n":                                                   "p.yaml:6:29: keys.eddsa.sufficient[0]: ",
		"cert_hash: {forbidden: [md6]}\n":                                                            "p.yaml:6:25: cert_hash.forbidden[0]: ",
		"rules: [{rule: R, level: must_not, check: suite.predicate, params: {enc: [RC4, RC5]}}]\n":   "p.yaml:6:80: rules[0].params.enc[1]: ",
		"rules: [{rule: R, level: must_not, check: protocol.offered, params: {version: [SSLv2]}}]\n": "p.yaml:6:79: rules[0].params.version: ",
	} {
		_, err := policy.Parse("p.yaml", []byte(head+in), checks.All)
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "\nhint: did you mean ") {
			t.Errorf("%s%v\nwant %s", in, err, want)
		}
	}
}
