package wire

import "bytes"

const (
	maxCertificates = 100
	maxAuthorities  = 1000
)

// parseCertificate reads the Certificate message of TLS 1.2 and older (RFC
// 5246 section 7.4.2).
func parseCertificate(body []byte, f *Flight) error {
	c := cursor{b: bytes.Clone(body)}
	list := c.sub(3)
	var certificates [][]byte
	for list.more() {
		der := list.vector(3)
		if len(der) == 0 {
			list.bad = true
		}
		if certificates = append(certificates, der); len(certificates) > maxCertificates {
			f.Certificates, f.CertificatesTruncated = certificates[:maxCertificates], true
			return nil
		}
	}
	if !list.end() || !c.end() {
		return malformed("Certificate: bad list")
	}
	f.Certificates = certificates
	return nil
}

// parseCertificateStatus reads a stapled response: status_request (RFC 6066
// section 8) or, of status_request_v2 (RFC 6961), that of the leaf.
func parseCertificateStatus(body []byte) ([]byte, error) {
	c := cursor{b: body}
	var response []byte
	switch kind := c.uint8(); kind {
	case 1:
		response = c.vector(3)
	case 2:
		list := c.sub(3)
		response = list.vector(3)
		if list.bad {
			c.bad = true
		}
	default:
		return nil, malformed("CertificateStatus: type %d", kind)
	}
	if !c.end() {
		return nil, malformed("CertificateStatus: bad length")
	}
	return bytes.Clone(response), nil
}

// parseCertificateRequest reads the message of TLS 1.2 and older (RFC 5246
// section 7.4.4); the list of signature algorithms came with 1.2.
func parseCertificateRequest(version uint16, body []byte) (*CertificateRequest, error) {
	c := cursor{b: bytes.Clone(body)}
	r := &CertificateRequest{Types: c.vector(1)}
	if version >= 0x0303 {
		algorithms := c.sub(2)
		if r.SigAlgs = algorithms.uint16s(); algorithms.bad {
			return nil, malformed("CertificateRequest: bad signature algorithms")
		}
	}
	if !r.authorities(&c) || !c.end() {
		return nil, malformed("CertificateRequest: bad authority names")
	}
	return r, nil
}

// authorities reads a list of distinguished names.
func (r *CertificateRequest) authorities(c *cursor) bool {
	list := c.sub(2)
	for list.more() {
		name := list.vector(2)
		switch {
		case list.bad:
		case len(r.Authorities) < maxAuthorities:
			r.Authorities = append(r.Authorities, name)
		default:
			r.Truncated = true
		}
	}
	return list.end()
}
