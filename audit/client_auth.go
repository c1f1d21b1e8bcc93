package audit

// ClientAuth is what a server asks of clients by a CertificateRequest.
type ClientAuth struct {
	// Answer is Accepted if it asks for a certificate, Refused if it was shown
	// to complete handshakes without asking.
	Answer Answer `json:"answer"`
	// Required is Accepted if it ends handshakes without a certificate, Refused
	// if it goes on without.
	Required Answer `json:"required"`
	// Authorities are the distinguished names of the authorities it accepts, as
	// in RFC 4514: the names are the peer's text. A long list is cut, see
	// Clipped. An empty list is what was sent: any authority will do.
	Authorities []string `json:"authorities,omitempty"`
	// Types are the kinds of certificate asked for, below TLS 1.3: "rsa_sign"
	// and so on (RFC 5246 section 7.4.4, IANA "TLS ClientCertificateType").
	Types []string `json:"types,omitempty"`
	// Schemes are the signature schemes asked for, from TLS 1.2 on.
	Schemes []string `json:"schemes,omitempty"`
	// Versions lists the protocol versions in which it asked.
	Versions []Version `json:"versions,omitempty"`
}

// Timestamps counts the signed certificate timestamps (RFC 6962 section 3.3)
// that a server delivers apart from the certificate. Their signatures are not
// verified.
type Timestamps struct {
	// Answer is Accepted if some came, Refused if handshakes that asked for
	// them all came without.
	Answer Answer `json:"answer"`
	// Extension counts those of the TLS extension, Stapled those inside the
	// stapled OCSP response.
	Extension int `json:"extension,omitempty"`
	Stapled   int `json:"stapled,omitempty"`
}
