package wire

import (
	"crypto/rand"
	"errors"
	"math/big"
)

// What is sent in a session to see whether a server has a known flaw. Nothing
// here does harm: a heartbeat asks for a few bytes that are never looked at, the
// others are refused, or taken, before anything is encrypted.

// heartbeatClaim is the length a faulty heartbeat claims its empty payload to
// have. A server with the flaw gives away as many bytes of its memory, so it is
// small; any number shows the flaw.
const heartbeatClaim = 64

// FaultyHeartbeat returns a heartbeat request that is shorter than it says (RFC
// 6520 section 4: such messages must be discarded silently), and its length
// without the record header.
func (s *Session) FaultyHeartbeat() (record []byte, length int) {
	payload := []byte{1, 0, heartbeatClaim}
	return s.Record(recordHeartbeat, payload), len(payload)
}

// ChangeCipherSpec returns that record.
func (s *Session) ChangeCipherSpec() []byte { return s.Record(recordCCS, []byte{1}) }

// ClearFinished returns a Finished message in clear, with a content nobody
// takes: a server that waits for ClientKeyExchange finds it unexpected, one that
// believes in keys cannot decrypt it.
func (s *Session) ClearFinished() []byte {
	return s.Record(recordHandshake, append([]byte{typeFinished, 0, 0, 12}, make([]byte, 12)...))
}

// PublicKey is the RSA key of a server's certificate.
type PublicKey struct {
	N *big.Int
	E int
}

// Bounds of a key to compute with.
const (
	leastRSA  = 512
	mostRSA   = 8192
	mostPower = 1 << 31
)

var errKey = errors.New("an RSA key of unusual size")

// raw encrypts a block without padding it.
func (k PublicKey) raw(block []byte) ([]byte, error) {
	if k.N == nil || k.N.Sign() <= 0 || k.N.BitLen() < leastRSA || k.N.BitLen() > mostRSA || k.E < 2 || k.E >= mostPower {
		return nil, errKey
	}
	m := new(big.Int).SetBytes(block)
	m.Exp(m, big.NewInt(int64(k.E)), k.N)
	return m.FillBytes(make([]byte, k.size())), nil
}

func (k PublicKey) size() int { return (k.N.BitLen() + 7) / 8 }

// Block is a way to put a premaster secret into the block that RSA encrypts.
type Block uint8

// The blocks, of which only the first is what PKCS #1 and RFC 5246 section
// 7.4.7.1 say. A server must treat all of them alike.
const (
	BlockRight     Block = iota
	BlockType            // does not begin with 00 02
	BlockZeroEarly       // the zero that ends the padding comes too early
	BlockNoZero          // no zero ends the padding
	BlockVersion         // the premaster secret has another version
)

// Blocks lists them, the right one first.
var Blocks = []Block{BlockRight, BlockType, BlockZeroEarly, BlockNoZero, BlockVersion}

// block makes the block for a premaster secret of 48 bytes.
func (k PublicKey) block(form Block, premaster []byte) []byte {
	size := k.size()
	b := make([]byte, size)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] |= 1 // padding without zeros
	}
	b[0], b[1] = 0, 2
	at := size - len(premaster)
	b[at-1] = 0
	copy(b[at:], premaster)
	switch form {
	case BlockType:
		b[0], b[1] = 0x41, 0x17
		if k.N.Bytes()[0] <= 0x41 { // the block must be a number below the modulus
			b[0] = 0
		}
	case BlockZeroEarly:
		b[at-2], b[at-1] = 0, 0x11
	case BlockNoZero:
		for i := at - 1; i < size; i++ {
			b[i] |= 1
		}
	case BlockVersion:
		b[at], b[at+1] = 2, 2
	}
	return b
}

// KeyTransport returns a ClientKeyExchange with a premaster secret in a block of
// the given form, and with finish, ChangeCipherSpec and a record that can be
// decrypted by nobody behind it: a server that hides the flaw must fail only
// there, and always in the same way.
func (s *Session) KeyTransport(k PublicKey, form Block, finish bool) ([]byte, error) {
	premaster := make([]byte, 48)
	_, _ = rand.Read(premaster)
	for i := range premaster {
		premaster[i] |= 1
	}
	premaster[0], premaster[1] = s.hello[4], s.hello[5] // the version of the hello
	if k.N == nil || k.N.BitLen() < leastRSA {
		return nil, errKey
	}
	secret, err := k.raw(k.block(form, premaster))
	if err != nil {
		return nil, err
	}
	out := s.Record(recordHandshake, append(s.noCertificate(), clientKeyExchange(s.version, secret)...))
	if finish {
		out = append(out, s.ChangeCipherSpec()...)
		junk := make([]byte, 80) // whole blocks of every cipher, and room for any MAC
		for i := range junk {
			junk[i] = byte(i*37 + 11)
		}
		out = append(out, s.Record(recordHandshake, junk)...)
	}
	return out, nil
}

// clientKeyExchange wraps an encrypted premaster secret. SSLv3 has no length in
// front of it.
func clientKeyExchange(version uint16, secret []byte) []byte {
	if version > 0x0300 {
		secret = append([]byte{byte(len(secret) >> 8), byte(len(secret))}, secret...)
	}
	return handshakeMessage(typeClientKeyExchange, secret)
}

const typeClientKeyExchange = 16

func handshakeMessage(kind uint8, body []byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}
