package tlsreg

import (
	"bytes"
	"math/big"
	"sync"

	"tlsaudit/audit"
)

// namedPrime is the prime of a finite-field group.
type namedPrime struct {
	group string
	bytes []byte
}

// namedPrimes are the primes of RFC 7919 appendix A. They are computed as that
// defines them, from the digits of e: of b bits, 64 of them set at either end,
// and in between the first digits of e plus the least number that makes both
// the result and half of it prime.
var namedPrimes = sync.OnceValue(func() []namedPrime {
	const precision = 8192 + 128
	term := new(big.Int).Lsh(big.NewInt(1), precision)
	e := new(big.Int).Set(term)
	for k := int64(1); term.Sign() > 0; k++ {
		term.Quo(term, big.NewInt(k))
		e.Add(e, term)
	}
	var list []namedPrime
	for _, g := range []struct {
		name string
		bits uint
		plus int64
	}{{"ffdhe2048", 2048, 560316}, {"ffdhe3072", 3072, 2625351}, {"ffdhe4096", 4096, 5736041}, {"ffdhe6144", 6144, 15705020}, {"ffdhe8192", 8192, 10965728}} {
		power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
		middle := new(big.Int).Rsh(e, precision-(g.bits-130))
		middle.Add(middle, big.NewInt(g.plus)).Lsh(middle, 64)
		p := power(g.bits)
		p.Sub(p, power(g.bits-64)).Add(p, middle).Sub(p, big.NewInt(1))
		list = append(list, namedPrime{g.name, p.Bytes()})
	}
	return list
})

// GroupByPrime returns the finite-field group that has this prime, given in
// big-endian order without leading zeros.
func GroupByPrime(prime []byte) (Group, bool) {
	for _, n := range namedPrimes() {
		if bytes.Equal(n.bytes, prime) {
			return GroupByName(n.group)
		}
	}
	return Group{}, false
}

// PrimeOf returns the prime of a finite-field group of RFC 7919 in big-endian
// order, and nil for any other group. The caller must not change it.
func PrimeOf(group audit.Code) []byte {
	g, ok := GroupByCode(group)
	if !ok || g.Kind != "ffdhe" {
		return nil
	}
	for _, n := range namedPrimes() {
		if n.group == g.Name {
			return n.bytes
		}
	}
	return nil
}
