package tlsreg

import (
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// pi returns the first bits of pi behind the point, by Machin's formula.
func pi(bits uint) *big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), bits+64)
	arctan := func(x int64) *big.Int {
		sum, power := new(big.Int), new(big.Int).Quo(one, big.NewInt(x))
		for n, sign := int64(1), int64(1); power.Sign() > 0; n, sign = n+2, -sign {
			sum.Add(sum, new(big.Int).Quo(power, big.NewInt(sign*n)))
			power.Quo(power, big.NewInt(x*x))
		}
		return sum
	}
	p := arctan(5)
	p.Lsh(p, 2).Sub(p, arctan(239)).Lsh(p, 2)
	return p.Rsh(p, 64)
}

// TestOakleyPrimes: the fingerprints of RFC 2409 and RFC 3526 are those of the
// primes these define, from the digits of pi.
func TestOakleyPrimes(t *testing.T) {
	const precision = 8400
	digits := pi(precision)
	for _, g := range []struct {
		bits uint
		plus int64
		name string
	}{
		{768, 149686, "Oakley group 1"}, {1024, 129093, "Oakley group 2"}, {1536, 741804, "MODP group 5"}, {2048, 124476, "MODP group 14"},
		{3072, 1690314, "MODP group 15"}, {4096, 240904, "MODP group 16"}, {6144, 929484, "MODP group 17"}, {8192, 4743158, "MODP group 18"},
	} {
		power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
		p := new(big.Int).Rsh(digits, precision-(g.bits-130))
		p.Add(p, big.NewInt(g.plus)).Lsh(p, 64)
		p.Add(p, power(g.bits)).Sub(p, power(g.bits-64)).Sub(p, big.NewInt(1))
		got, ok := PrimeByFingerprint(sha256.Sum256(p.Bytes()))
		if !ok || got.Name != g.name || got.Bits != p.BitLen() || got.Kind != PrimeSafe {
			t.Errorf("%s: %+v, %t", g.name, got, ok)
		}
	}
}

func TestCommonPrimes(t *testing.T) {
	if n := len(commonPrimes()); n != 24+5 {
		t.Errorf("%d primes are known", n)
	}
	for sum, p := range commonPrimes() {
		if p.Name == "" || p.Source == "" || p.Bits < 512 || p.Bits > 8192 || p.Kind != PrimeSafe && p.Kind != PrimeNotSafe {
			t.Errorf("%x: %+v", sum, p)
		}
		if document := "RFC 5114"; strings.HasPrefix(p.Source, document) != (p.Kind == PrimeNotSafe && !strings.Contains(p.Name, "DSA")) {
			t.Errorf("%+v: only those of %s and DSA are not safe", p, document)
		}
	}
	for code, want := range map[uint16]int{256: 2048, 260: 8192, 23: 0, 0x0200: 0} {
		prime := PrimeOf(audit.Code(code))
		if len(prime)*8 != want {
			t.Errorf("group %d has a prime of %d bits", code, len(prime)*8)
		}
		if got, ok := PrimeByFingerprint(sha256.Sum256(prime)); want > 0 && (!ok || got.Source != "RFC 7919 appendix A") {
			t.Errorf("group %d: %+v", code, got)
		}
	}
	if _, ok := PrimeByFingerprint([32]byte{1}); ok {
		t.Error("a made-up fingerprint is known")
	}
}
