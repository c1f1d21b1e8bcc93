package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// suite13 is what a TLS 1.3 suite is made of.
type suite13 struct {
	hash    func() hash.Hash
	keySize int
	aead    func(key []byte) (cipher.AEAD, error)
}

func suite13Of(suite uint16) (suite13, bool) {
	switch suite {
	case 0x1301:
		return suite13{sha256.New, 16, newGCM}, true
	case 0x1302:
		return suite13{sha512.New384, 32, newGCM}, true
	case 0x1303:
		return suite13{sha256.New, 32, chacha20poly1305.New}, true
	}
	return suite13{}, false
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// serverKey follows the key schedule of RFC 8446 section 7.1 to the traffic
// key that protects the server's handshake messages.
func (s suite13) serverKey(secret, transcript []byte) (*decrypter, error) {
	size := s.hash().Size()
	zeros := make([]byte, size)
	h := s.hash()
	h.Write(transcript)

	early, err := hkdf.Extract(s.hash, zeros, nil)
	if err != nil {
		return nil, err
	}
	derived, err := s.expand(early, "derived", s.hash().Sum(nil), size)
	if err != nil {
		return nil, err
	}
	handshake, err := hkdf.Extract(s.hash, secret, derived)
	if err != nil {
		return nil, err
	}
	traffic, err := s.expand(handshake, "s hs traffic", h.Sum(nil), size)
	if err != nil {
		return nil, err
	}
	key, err := s.expand(traffic, "key", nil, s.keySize)
	if err != nil {
		return nil, err
	}
	d := &decrypter{}
	if d.iv, err = s.expand(traffic, "iv", nil, chacha20poly1305.NonceSize); err != nil {
		return nil, err
	}
	d.aead, err = s.aead(key)
	return d, err
}

// expand is HKDF-Expand-Label.
func (s suite13) expand(secret []byte, label string, context []byte, n int) ([]byte, error) {
	info := []byte{byte(n >> 8), byte(n), byte(len("tls13 ") + len(label))}
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, byte(len(context)))
	info = append(info, context...)
	return hkdf.Expand(s.hash, secret, string(info), n)
}

// decrypter opens the records of one traffic key in their order.
type decrypter struct {
	aead     cipher.AEAD
	iv       []byte
	sequence uint64
}

// open decrypts payload in place (RFC 8446 section 5.2) and returns the
// content type hidden behind the padding.
func (d *decrypter) open(header, payload []byte) (recordType byte, plain []byte, err error) {
	var nonce [chacha20poly1305.NonceSize]byte
	copy(nonce[:], d.iv)
	for i := range 8 {
		nonce[len(nonce)-1-i] ^= byte(d.sequence >> (8 * i))
	}
	d.sequence++
	plain, err = d.aead.Open(payload[:0], nonce[:], payload, header)
	if err != nil {
		return 0, nil, malformed("an encrypted record: %w", err)
	}
	for len(plain) > 0 && plain[len(plain)-1] == 0 {
		plain = plain[:len(plain)-1]
	}
	if len(plain) == 0 || len(plain) > maxFragment+1 {
		return 0, nil, malformed("an encrypted record with a content of %d bytes", len(plain))
	}
	last := len(plain) - 1
	return plain[last], plain[:last], nil
}
