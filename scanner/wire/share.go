package wire

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"fmt"
	"slices"
)

// The groups the keyed reader can make a share of (IANA "TLS Supported
// Groups").
const (
	groupP256               = 23
	groupP384               = 24
	groupP521               = 25
	groupX25519             = 29
	groupFFDHE2048          = 256
	groupFFDHE3072          = 257
	groupFFDHE4096          = 258
	groupMLKEM768           = 0x0201
	groupMLKEM1024          = 0x0202
	groupSecP256r1MLKEM768  = 4587
	groupX25519MLKEM768     = 4588
	groupSecP384r1MLKEM1024 = 4589
)

// keyPair is one ephemeral key with its encoding for key_share.
type keyPair struct {
	group  uint16
	public []byte
	// parts are the keys the group is made of, in the order in which their
	// shares and secrets are put together.
	parts []privateKey
}

// privateKey is one half of a key exchange.
type privateKey interface {
	// share is what goes into the key_share of a client.
	share() []byte
	// size is the length of what a server answers; agree makes the secret of it.
	size() int
	agree(peer []byte) ([]byte, error)
}

// recipe lists what a group is made of: the hybrid groups of RFC 10024 join an
// elliptic curve and ML-KEM, in the order their name does not always tell.
func recipe(group uint16) []func() (privateKey, error) {
	curve := func(c ecdh.Curve) func() (privateKey, error) {
		return func() (privateKey, error) {
			key, err := c.GenerateKey(rand.Reader)
			return curveKey{key}, err
		}
	}
	if c := curveOf(group); c != nil {
		return []func() (privateKey, error){curve(c)}
	}
	switch group {
	case groupFFDHE2048, groupFFDHE3072, groupFFDHE4096:
		return []func() (privateKey, error){func() (privateKey, error) { return newFiniteKey(group) }}
	case groupMLKEM768:
		return []func() (privateKey, error){newKEM768}
	case groupMLKEM1024:
		return []func() (privateKey, error){newKEM1024}
	case groupX25519MLKEM768:
		return []func() (privateKey, error){newKEM768, curve(ecdh.X25519())}
	case groupSecP256r1MLKEM768:
		return []func() (privateKey, error){curve(ecdh.P256()), newKEM768}
	case groupSecP384r1MLKEM1024:
		return []func() (privateKey, error){curve(ecdh.P384()), newKEM1024}
	}
	return nil
}

// curveOf returns the elliptic curve that is the whole of a group, or nil.
func curveOf(group uint16) ecdh.Curve {
	switch group {
	case groupP256:
		return ecdh.P256()
	case groupP384:
		return ecdh.P384()
	case groupP521:
		return ecdh.P521()
	case groupX25519:
		return ecdh.X25519()
	}
	return nil
}

func hasShare(group uint16) bool { return recipe(group) != nil }

func newKeyPair(group uint16) (*keyPair, error) {
	p := &keyPair{group: group}
	for _, make := range recipe(group) {
		key, err := make()
		if err != nil {
			return nil, fmt.Errorf("generating a key of group %d: %w", group, err)
		}
		p.parts = append(p.parts, key)
		p.public = append(p.public, key.share()...)
	}
	return p, nil
}

// secret combines the key with the server's share.
func (p *keyPair) secret(peer []byte) ([]byte, error) {
	var secret []byte
	for i, part := range p.parts {
		n := part.size()
		if i == len(p.parts)-1 && len(peer) != n || len(peer) < n {
			return nil, fmt.Errorf("a share whose last %d bytes cannot be those of %d", len(peer), n)
		}
		one, err := part.agree(peer[:n])
		if err != nil {
			return nil, err
		}
		secret, peer = append(secret, one...), peer[n:]
	}
	return slices.Clip(secret), nil
}

// curveKey is a key of an elliptic curve. A share of a server has the length of
// ours.
type curveKey struct{ *ecdh.PrivateKey }

func (k curveKey) share() []byte { return k.PublicKey().Bytes() }
func (k curveKey) size() int     { return len(k.share()) }

func (k curveKey) agree(peer []byte) ([]byte, error) {
	public, err := k.Curve().NewPublicKey(peer)
	if err != nil {
		return nil, err
	}
	return k.ECDH(public)
}

type kem768 struct{ *mlkem.DecapsulationKey768 }

func newKEM768() (privateKey, error) {
	key, err := mlkem.GenerateKey768()
	return kem768{key}, err
}

func (k kem768) share() []byte                     { return k.EncapsulationKey().Bytes() }
func (k kem768) size() int                         { return mlkem.CiphertextSize768 }
func (k kem768) agree(peer []byte) ([]byte, error) { return k.Decapsulate(peer) }

type kem1024 struct{ *mlkem.DecapsulationKey1024 }

func newKEM1024() (privateKey, error) {
	key, err := mlkem.GenerateKey1024()
	return kem1024{key}, err
}

func (k kem1024) share() []byte                     { return k.EncapsulationKey().Bytes() }
func (k kem1024) size() int                         { return mlkem.CiphertextSize1024 }
func (k kem1024) agree(peer []byte) ([]byte, error) { return k.Decapsulate(peer) }

// NewShare makes a share of the group whose private key is thrown away, for a
// hello that is not meant to lead to a session.
func NewShare(group uint16) (KeyShare, error) {
	if !hasShare(group) {
		return KeyShare{}, unsupported("no implementation of group %d", group)
	}
	pair, err := newKeyPair(group)
	if err != nil {
		return KeyShare{}, err
	}
	return KeyShare{Group: group, Data: pair.public}, nil
}
