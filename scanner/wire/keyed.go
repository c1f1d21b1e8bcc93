package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // to speak with servers that still use it
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the PRF of TLS 1.0 and 1.1
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the MAC of most CBC suites
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"math/big"
)

// suite12 is what a suite up to TLS 1.2 is made of, for the client side of its
// record protection.
type suite12 struct {
	key   int
	block func(key []byte) (cipher.Block, error)
	mac   func() hash.Hash // nil: GCM
	prf   func() hash.Hash // of TLS 1.2
}

// suite12Of knows the suites with AES or 3DES in CBC mode, and AES in GCM, whose
// key exchange is RSA, DHE or ECDHE.
func suite12Of(suite uint16) (s suite12, ok bool) {
	s = suite12{key: 16, block: aes.NewCipher, mac: sha1.New, prf: sha256.New}
	switch suite {
	case 0x002F, 0x0032, 0x0033, 0xC009, 0xC013:
	case 0x0035, 0x0038, 0x0039, 0xC00A, 0xC014:
		s.key = 32
	case 0x000A, 0x0013, 0x0016, 0xC008, 0xC012:
		s.key, s.block = 24, des.NewTripleDESCipher
	case 0x003C, 0x0040, 0x0067, 0xC023, 0xC027:
		s.mac = sha256.New
	case 0x003D, 0x006A, 0x006B:
		s.key, s.mac = 32, sha256.New
	case 0xC024, 0xC028:
		s.key, s.mac, s.prf = 32, sha512.New384, sha512.New384
	case 0x009C, 0x009E, 0xC02B, 0xC02F:
		s.mac = nil
	case 0x009D, 0x009F, 0xC02C, 0xC030:
		s.key, s.mac, s.prf = 32, nil, sha512.New384
	default:
		return suite12{}, false
	}
	return s, true
}

// Keyed reports whether a session with the suite can be keyed, and whether its
// records are padded (CBC).
func Keyed(suite uint16) (known, padded bool) {
	s, ok := suite12Of(suite)
	return ok, ok && s.mac != nil
}

// sessionKeys protect the client's first record.
type sessionKeys struct {
	suite       suite12
	master      []byte
	mac, iv     []byte
	cipher      cipher.Block
	keyExchange []byte // the ClientKeyExchange message, and what comes before it
}

var errSuite = errors.New("a suite or group this client has no keys for")

// Key makes the key exchange of the session's suite; the RSA key is needed for
// key transport only. Nothing is verified: the other side may be anyone.
func (s *Session) Key(k PublicKey) error {
	suite, ok := suite12Of(s.Flight.Suite)
	if !ok || !s.Open() || s.version < 0x0301 {
		return errSuite
	}
	premaster, message, err := s.agree(k)
	if err != nil {
		return err
	}
	message = append(s.noCertificate(), message...)
	s.transcript = append(s.transcript, message...)
	keys := &sessionKeys{suite: suite, keyExchange: message}
	seed := append(append([]byte{}, s.random[:]...), s.Flight.Random[:]...)
	if s.Flight.HasExtension(ExtExtendedMasterSecret) {
		keys.master = s.prf(suite, premaster, "extended master secret", s.digest(suite), 48)
	} else {
		keys.master = s.prf(suite, premaster, "master secret", seed, 48)
	}
	mac, iv := 0, 4
	if suite.mac != nil {
		mac, iv = suite.mac().Size(), 16
		if suite.key == 24 {
			iv = 8
		}
	}
	// key_block = PRF(master_secret, "key expansion", server_random + client_random)
	seed = append(append([]byte{}, s.Flight.Random[:]...), s.random[:]...)
	block := s.prf(suite, keys.master, "key expansion", seed, 2*(mac+suite.key+iv))
	keys.mac = block[:mac]
	keys.iv = block[2*mac+2*suite.key:][:iv]
	if keys.cipher, err = suite.block(block[2*mac:][:suite.key]); err != nil {
		return err
	}
	s.keys = keys
	return nil
}

// noCertificate answers a CertificateRequest, if there was one: with a message
// that has no certificate (RFC 5246 section 7.4.6).
func (s *Session) noCertificate() []byte {
	if s.Flight.CertificateRequest == nil {
		return nil
	}
	return handshakeMessage(typeCertificate, []byte{0, 0, 0})
}

// agree makes the premaster secret and the message that carries it.
func (s *Session) agree(k PublicKey) (premaster, message []byte, err error) {
	form := keyExchangeOf(s.Flight.Suite)
	c := cursor{b: s.exchange}
	switch form.kind {
	case kxNone:
		premaster = make([]byte, 48)
		_, _ = rand.Read(premaster)
		premaster[0], premaster[1] = s.hello[4], s.hello[5]
		if k.N == nil || k.N.BitLen() < leastRSA {
			return nil, nil, errKey
		}
		secret, err := k.raw(k.block(BlockRight, premaster))
		return premaster, clientKeyExchange(s.version, secret), err
	case kxECDHE:
		if c.uint8() != 3 {
			return nil, nil, errSuite
		}
		curve := curveOf(c.uint16())
		point := c.vector(1)
		if curve == nil || c.bad {
			return nil, nil, errSuite
		}
		theirs, err := curve.NewPublicKey(point)
		if err != nil {
			return nil, nil, malformed("ServerKeyExchange: %w", err)
		}
		ours, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		premaster, err = ours.ECDH(theirs)
		public := ours.PublicKey().Bytes()
		return premaster, handshakeMessage(typeClientKeyExchange, append([]byte{byte(len(public))}, public...)), err
	case kxDHE:
		prime, generator, public := new(big.Int).SetBytes(c.vector(2)), new(big.Int).SetBytes(c.vector(2)), new(big.Int).SetBytes(c.vector(2))
		if c.bad || prime.BitLen() < 256 || prime.BitLen() > 4096 || prime.Bit(0) == 0 || public.Cmp(prime) >= 0 || public.Sign() <= 0 {
			return nil, nil, errSuite
		}
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		secret := new(big.Int).SetBytes(b)
		ours := generator.Exp(generator, secret, prime).Bytes()
		premaster = public.Exp(public, secret, prime).Bytes() // without leading zeros (RFC 5246 section 8.1.2)
		return premaster, handshakeMessage(typeClientKeyExchange, append([]byte{byte(len(ours) >> 8), byte(len(ours))}, ours...)), nil
	}
	return nil, nil, errSuite
}

// digest is the hash of all handshake messages so far, as Finished wants it.
func (s *Session) digest(suite suite12) []byte {
	if s.version >= 0x0303 {
		h := suite.prf()
		h.Write(s.transcript)
		return h.Sum(nil)
	}
	m, h := md5.Sum(s.transcript), sha1.Sum(s.transcript) //nolint:gosec // RFC 4346 section 7.4.9
	return append(m[:], h[:]...)
}

// prf is the pseudorandom function of RFC 5246 section 5, before TLS 1.2 that of
// RFC 2246 section 5.
func (s *Session) prf(suite suite12, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if s.version >= 0x0303 {
		return expand12(suite.prf, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := expand12(md5.New, secret[:half], seed, n)
	for i, b := range expand12(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

// expand12 is P_hash.
func expand12(h func() hash.Hash, secret, seed []byte, n int) (out []byte) {
	mac := func(parts ...[]byte) []byte {
		m := hmac.New(h, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	for a := mac(seed); len(out) < n; a = mac(a) {
		out = append(out, mac(a, seed)...)
	}
	return out[:n]
}
