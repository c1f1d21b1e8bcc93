package wire

import (
	"crypto/rand"
	"errors"
	"math/big"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// finiteKey is a key of a finite-field group (RFC 7919), with generator 2. It
// is used once, for a secret that protects nothing, so that math/big, whose
// time depends on the numbers, is good enough. The groups above 4096 bits are
// left out: their arithmetic would be at the cost of every scan of a server
// that asks for them.
type finiteKey struct{ prime, private, public *big.Int }

// exponentBits is the length of private keys, twice the strength that RFC 7919
// ascribes to the largest of the groups.
const exponentBits = 352

func newFiniteKey(group uint16) (privateKey, error) {
	k := finiteKey{prime: new(big.Int).SetBytes(tlsreg.PrimeOf(audit.Code(group)))}
	random := make([]byte, exponentBits/8)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	random[0] |= 0x80
	k.private = new(big.Int).SetBytes(random)
	k.public = new(big.Int).Exp(big.NewInt(2), k.private, k.prime)
	return k, nil
}

// share is padded to the length of the prime (RFC 8446 section 4.2.8.1).
func (k finiteKey) share() []byte { return k.public.FillBytes(make([]byte, k.size())) }
func (k finiteKey) size() int     { return (k.prime.BitLen() + 7) / 8 }

// agree refuses what is no public value: 0, 1, p-1 and above. The secret keeps
// its leading zeros (RFC 8446 section 7.4.1).
func (k finiteKey) agree(peer []byte) ([]byte, error) {
	y, one := new(big.Int).SetBytes(peer), big.NewInt(1)
	if y.Cmp(one) <= 0 || y.Cmp(new(big.Int).Sub(k.prime, one)) >= 0 {
		return nil, errors.New("a public value outside of its group")
	}
	return y.Exp(y, k.private, k.prime).FillBytes(make([]byte, k.size())), nil
}
