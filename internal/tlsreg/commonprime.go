package tlsreg

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"sync"
)

// PrimeKind says what is known about the modulus of a finite-field
// Diffie-Hellman exchange.
type PrimeKind string

// The kinds of prime.
const (
	// PrimeSafe: it is a prime, and so is half of it. Nothing but the size
	// bounds its strength.
	PrimeSafe PrimeKind = "safe"
	// PrimeNotSafe: it is a prime, half of it is not. A public value may leak
	// bits of the private one unless the group's order is known and checked
	// (RFC 2785).
	PrimeNotSafe PrimeKind = "not-safe"
	// PrimeComposite: it is no prime at all.
	PrimeComposite PrimeKind = "composite"
)

// CommonPrime is a prime that is known by name.
type CommonPrime struct {
	// Name is that of a group, such as "ffdhe2048" or "MODP group 14", or says
	// which product has it built in.
	Name string
	Bits int
	Kind PrimeKind
	// Source is the document or program it comes from.
	Source string
}

//go:embed data/primes.csv
var primeTable string

var commonPrimes = sync.OnceValue(func() map[[sha256.Size]byte]CommonPrime {
	known := map[[sha256.Size]byte]CommonPrime{}
	for _, row := range rows(primeTable) {
		var sum [sha256.Size]byte
		if n, err := hex.Decode(sum[:], []byte(row.text("sha256"))); err != nil || n != len(sum) {
			panic("primes.csv: no fingerprint: " + row.text("sha256"))
		}
		known[sum] = CommonPrime{Name: row.text("name"), Bits: row.int("bits"), Kind: PrimeKind(row.text("kind")), Source: row.text("source")}
	}
	for _, n := range namedPrimes() {
		known[sha256.Sum256(n.bytes)] = CommonPrime{Name: n.group, Bits: 8 * len(n.bytes), Kind: PrimeSafe, Source: "RFC 7919 appendix A"}
	}
	return known
})

// PrimeByFingerprint returns the common prime with this SHA-256, that of its
// bytes in big-endian order without leading zeros.
func PrimeByFingerprint(sum [sha256.Size]byte) (CommonPrime, bool) {
	p, ok := commonPrimes()[sum]
	return p, ok
}
