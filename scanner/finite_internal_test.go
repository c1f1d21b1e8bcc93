package scanner

import (
	"encoding/hex"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// ffdhe2048 is the prime of RFC 7919 appendix A.1.
const ffdhe2048 = "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef97d2fe363630c75d8f681b202aec4617a" +
	"d3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797a" +
	"bc0ab182b324fb61d108a94bb2c8e3fbb96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61" +
	"9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa886b423861285c97ffffffffffffffff"

// TestPrimeOfGroup: a suite whose prime is that of a group is said to use the
// group, and one with a prime of its own is not.
func TestPrimeOfGroup(t *testing.T) {
	for name, want := range map[string]string{"as is": "ffdhe2048", "changed": ""} {
		prime, err := hex.DecodeString(ffdhe2048)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			prime[17] ^= 4
		}
		x := &version{VersionFact: audit.VersionFact{Version: audit.TLSv12}}
		h := new(endpoint).keep(0x009E, &reply{Flight: wire.Flight{Outcome: wire.ServerHello, Suite: 0x009E, DHPrime: prime, DHBits: 2048}})
		if s := (&endpoint{}).suiteFact(x, &h); s.Group != want || s.DHBits != 2048 || h.flight.DHPrime != nil {
			t.Errorf("%s: group %q of %d bits, want %q", name, s.Group, s.DHBits, want)
		}
	}
}
