package checks_test

import (
	"testing"

	"tlsaudit/checks"
)

// TestForbids: a prohibition can be made of a check that says what must not be,
// and of no other: it would be judged the wrong way round.
func TestForbids(t *testing.T) {

	tests := []struct {
		check  string
		params m
		want   bool
	}{
		{"protocol.offered", m{"versions": "TLSv1.0"}, true},
		{"protocol.tls_enabled", m{"any": "TLSv1.0"}, false},
		{"protocol.only", m{"versions": "TLSv1.0"}, false},
		{"protocol.min", m{"min": "TLSv1.2"}, false},
		{"suite.predicate", m{"enc": "RC4"}, true},
		{"suite.predicate", m{"deny": list("TLS_RSA_WITH_RC4_128_MD5")}, true},
		{"suite.predicate", m{"allow": "TLS_AES_128_GCM_SHA256"}, false},
		{"suite.no_weak", nil, false},
		{"suite.server_order", nil, false},
		{"kx.tls13_groups", m{"any": "x25519"}, false},
		{"cert.cn_only", nil, true},
		{"cert.key.type", m{"forbid": "dsa"}, true},
		{"cert.key.type", m{"allow": "rsa"}, false},
		{"cert.sig.hash", m{"forbid": "sha1"}, true},
		{"cert.sig.hash", m{"allow": "rsa+sha256"}, false},
		{"cert.wildcard", nil, true},
		{"cert.wildcard", m{"rule": "complete left-most label only, one level"}, false},
		{"cert.eku", m{"forbid": "anyExtendedKeyUsage"}, true},
		{"cert.eku", m{"require": "serverAuth"}, false},
		{"cert.identity", nil, false},
		{"crypto.hash.any", m{"forbid": "sha1"}, true},
		{"smtp.starttls.injection", nil, true},
		{"smtp.starttls.offered", nil, false},
	}
	for _, tt := range tests {
		check := checks.ByID(tt.check)
		params, err := check.Params(tt.params)
		if err != nil {
			t.Fatal(err)
		}
		if got := check.Forbids != nil && check.Forbids(params); got != tt.want {
			t.Errorf("%s %v forbids: %v", tt.check, tt.params, got)
		}
	}
}
