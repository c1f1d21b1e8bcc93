package wire

import "slices"

// Flight is what one exchange brought back. Byte slices are copies; nothing
// refers to a read buffer.
type Flight struct {
	// Outcome is the server's answer, or what came instead of one.
	Outcome Outcome
	// Done is set when everything asked for was read. When it is not,
	// although Outcome is an answer, the fields after the fault are missing.
	Done bool
	// Stop says what cut reading short after a ServerHello, HelloRetryRequest
	// or SSLv2 SERVER-HELLO; Nothing when Done.
	Stop Outcome
	// Err explains an Outcome other than an answer, or Stop.
	Err error

	// Alert and AlertLevel are the fatal (or final) alert, and meaningful only
	// when Outcome or Stop is Alert. For SSL2Error, Alert is the error code.
	Alert      uint8
	AlertLevel uint8
	// Warnings are the descriptions of warning alerts that reading went past.
	Warnings []uint8

	// RecordVersion is that of the first record.
	RecordVersion uint16
	// Version is the negotiated version: supported_versions when the server
	// sent it, else server_version. 0x0002 for SSLv2.
	Version uint16
	Suite   uint16
	// Compression is the chosen method: 0 is none, 1 DEFLATE (RFC 3749).
	Compression uint8
	Random      [32]byte
	SessionID   []byte
	// Extensions are the types in ServerHello or HelloRetryRequest, in order.
	Extensions []uint16
	// PointFormats is the content of ec_point_formats, nil without it or when
	// it cannot be read.
	PointFormats []byte
	// CertificateType is that of the server's certificate, chosen by
	// server_certificate_type (RFC 7250): 0 is X.509, 2 a raw public key.
	CertificateType uint8
	// ALPN is the protocol chosen.
	ALPN string
	// Group is the named group of the ServerKeyExchange (TLS 1.2 and older) or
	// of key_share (TLS 1.3); 0 when there is none or the curve is explicit.
	Group uint16
	// CookieLen is the length of the cookie of a HelloRetryRequest.
	CookieLen int
	// Downgrade names the lowest version above the negotiated one which the
	// end of Random claims the server supports (RFC 8446 section 4.1.3):
	// "TLSv1.3", "TLSv1.2", or empty.
	Downgrade string
	// Resumed: the server took up the session or ticket offered.
	Resumed bool

	// Certificates is the list as sent, leaf first, at most maxCertificates;
	// CertificatesTruncated tells that there were more.
	Certificates          [][]byte
	CertificatesTruncated bool
	// OCSP is the stapled response of the leaf.
	OCSP []byte
	// SCTs counts the signed certificate timestamps sent in an extension.
	SCTs int
	// CertificateRequest is set when the server asks for a client certificate.
	CertificateRequest *CertificateRequest

	// KeyExchange is set when a ServerKeyExchange of a known suite was read.
	KeyExchange bool
	// CurveType is 3 for a named curve, 1 and 2 for explicit prime and
	// characteristic-2 curves (RFC 4492 section 5.4); 0 without ECDHE.
	CurveType uint8
	// CurveBits is the field size of an explicit curve.
	CurveBits int
	// DHPrime and DHBits are the finite-field modulus (leading zeros removed)
	// and its size.
	DHPrime []byte
	DHBits  int
	// Public is the server's public value of the key exchange: its point or
	// share, or its number in a finite field (leading zeros removed). Below TLS
	// 1.3 it is that of the ServerKeyExchange; above, the share of the ServerHello.
	Public []byte
	// RSABits is the size of the temporary key of an RSA_EXPORT suite.
	RSABits int
	// SigAlg is the signature scheme of the ServerKeyExchange (TLS 1.2) or the
	// CertificateVerify (TLS 1.3); 0 for older versions, which fix it, and for
	// unsigned key exchanges.
	SigAlg uint16

	// SSL2Kinds are the three-byte cipher kinds of an SSLv2 SERVER-HELLO.
	SSL2Kinds []uint32

	// First holds up to 64 of the first bytes when Outcome is NotTLS.
	First []byte
	// Bytes counts bytes read.
	Bytes int
}

// HasExtension reports whether ServerHello carried the extension.
func (f *Flight) HasExtension(extension uint16) bool {
	return slices.Contains(f.Extensions, extension)
}

// CertificateRequest is what a server wants of a client certificate.
type CertificateRequest struct {
	// Types are the ClientCertificateType values; none in TLS 1.3.
	Types []byte
	// SigAlgs is empty before TLS 1.2.
	SigAlgs []uint16
	// Authorities are distinguished names in DER, at most maxAuthorities;
	// Truncated tells that there were more.
	Authorities [][]byte
	Truncated   bool
}
