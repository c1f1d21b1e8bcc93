package tlsreg

import (
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// TestGroupByPrime: the primes computed are those of RFC 7919, as far as the
// digits at both ends and being safe primes tell.
func TestGroupByPrime(t *testing.T) {
	tails := map[string]string{
		"ffdhe2048": "886b423861285c97ffffffffffffffff", "ffdhe3072": "25e41d2b66c62e37ffffffffffffffff", "ffdhe4096": "c68a007e5e655f6affffffffffffffff",
		"ffdhe6144": "a41d570d7938dad4a40e329cd0e40e65ffffffffffffffff", "ffdhe8192": "d68c8bb7c5c6424cffffffffffffffff",
	}
	for _, n := range namedPrimes() {
		g, ok := GroupByPrime(slices.Clone(n.bytes))
		if !ok || g.Name != n.group || g.Bits != 8*len(n.bytes) {
			t.Errorf("%s: found %v %q of %d bits", n.group, ok, g.Name, g.Bits)
		}
		digits := hex.EncodeToString(n.bytes)
		if !strings.HasPrefix(digits, "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1") || !strings.HasSuffix(digits, tails[n.group]) {
			t.Errorf("%s: %s...%s", n.group, digits[:48], digits[len(digits)-48:])
		}
		if p := new(big.Int).SetBytes(n.bytes); g.Bits <= 3072 && (!p.ProbablyPrime(0) || !p.Rsh(p, 1).ProbablyPrime(0)) {
			t.Errorf("%s is not a safe prime", n.group)
		}
		own := slices.Clone(n.bytes)
		own[100] ^= 1
		if g, ok := GroupByPrime(own); ok {
			t.Errorf("another prime of %d bits is taken for %s", g.Bits, g.Name)
		}
	}
	if _, ok := GroupByPrime(nil); ok {
		t.Error("no prime is taken for a group's")
	}
}
