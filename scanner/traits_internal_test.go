package scanner

import (
	"testing"

	"tlsaudit/internal/tlsreg"
)

// TestTraits: the traits of suites are equal exactly where the suites are, and
// none had to go without.
func TestTraits(t *testing.T) {
	of := suiteTraits().of
	gcm, gcm256, sha := of(0xC02F), of(0xC030), of(0xC013) // ECDHE_RSA with AES_128_GCM, AES_256_GCM, AES_128_CBC_SHA
	if gcm.family != gcm256.family || gcm.cipher != gcm256.cipher || gcm.exact == gcm256.exact || gcm.cipher == sha.cipher || gcm.family != sha.family {
		t.Errorf("%+v, %+v, %+v", gcm, gcm256, sha)
	}
	if rsa, ecdsa := of(0x009C), of(0xC02B); gcm.exact != rsa.exact || gcm.family == rsa.family || gcm.family == ecdsa.family || gcm.cipher != suiteTraits().gcm {
		t.Errorf("%+v, %+v, %+v", gcm, rsa, ecdsa)
	}
	if !of(0xCCA8).chacha || gcm.chacha {
		t.Error("ChaCha20 is not told from others")
	}
	if (of(0xFEDC) != traits{}) {
		t.Errorf("%+v for a suite nobody knows", of(0xFEDC))
	}
	for _, s := range tlsreg.Suites() {
		if s.Code > 0xFFFF {
			continue
		}
		s, _ = tlsreg.SuiteByCode(s.Code)
		if x := of(uint16(s.Code)); x.family == 0 || x.cipher == 0 || x.exact == 0 || x.likely != (s.Status == "iana" && (s.Enc != "ARIA" || s.Auth != "anon")) {
			t.Errorf("%s: %+v", s.Name, x)
		}
	}
}
