package wire

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"fmt"
)

// The groups the keyed reader can make a share of (IANA "TLS Supported
// Groups").
const (
	groupP256           = 23
	groupP384           = 24
	groupP521           = 25
	groupX25519         = 29
	groupX25519MLKEM768 = 4588
)

// keyPair is one ephemeral key with its encoding for key_share.
type keyPair struct {
	group  uint16
	public []byte
	ecdh   *ecdh.PrivateKey
	mlkem  *mlkem.DecapsulationKey768 // hybrid groups only
}

func curveOf(group uint16) ecdh.Curve {
	switch group {
	case groupP256:
		return ecdh.P256()
	case groupP384:
		return ecdh.P384()
	case groupP521:
		return ecdh.P521()
	case groupX25519, groupX25519MLKEM768:
		return ecdh.X25519()
	}
	return nil
}

func hasShare(group uint16) bool { return curveOf(group) != nil }

func newKeyPair(group uint16) (*keyPair, error) {
	key, err := curveOf(group).GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating a key of group %d: %w", group, err)
	}
	p := &keyPair{group: group, public: key.PublicKey().Bytes(), ecdh: key}
	if group == groupX25519MLKEM768 {
		if p.mlkem, err = mlkem.GenerateKey768(); err != nil {
			return nil, fmt.Errorf("generating an ML-KEM-768 key: %w", err)
		}
		p.public = append(p.mlkem.EncapsulationKey().Bytes(), p.public...)
	}
	return p, nil
}

// secret combines the key with the server's share. In the hybrid group the
// ML-KEM part comes first in the share and in the secret.
func (p *keyPair) secret(peer []byte) ([]byte, error) {
	var secret []byte
	if p.mlkem != nil {
		if len(peer) < mlkem.CiphertextSize768 {
			return nil, fmt.Errorf("a share of %d bytes is too short", len(peer))
		}
		var err error
		if secret, err = p.mlkem.Decapsulate(peer[:mlkem.CiphertextSize768]); err != nil {
			return nil, err
		}
		peer = peer[mlkem.CiphertextSize768:]
	}
	public, err := p.ecdh.Curve().NewPublicKey(peer)
	if err != nil {
		return nil, err
	}
	common, err := p.ecdh.ECDH(public)
	if err != nil {
		return nil, err
	}
	return append(secret, common...), nil
}

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
