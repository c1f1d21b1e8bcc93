package wire

import (
	"context"
	"net"
)

// Hello13 describes the hello of a keyed TLS 1.3 exchange. Nil lists mean the
// defaults named.
type Hello13 struct {
	SNI  string
	ALPN []string
	// Suites: AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305 by default.
	Suites []uint16
	// Groups: X25519, P-256, P-384, P-521 and X25519MLKEM768 by default.
	Groups []uint16
	// SigAlgs: SigAlgs13 by default. This list chooses the certificate.
	SigAlgs []uint16
	// Share is the group the first hello carries a share of; 0 means the first
	// of Groups for which there is an implementation.
	Share     uint16
	OCSP, SCT bool
}

// Flight13 is the flight of a TLS 1.3 server up to CertificateVerify. In the
// embedded Flight, Extensions are those of ServerHello, SigAlg is the scheme of
// CertificateVerify, and Done says that CertificateVerify was reached.
type Flight13 struct {
	Flight
	// EncryptedExtensions are the types in that message, in order.
	EncryptedExtensions []uint16
	// Retried: the server asked for another share, or for a cookie back, with
	// a HelloRetryRequest, which was followed.
	Retried bool
}

// ReadTLS13 makes a TLS 1.3 key exchange on a fresh connection, following one
// HelloRetryRequest, and reads the encrypted flight up to CertificateVerify.
// It sends no Finished, checks no signature and leaves the connection
// unusable. If the server chooses what the reader cannot do (AES-CCM, another
// group, TLS 1.2), Outcome keeps the answer and Stop is Unsupported.
func ReadTLS13(ctx context.Context, c net.Conn, h Hello13) Flight13 {
	return Flight13{Flight: Flight{Outcome: Nothing, Err: errEmptyHello}}
}
