package scanner

import (
	"encoding/json"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// FuzzStaple reads a response a peer made up. What comes out is evidence, and
// must survive being stored.
func FuzzStaple(f *testing.F) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	a := fixtures.NewAuthority(now)
	leaf := a.Server(fixtures.P256, "www.example.com")
	f.Add(a.OCSP(leaf, fixtures.Staple{}), true)
	f.Add(a.OCSP(leaf, fixtures.Staple{Status: 1, Forged: true}), true)
	f.Add(a.OCSP(leaf, fixtures.Staple{NextUpdate: time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)}), false)
	f.Add([]byte{0x30, 3, 0x0a, 1, 3}, true)
	f.Add(make([]byte, maxStaple+1), true)
	f.Fuzz(func(t *testing.T, der []byte, issued bool) {
		chain := leaf.Certificate
		if !issued {
			chain = chain[:1]
		}
		s := readStaple(der, chain)
		if s.Answer != audit.Accepted || s.Signed == audit.NotAsked || s.Signed == audit.Latent {
			t.Errorf("%+v", s)
		}
		if s.Signed == audit.Accepted && (s.Status == "" || !issued) || s.Signed != audit.Accepted && s.Reason == "" {
			t.Errorf("without a reason: %+v", s)
		}
		if _, err := json.Marshal(s); err != nil {
			t.Error(err)
		}
	})
}
