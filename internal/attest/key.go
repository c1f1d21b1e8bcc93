package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

// maxKey is the size of a file with one key.
const maxKey = 16 << 10

// GenerateKey makes a key pair and writes both halves as PEM: the private key as
// PKCS #8 (RFC 8410), the public one as SubjectPublicKeyInfo.
func GenerateKey() (private, public []byte, id string, err error) {
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, "", fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, "", fmt.Errorf("making a key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, "", fmt.Errorf("making a key: %w", err)
	}
	id, err = KeyID(pub)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), id, err
}

// KeyID names a key: the SHA-256 of its SubjectPublicKeyInfo in hex.
func KeyID(key ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("naming the key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// ReadPrivateKey reads a key to sign with. Errors say what the file is, never
// what is in it.
func ReadPrivateKey(in io.Reader) (ed25519.PrivateKey, error) {
	block, err := onlyBlock(in, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		// The parser's error may quote what it read.
		return nil, errors.New("the key is damaged, or of a kind that is not known")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the key is not an Ed25519 key")
	}
	return private, nil
}

// ReadPublicKey reads a key to verify with.
func ReadPublicKey(in io.Reader) (ed25519.PublicKey, error) {
	block, err := onlyBlock(in, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the key is damaged, or of a kind that is not known")
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the key is not an Ed25519 key")
	}
	return public, nil
}

// kinds says of what else a PEM file may hold what it is.
var kinds = map[string]string{
	"PRIVATE KEY":           "it is a private key, and the public one is wanted",
	"PUBLIC KEY":            "it is a public key, and the private one is wanted",
	"ENCRYPTED PRIVATE KEY": "the key is encrypted, and there is nobody to ask for the pass phrase; keep it unencrypted in a file only its owner can read",
	"OPENSSH PRIVATE KEY":   "it is an OpenSSH key; a PKCS #8 key is wanted",
	"RSA PRIVATE KEY":       "it is an RSA key; an Ed25519 key is wanted",
	"EC PRIVATE KEY":        "it is an ECDSA key; an Ed25519 key is wanted",
	"CERTIFICATE":           "it is a certificate; a bare key is wanted",
}

// onlyBlock returns the one PEM block of a file.
func onlyBlock(in io.Reader, want string) (*pem.Block, error) {
	text, err := bounded(in, maxKey)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not a PEM file")
	}
	if block.Type != want {
		if what, known := kinds[block.Type]; known {
			return nil, errors.New(what)
		}
		return nil, fmt.Errorf("it holds a %q, and a %q is wanted", clipped(block.Type), want)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("it holds more than one key")
	}
	return block, nil
}
