package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	_ "crypto/md5" // registers the hash: old signatures have to be recognised
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
)

// certifies reports whether p issued c: the names agree and the signature on c
// verifies with p's key. Where the signature algorithm is not known here, the
// names alone decide. Unlike crypto/x509 it accepts broken hashes: the question
// is who signed, not whether that is good.
func (p *certificate) certifies(c *certificate) bool {
	if !p.named(c) {
		return false
	}
	ok, known := verify(c.encoding, p.encoding)
	return ok || !known
}

// named reports whether c names p as its issuer, at no cost.
func (p *certificate) named(c *certificate) bool {
	return p.encoding != nil && c.encoding != nil &&
		rawName(p.encoding.TBS.Subject) == rawName(c.encoding.TBS.Issuer)
}

// verify checks the signature on child with the key of parent.
func verify(child, parent *encoding) (ok, known bool) {
	s := schemeOf(child.Algorithm)
	if s.kind == unverifiable {
		return false, false
	}
	if _, err := keyOf(parent); err != nil {
		return false, true // outside the guards: never used
	}
	key, err := x509.ParsePKIXPublicKey(parent.TBS.PublicKey.Raw)
	if err != nil {
		return false, false
	}
	signed, signature := []byte(child.TBS.Raw), child.Signature.Bytes
	var digest []byte
	if s.hash != 0 {
		h := s.hash.New()
		h.Write(signed)
		digest = h.Sum(nil)
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch s.kind {
		case pkcs1:
			return rsa.VerifyPKCS1v15(key, s.hash, digest, signature) == nil, true
		case pss:
			return rsa.VerifyPSS(key, s.hash, digest, signature, nil) == nil, true
		}
	case *ecdsa.PublicKey:
		return s.kind == ecdsaASN1 && ecdsa.VerifyASN1(key, digest, signature), true
	case ed25519.PublicKey:
		return s.kind == edwards && ed25519.Verify(key, signed, signature), true
	}
	return false, true
}
