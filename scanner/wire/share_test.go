package wire

import (
	"bytes"
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"math/big"
	"slices"
	"testing"
)

// answer plays the server's part in a group: its share and the secret.
func answer(t *testing.T, group uint16, public []byte) (share, secret []byte) {
	t.Helper()
	curve := func(c ecdh.Curve, n int) {
		peer, err := c.NewPublicKey(public[:n])
		if err != nil {
			t.Fatal(err)
		}
		key, _ := c.GenerateKey(rand.Reader)
		common, err := key.ECDH(peer)
		if err != nil {
			t.Fatal(err)
		}
		share, secret, public = append(share, key.PublicKey().Bytes()...), append(secret, common...), public[n:]
	}
	kem := func(n int, encapsulate func([]byte) ([]byte, []byte)) {
		common, text := encapsulate(public[:n])
		share, secret, public = append(share, text...), append(secret, common...), public[n:]
	}
	kem768 := func(b []byte) ([]byte, []byte) {
		key, err := mlkem.NewEncapsulationKey768(b)
		if err != nil {
			t.Fatal(err)
		}
		return key.Encapsulate()
	}
	kem1024 := func(b []byte) ([]byte, []byte) {
		key, err := mlkem.NewEncapsulationKey1024(b)
		if err != nil {
			t.Fatal(err)
		}
		return key.Encapsulate()
	}
	switch group {
	case groupMLKEM768:
		kem(1184, kem768)
	case groupMLKEM1024:
		kem(1568, kem1024)
	case groupX25519MLKEM768: // RFC 10024: this one the other way round
		kem(1184, kem768)
		curve(ecdh.X25519(), 32)
	case groupSecP256r1MLKEM768:
		curve(ecdh.P256(), 65)
		kem(1184, kem768)
	case groupSecP384r1MLKEM1024:
		curve(ecdh.P384(), 97)
		kem(1568, kem1024)
	case groupX25519:
		curve(ecdh.X25519(), 32)
	case groupP256:
		curve(ecdh.P256(), 65)
	case groupP384:
		curve(ecdh.P384(), 97)
	case groupP521:
		curve(ecdh.P521(), 133)
	default:
		key, err := newFiniteKey(group)
		if err != nil {
			t.Fatal(err)
		}
		share = key.share()
		if secret, err = key.agree(public); err != nil {
			t.Fatal(err)
		}
		return share, secret
	}
	if len(public) > 0 {
		t.Errorf("group %d: %d bytes too many in the share", group, len(public))
	}
	return share, secret
}

// TestShares: in each group both sides come to the same secret, and a share of
// another length is none.
func TestShares(t *testing.T) {
	for _, group := range readable13 {
		pair, err := newKeyPair(group)
		if err != nil {
			t.Fatal(err)
		}
		share, want := answer(t, group, pair.public)
		if got, err := pair.secret(share); err != nil || !bytes.Equal(got, want) || len(want) < 32 {
			t.Errorf("group %d: secret %x, want %x, %v", group, got, want, err)
		}
		for name, bad := range map[string][]byte{"empty": nil, "short": share[:len(share)-1], "long": append(slices.Clone(share), 0), "half": share[:len(share)/2]} {
			if _, err := pair.secret(bad); err == nil {
				t.Errorf("group %d: a share that is %s is taken", group, name)
			}
		}
	}
	if hasShare(259) || hasShare(30) {
		t.Error("shares are made for groups without an implementation")
	}
}

// TestFiniteKey: values without a secret are refused, and leading zeros stay.
func TestFiniteKey(t *testing.T) {
	key, err := newFiniteKey(groupFFDHE2048)
	if err != nil {
		t.Fatal(err)
	}
	k := key.(finiteKey)
	below := new(big.Int).Sub(k.prime, big.NewInt(1))
	for name, y := range map[string]*big.Int{"0": big.NewInt(0), "1": big.NewInt(1), "p-1": below, "p": k.prime} {
		if _, err := k.agree(y.FillBytes(make([]byte, 256))); err == nil {
			t.Errorf("%s is taken for a public value", name)
		}
	}
	k.private = big.NewInt(2)
	if secret, err := k.agree(big.NewInt(3).FillBytes(make([]byte, 256))); err != nil || len(secret) != 256 || secret[255] != 9 {
		t.Errorf("3² is %x, %v", secret, err)
	}
}

// FuzzShare gives each group whatever a server may call its share.
func FuzzShare(f *testing.F) {
	f.Add(uint8(0), make([]byte, 32))
	f.Add(uint8(4), make([]byte, 1088+32))
	f.Add(uint8(6), append([]byte{4}, make([]byte, 96+1568)...))
	f.Add(uint8(9), bytes.Repeat([]byte{7}, 256))
	pairs := make([]*keyPair, len(readable13))
	for i, group := range readable13 {
		pairs[i], _ = newKeyPair(group)
	}
	f.Fuzz(func(t *testing.T, i uint8, share []byte) {
		pair := pairs[int(i)%len(pairs)]
		if secret, err := pair.secret(share); err == nil && len(secret) == 0 {
			t.Errorf("group %d: no secret of %x", pair.group, share)
		}
	})
}
