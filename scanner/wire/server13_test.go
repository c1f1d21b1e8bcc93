package wire

import (
	"crypto/ecdh"
	"crypto/rand"
	"io"
	"net"
	"testing"
)

// server13 answers an X25519 hello with a real key exchange and then sends
// whatever records a test wants, encrypted.
type server13 struct {
	suite uint16
	// plain are contents with their type as last byte, one per record.
	plain [][]byte
	// spoil changes the records before they are sent.
	spoil func([]byte) []byte
}

func (s server13) handle(t testing.TB, c net.Conn) {
	hello := readHello(c)
	shares := parseHello(hello).extensions[ExtKeyShare]
	peer, err := ecdh.X25519().NewPublicKey([]byte(shares[6:]))
	if err != nil {
		t.Error(err)
		return
	}
	key, _ := ecdh.X25519().GenerateKey(rand.Reader)
	secret, _ := key.ECDH(peer)
	message := serverHelloMessage(0x0303, s.suite,
		ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, join(be16(groupX25519), vec(2, key.PublicKey().Bytes()))))
	suite, _ := suite13Of(s.suite)
	d, err := suite.serverKey(secret, join(hello[recordHeader:], message))
	if err != nil {
		t.Error(err)
		return
	}
	out := join(inRecords(1000, message), record(recordCCS, 1))
	for i, plain := range s.plain {
		nonce := append([]byte(nil), d.iv...)
		nonce[len(nonce)-1] ^= byte(i)
		nonce[len(nonce)-2] ^= byte(i >> 8)
		n := len(plain) + d.aead.Overhead()
		header := []byte{recordApplication, 3, 3, byte(n >> 8), byte(n)}
		out = append(out, d.aead.Seal(header, nonce, plain, header)...)
	}
	if s.spoil != nil {
		out = s.spoil(out)
	}
	_, _ = c.Write(out)
	_ = c.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, c)
}

// protect cuts messages into contents of n bytes.
func protect(n int, messages ...[]byte) [][]byte {
	var out [][]byte
	for b := join(messages...); len(b) > 0; {
		k := min(n, len(b))
		out = append(out, append(append([]byte(nil), b[:k]...), recordHandshake))
		b = b[k:]
	}
	return out
}

var (
	encryptedExtensions = handshake(typeEncryptedExtensions, vec(2, ext(ExtALPN, vec(2, vec(1, []byte("h2")))), ext(ExtServerName, nil))...)
	certificateVerify   = handshake(typeCertificateVerify, join(be16(0x0804), vec(2, []byte("signature")))...)
)

// certificate13 has the extensions given behind every certificate.
func certificate13(extensions []byte, certificates ...[]byte) []byte {
	var list []byte
	for _, der := range certificates {
		list = append(list, join(vec(3, der), vec(2, extensions))...)
	}
	return handshake(typeCertificate, join(vec(1), vec(3, list))...)
}
