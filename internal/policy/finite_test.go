package policy_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

// TestPrimesOfGroupLists: DHE suites do not slip through a list of groups, and
// a list of curves beside a minimum for primes does not rule them out.
func TestPrimesOfGroupLists(t *testing.T) {
	for _, tt := range []struct {
		profile, rule string
		bits          int
		want          audit.Verdict
	}{
		{"ncsc-nl-2025-05", "groups.insufficient", 1024, audit.Fail},
		{"ncsc-nl-2025-05", "groups.insufficient", 2048, audit.Fail},
		{"ncsc-nl-2025-05", "groups.insufficient", 3072, audit.Unknown},
		{"ncsc-nl-2025-05", "groups.insufficient", 0, audit.Unknown},
		{"ncsc-nl-2.1", "groups.insufficient", 512, audit.Fail},
		{"ncsc-nl-2.1", "groups.insufficient", 2048, audit.Unknown},
		{"ncsc-uk-tls", "groups.allow", 4096, audit.Fail},
		{"cnsa-2.0", "groups.transition", 4096, audit.Fail},
		{"bsi-tr-02102-2", "groups.allow_tls12", 2048, audit.Warn},
		{"mozilla-intermediate-5.7", "groups.allow", 2048, audit.Pass},
		{"mozilla-intermediate-5.7", "keys.dh", 1024, audit.Fail},
		{"mozilla-old-5.7", "groups.allow", 1024, audit.Pass},
		{"nist-sp800-52r2-government", "groups.allow", 1024, audit.Fail},
	} {
		p, err := policy.Load([]string{tt.profile}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		o := modern(func(s *setup) {
			s.suites[audit.TLSv12] = append(s.suites[audit.TLSv12], "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")
			s.dhBits = tt.bits
			if tt.profile == "cnsa-2.0" {
				s.groups = map[audit.Version][]string{audit.TLSv12: {"secp384r1"}, audit.TLSv13: {"secp384r1"}}
			}
		}).observe()
		found := false
		for _, r := range p.Rules {
			if r.Profile != tt.profile || r.ID != tt.rule {
				continue
			}
			found = true
			if f := judgement(r, o, judged); f.Verdict != tt.want {
				t.Errorf("%s/%s, prime of %d bits: %s, want %s: %s", tt.profile, tt.rule, tt.bits, f.Verdict, tt.want, f.Message)
			}
		}
		if !found {
			t.Errorf("%s has no rule %s", tt.profile, tt.rule)
		}
	}
}
