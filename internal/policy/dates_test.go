package policy_test

import (
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

// TestJudgedInTime: what a standard says holds from its day on and through its
// last, by the time of judgement.
func TestJudgedInTime(t *testing.T) {
	with := func(suites ...string) func(*setup) {
		return func(s *setup) { s.suites[audit.TLSv12] = append(s.suites[audit.TLSv12], suites...) }
	}
	only12 := func(suites ...string) func(*setup) {
		return func(s *setup) { s.suites = map[audit.Version][]string{audit.TLSv12: suites} }
	}
	issued := func(day string, days int, eku ...string) func(*audit.Observation) {
		return func(o *audit.Observation) {
			c := &o.Chains[0].Certificates[0]
			begin, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			c.NotBefore, c.NotAfter = begin, begin.AddDate(0, 0, days).Add(-time.Second)
			if len(eku) > 0 {
				c.EKU = eku
			}
		}
	}
	for _, tt := range []struct {
		profile, rule string
		edit          func(*setup)
		change        func(*audit.Observation)
		at            string
		want          audit.Verdict
	}{
		// BSI TR-02102-2: static ECDH through 2026, DHE through 2029, TLS 1.2 through 2031.
		{"bsi-tr-02102-2", "suites.allow", with("TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2026-12-31T23:59:59Z", audit.Pass},
		{"bsi-tr-02102-2", "suites.allow", with("TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2027-01-01T00:00:00Z", audit.Warn},
		{"bsi-tr-02102-2", "suites.allow", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2029-12-31T23:59:59Z", audit.Pass},
		{"bsi-tr-02102-2", "suites.allow", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2030-01-01T00:00:00Z", audit.Warn},
		{"bsi-tr-02102-2", "suites.allow", chacha, nil, "2026-11-20T00:00:00Z", audit.Warn},
		{"bsi-tr-03116-4", "suites.allow", chacha, nil, "2026-11-20T00:00:00Z", audit.Fail},
		// Of the two versions recommended one is enough, until one is left.
		{"bsi-tr-02102-2", "protocols.recommended", only13, nil, "2031-12-31T12:00:00Z", audit.Pass},
		{"bsi-tr-02102-2", "protocols.recommended", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2031-12-31T12:00:00Z", audit.Pass},
		{"bsi-tr-02102-2", "protocols.recommended.2032", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2031-12-31T12:00:00Z", audit.NotApplicable},
		{"bsi-tr-02102-2", "protocols.recommended.2032", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2032-01-01T00:00:00Z", audit.Warn},
		// A table of TLS 1.3 says nothing where there is none.
		{"bsi-tr-02102-2", "sigalgs.tls13_cert", func(s *setup) {
			only12("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")(s)
			s.certs = []certificate{{rsa3072.key, "rsa+sha1", "sha1", 0}}
		}, nil, "2026-11-20T00:00:00Z", audit.NotApplicable},
		{"bsi-tr-02102-2", "sigalgs.tls13_cert", func(s *setup) { s.certs = []certificate{{rsa3072.key, "rsa+sha1", "sha1", 0}} }, nil, "2026-11-20T00:00:00Z", audit.Warn},
		{"bsi-tr-02102-2", "protocols.expired", nil, nil, "2031-12-31T23:59:59Z", audit.NotApplicable},
		{"bsi-tr-02102-2", "protocols.expired", nil, nil, "2032-01-01T00:00:00Z", audit.Warn},
		// TR-03116-4: one of four suites, two of them through 2026.
		{"bsi-tr-03116-4", "suites.required_any_server", only12("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"), nil, "2026-12-31T23:59:59Z", audit.Pass},
		{"bsi-tr-03116-4", "suites.required_any_server", only12("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"), nil, "2027-01-01T00:00:00Z", audit.Fail},
		{"bsi-tr-03116-4", "suites.required_any_server", only13, nil, "2026-11-20T00:00:00Z", audit.NotApplicable},
		// SP 800-52: RSA key transport was for a transition that ended with 2023.
		{"nist-sp800-52r2-public", "suites.allow", with("TLS_RSA_WITH_AES_128_GCM_SHA256"), nil, "2023-12-31T23:59:59Z", audit.Warn},
		{"nist-sp800-52r2-public", "suites.allow", with("TLS_RSA_WITH_AES_128_GCM_SHA256"), nil, "2024-01-01T00:00:00Z", audit.Fail},
		{"nist-sp800-52r2-public", "protocols.required", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2023-12-31T00:00:00Z", audit.NotApplicable},
		{"nist-sp800-52r2-public", "protocols.required", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2024-01-01T00:00:00Z", audit.Fail},
		// RFC 10015 begins in July 2026.
		{"ietf-bcp195", "suites.deny.8", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-06-30T23:59:59Z", audit.NotApplicable},
		{"ietf-bcp195", "suites.deny.8", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-07-01T00:00:00Z", audit.Fail},
		// NCSC-NL: insufficient fails, phase-out warns, and both are told apart.
		{"ncsc-nl-2025-05", "suites.insufficient", with("TLS_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Fail},
		{"ncsc-nl-2025-05", "suites.phase_out", with("TLS_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"ncsc-nl-2025-05", "suites.insufficient", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"ncsc-nl-2025-05", "suites.phase_out", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Warn},
		{"ncsc-nl-2025-05", "keys.rsa.insufficient", func(s *setup) { s.certs = []certificate{rsa2048} }, nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"ncsc-nl-2025-05", "keys.rsa.phase_out", func(s *setup) { s.certs = []certificate{rsa2048} }, nil, "2026-11-20T00:00:00Z", audit.Warn},
		// ANSSI: degraded warns, what is on no list fails; 2048 bits through 2030.
		{"anssi-tls-1.2", "suites.forbidden", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"anssi-tls-1.2", "suites.degraded", with("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Warn},
		{"anssi-tls-1.2", "suites.forbidden", with("TLS_RSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Fail},
		{"anssi-tls-1.2", "keys.min_bits.after_2030", func(s *setup) { s.certs = []certificate{rsa2048} }, nil, "2030-12-31T23:59:59Z", audit.NotApplicable},
		{"anssi-tls-1.2", "keys.min_bits.after_2030", func(s *setup) { s.certs = []certificate{rsa2048} }, nil, "2031-01-01T00:00:00Z", audit.Fail},
		// The CA/Browser Forum's schedule is by the day of issue.
		{"cabf-br", "BR-VALIDITY", nil, issued("2026-03-14", 398), "2026-11-20T00:00:00Z", audit.Warn},
		{"cabf-br", "BR-VALIDITY", nil, issued("2026-03-14", 397), "2026-11-20T00:00:00Z", audit.Pass},
		{"cabf-br", "BR-VALIDITY", nil, issued("2026-03-15", 201), "2026-09-20T00:00:00Z", audit.Fail},
		{"cabf-br", "BR-VALIDITY", nil, issued("2027-03-15", 101), "2027-04-20T00:00:00Z", audit.Fail},
		{"cabf-br", "BR-VALIDITY", nil, issued("2029-03-15", 46), "2029-04-01T00:00:00Z", audit.Pass},
		// Chrome looks at the day of issue, not at the day of the audit.
		{"chrome-root-program-1.8", "CRP-EKU-LEAF", nil, issued("2027-03-14", 90, "serverAuth", "clientAuth"), "2027-04-01T00:00:00Z", audit.NotApplicable},
		{"chrome-root-program-1.8", "CRP-EKU-LEAF", nil, issued("2027-03-15", 90, "serverAuth", "clientAuth"), "2027-04-01T00:00:00Z", audit.Fail},
		{"chrome-root-program-1.8", "CRP-EKU-LEAF", nil, issued("2027-03-15", 90, "serverAuth"), "2027-04-01T00:00:00Z", audit.Pass},
		// internet.nl: the same violation fails for web and informs for mail.
		{"internetnl-scoring", "web.trusted", nil, func(o *audit.Observation) { o.Chains[0].Trust.Answer = audit.Refused }, "2026-11-20T00:00:00Z", audit.Fail},
		{"internetnl-scoring", "mail.trusted", mail, func(o *audit.Observation) { o.Chains[0].Trust.Answer = audit.Refused }, "2026-11-20T00:00:00Z", audit.Pass},
		{"internetnl-scoring", "web.trusted", mail, nil, "2026-11-20T00:00:00Z", audit.NotApplicable},
		// SSL Labs: TLS 1.2 or 1.3 is enough; 64-bit blocks count from TLS 1.1 on.
		{"ssllabs-2009r", "SL-NO12", only12("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"ssllabs-2009r", "SL-NO12", func(s *setup) {
			s.suites = map[audit.Version][]string{audit.TLSv10: {"TLS_RSA_WITH_AES_128_CBC_SHA"}}
		}, nil, "2026-11-20T00:00:00Z", audit.Fail},
		{"ssllabs-2009r", "SL-64BIT", func(s *setup) { s.suites[audit.TLSv10] = []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"} }, nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"ssllabs-2009r", "SL-64BIT", with("TLS_RSA_WITH_3DES_EDE_CBC_SHA"), nil, "2026-11-20T00:00:00Z", audit.Fail},
		// CNSA: the groups of the transition are told from the target.
		{"cnsa-2.0", "groups.transition", func(s *setup) { only13(s); cnsa(s); s.groups[audit.TLSv13] = []string{"secp384r1"} }, nil, "2026-11-20T00:00:00Z", audit.Pass},
		{"cnsa-2.0", "groups.required", func(s *setup) { only13(s); cnsa(s); s.groups[audit.TLSv13] = []string{"secp384r1"} }, nil, "2026-11-20T00:00:00Z", audit.Warn},
	} {
		p, err := policy.Load([]string{tt.profile}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		o := modern(tt.edit).observe()
		if tt.change != nil {
			tt.change(o)
		}
		found := false
		for _, r := range p.Rules {
			if r.Profile == tt.profile && r.ID == tt.rule {
				found = true
				if f := judgement(r, o, at); f.Verdict != tt.want {
					t.Errorf("%s %s at %s: %s, want %s: %s", tt.profile, tt.rule, tt.at, f.Verdict, tt.want, f.Message)
				}
			}
		}
		if !found {
			t.Errorf("%s has no automated rule %s", tt.profile, tt.rule)
		}
	}
}

// BenchmarkLoad loads every built-in profile at once; the files are read once
// for the whole program and not counted.
func BenchmarkLoad(b *testing.B) {
	var all []string
	for _, p := range policy.Profiles() {
		all = append(all, p.ID)
	}
	for b.Loop() {
		if _, err := policy.Load(all, checks.All); err != nil {
			b.Fatal(err)
		}
	}
}
