package checks_test

import (
	"strings"
	"testing"

	"tlsaudit/checks"
)

// FuzzParamText: whatever a policy writes where a check reads small languages
// (signatures, classes of suites, kinds of name, dates), the check takes it and
// can be run with it, or says in one line why not.
func FuzzParamText(f *testing.F) {
	for _, seed := range []string{
		"rsa_pss+sha256 (salt 32)", "ecdsa P-256+sha256", "rsa>=3072+sha384", "MEDIUM: !3DES !IDEA !RC4", "IP reverse zone suffix (from 2026-03-15)",
		"2026-12-31", "2026-02", "2.23.140.1.2.1 DV", "0xC0,0x2F", "no OCSP URL and not short-lived", "absent", "",
	} {
		f.Add(seed)
	}
	forms := []struct {
		check string
		in    func(text string) m
	}{
		{"cert.sig.hash", func(s string) m { return m{"allow": s} }},
		{"suite.predicate", func(s string) m { return m{"forbid": s} }},
		{"suite.predicate", func(s string) m { return m{"allow": list(m{"name": "0x1301", "until": s})} }},
		{"suite.no_weak", func(s string) m { return m{"forbid": s} }},
		{"cert.san.present", func(s string) m { return m{"forbid": s} }},
		{"cert.eku", func(s string) m { return m{"only": "serverAuth", "issued_from": s} }},
		{"cert.policy_oid", func(s string) m { return m{"any": s} }},
		{"cert.basic_constraints", func(s string) m { return m{"pathlen": s} }},
		{"cert.validity.schedule", func(s string) m { return m{"schedule": list(m{"issued_before": s, "max_days": 1})} }},
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range forms {
			check := checks.ByID(form.check)
			params, err := check.Params(form.in(text))
			if err != nil {
				if strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\n") {
					t.Errorf("%s %q: %v", form.check, text, err)
				}
				continue
			}
			check.Want(params)
			if check.Forbids != nil {
				check.Forbids(params)
			}
		}
	})
}
