package checks_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/tlsreg"
)

// accepting is an endpoint that takes these suites at TLS 1.2 and 1.3.
func accepting(t *testing.T, names ...string) *audit.Observation {
	o := &audit.Observation{Reach: audit.ReachTLS}
	o.Versions = []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Accepted}, {Version: audit.TLSv13, Answer: audit.Accepted}}
	for _, name := range names {
		s, ok := tlsreg.SuiteByName(name)
		if !ok {
			t.Fatal(name)
		}
		f := &o.Versions[0]
		if s.Min == audit.TLSv13 {
			f = &o.Versions[1]
		}
		f.Suites = append(f.Suites, audit.Suite{ID: s.Code, Name: s.Name})
	}
	return o
}

// TestSuiteRemedy: what stays is accepted, allowed and strong; where nothing
// is, the usual suites take its place if the policy has nothing against them.
func TestSuiteRemedy(t *testing.T) {
	const (
		cbc, ecdhe    = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
		triple, rc4   = "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"
		aes, chacha   = "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"
		usual, usual2 = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	)
	tests := []struct {
		name   string
		check  string
		params map[string]any
		o      []string
		allow  []string
		forbid []string
	}{
		{"keep the strong one", "suite.no_weak", nil, []string{ecdhe, cbc, triple}, []string{ecdhe}, []string{triple}},
		{"a rule about RC4 does not suggest 3DES", "suite.predicate", map[string]any{"enc": "RC4"}, []string{triple, rc4, ecdhe}, []string{ecdhe}, []string{triple, rc4}},
		{"nothing strong is accepted", "suite.no_weak", nil, []string{cbc, triple},
			[]string{usual, usual2, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ecdhe}, []string{triple}},
		{"the usual suites are ruled out", "suite.predicate", map[string]any{"allow": list(cbc)}, []string{cbc, triple}, []string{cbc}, []string{triple}},
		{"generations apart", "suite.predicate", map[string]any{"allow": list(ecdhe, aes)}, []string{ecdhe, aes, chacha}, []string{ecdhe, aes}, []string{chacha}},
	}
	for _, tt := range tests {
		check := checks.ByID(tt.check)
		params, err := check.Params(tt.params)
		if err != nil {
			t.Fatal(err)
		}
		o := accepting(t, tt.o...)
		want := check.WantFor(&audit.Case{Target: &o.Target, Observation: o, Level: audit.Must, Params: params})
		if diff := cmp.Diff(tt.allow, want.AllowSuites); diff != "" {
			t.Errorf("%s: allow (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.forbid, want.ForbidSuites); diff != "" {
			t.Errorf("%s: forbid (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSuitesInReserve: where TLS 1.3 is not offered yet, its usual suites are
// kept ready, as far as the policy lets them pass.
func TestSuitesInReserve(t *testing.T) {
	check := checks.ByID("suite.pfs_only")
	reserve := func(names ...string) []string {
		o := accepting(t, names...)
		return check.WantFor(&audit.Case{Target: &o.Target, Observation: o, Level: audit.Must}).TLS13Suites
	}
	if got := reserve("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"); !cmp.Equal(got, []string{"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}) {
		t.Errorf("without TLS 1.3: %q", got)
	}
	if got := reserve("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"); got != nil {
		t.Errorf("with TLS 1.3: %q", got)
	}
}
