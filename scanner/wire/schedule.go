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

// handshakeSecret follows the key schedule of RFC 8446 section 7.1, without a
// pre-shared key, to the Handshake Secret.
func (s suite13) handshakeSecret(secret []byte) ([]byte, error) {
	early, err := hkdf.Extract(s.hash, make([]byte, s.hash().Size()), nil)
	if err != nil {
		return nil, err
	}
	return s.next(early, secret)
}

// next leads from one secret of the schedule to the one below it, which secret
// goes into.
func (s suite13) next(above, secret []byte) ([]byte, error) {
	derived, err := s.derive(above, "derived", nil)
	if err != nil {
		return nil, err
	}
	return hkdf.Extract(s.hash, secret, derived)
}

// derive is Derive-Secret.
func (s suite13) derive(secret []byte, label string, transcript []byte) ([]byte, error) {
	return s.expand(secret, label, s.sum(transcript), s.hash().Size())
}

func (s suite13) sum(transcript []byte) []byte {
	h := s.hash()
	h.Write(transcript)
	return h.Sum(nil)
}

// keys makes the key and the initialisation vector of a traffic secret.
func (s suite13) keys(traffic []byte) (*decrypter, error) {
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

// serverKey makes the traffic key that protects the server's handshake
// messages.
func (s suite13) serverKey(secret, transcript []byte) (*decrypter, error) {
	handshake, err := s.handshakeSecret(secret)
	if err != nil {
		return nil, err
	}
	traffic, err := s.derive(handshake, "s hs traffic", transcript)
	if err != nil {
		return nil, err
	}
	return s.keys(traffic)
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

// nonce is that of the next record (RFC 8446 section 5.3).
func (d *decrypter) nonce() (nonce [chacha20poly1305.NonceSize]byte) {
	copy(nonce[:], d.iv)
	for i := range 8 {
		nonce[len(nonce)-1-i] ^= byte(d.sequence >> (8 * i))
	}
	d.sequence++
	return nonce
}

// open decrypts payload in place (RFC 8446 section 5.2) and returns the
// content type hidden behind the padding.
func (d *decrypter) open(header, payload []byte) (recordType byte, plain []byte, err error) {
	nonce := d.nonce()
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
