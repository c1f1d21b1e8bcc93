package scanner

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

const (
	// maxPrimeBits bounds the moduli that are tested, in bits: at the bound a
	// test takes about two seconds of one processor.
	maxPrimeBits = 8192
	// maxPrimes and maxTestedBits bound the different moduli kept of one
	// endpoint, and the sizes together of those tested: a peer may make up a
	// new one for each connection.
	maxPrimes     = 8
	maxTestedBits = 2 * maxPrimeBits
	// maxTested bounds the results a Scanner remembers.
	maxTested = 4096
)

// fingerprint names a modulus. The zero value stands for none.
type fingerprint [sha256.Size]byte

func fingerprintOf(prime []byte) (sum fingerprint) {
	if len(prime) > 0 {
		sum = sha256.Sum256(prime)
	}
	return sum
}

// primality remembers what was found out about moduli, for all endpoints: many
// share one. Tests are made one at a time, so that they leave processors to
// the scans.
type primality struct {
	mu   sync.Mutex
	kind map[fingerprint]tlsreg.PrimeKind
}

// test says what kind of number a modulus is. Both tests are probabilistic:
// Baillie-PSW, for which no counter-example is known, and a round of
// Miller-Rabin.
func (p *primality) test(prime []byte) tlsreg.PrimeKind {
	sum := fingerprintOf(prime)
	p.mu.Lock()
	defer p.mu.Unlock()
	if kind, ok := p.kind[sum]; ok {
		return kind
	}
	n := new(big.Int).SetBytes(prime)
	kind := tlsreg.PrimeComposite
	if n.ProbablyPrime(1) {
		kind = tlsreg.PrimeNotSafe
		if n.Rsh(n, 1).ProbablyPrime(1) {
			kind = tlsreg.PrimeSafe
		}
	}
	if p.kind == nil || len(p.kind) >= maxTested {
		p.kind = map[fingerprint]tlsreg.PrimeKind{}
	}
	p.kind[sum] = kind
	return kind
}

// sawPrime keeps the modulus of a key exchange for askPrimes. Those known by
// name need no test.
func (e *endpoint) sawPrime(f *wire.Flight) {
	if len(f.DHPrime) == 0 {
		return
	}
	sum := fingerprintOf(f.DHPrime)
	if _, known := tlsreg.PrimeByFingerprint(sum); known {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, kept := e.primes[sum]; kept || len(e.primes) == maxPrimes || f.DHBits > maxPrimeBits {
		return
	}
	if e.primes == nil {
		e.primes = map[fingerprint][]byte{}
	}
	e.primes[sum] = f.DHPrime
}

// askPrimes finds out whether the moduli seen are safe primes. It makes no
// connection.
func askPrimes(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	left := maxTestedBits
	for _, x := range versions {
		for _, h := range x.hits {
			e.mu.Lock()
			prime, done := e.primes[h.prime], e.primeKinds[h.prime]
			e.mu.Unlock()
			if prime == nil || done != "" || ctx.Err() != nil {
				continue
			}
			if left -= h.flight.DHBits; left < 0 {
				e.note(fmt.Sprintf("the server uses many Diffie-Hellman primes of its own; whether they are safe was tested for up to %d bits in all", maxTestedBits))
				return
			}
			kind := e.s.primality.test(prime)
			e.mu.Lock()
			if e.primeKinds == nil {
				e.primeKinds = map[fingerprint]tlsreg.PrimeKind{}
			}
			e.primeKinds[h.prime] = kind
			e.mu.Unlock()
		}
	}
}

// describePrime says what is known about the modulus of a suite.
func (e *endpoint) describePrime(s *audit.Suite, sum fingerprint) {
	if known, ok := tlsreg.PrimeByFingerprint(sum); ok {
		s.DHName, s.DHPrime = known.Name, string(known.Kind)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s.DHPrime = string(e.primeKinds[sum])
}
