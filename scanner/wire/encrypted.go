package wire

import "bytes"

// message reads one message of the encrypted flight, which followed one of
// type last (0 for none), and reports whether it was the last to be read.
func (f *Flight13) message(last, kind byte, body []byte) (done bool, err error) {
	c := cursor{b: bytes.Clone(body)}
	switch {
	case kind == typeEncryptedExtensions && last == 0:
		return false, f.encryptedExtensions(c)
	case kind == typeCertificateRequest && last == typeEncryptedExtensions:
		return false, f.certificateRequest(c)
	case kind == typeCertificate && (last == typeEncryptedExtensions || last == typeCertificateRequest):
		return false, f.certificate(c)
	case kind == typeCertificateVerify && last == typeCertificate:
		scheme := c.uint16()
		c.vector(2)
		if !c.end() {
			return false, malformed("CertificateVerify: bad lengths")
		}
		f.SigAlg = scheme
		return true, nil
	}
	return false, malformed("handshake message %d after message %d in the encrypted flight", kind, last)
}

func (f *Flight13) encryptedExtensions(c cursor) error {
	list := c.sub(2)
	ok := c.end()
	for ok && list.more() {
		kind, data := list.uint16(), list.sub(2)
		ok = !list.bad && len(f.EncryptedExtensions) < maxExtensions
		switch {
		case !ok:
		case kind == ExtALPN:
			ok = f.alpn(data)
		case kind == ExtServerCertificate:
			f.CertificateType = data.uint8()
			ok = data.end()
		}
		f.EncryptedExtensions = append(f.EncryptedExtensions, kind)
	}
	if !ok || !list.end() {
		return malformed("EncryptedExtensions: bad block")
	}
	return nil
}

func (f *Flight13) certificateRequest(c cursor) error {
	c.vector(1) // context, empty in a handshake
	list := c.sub(2)
	ok := c.end()
	r := &CertificateRequest{}
	for ok && list.more() {
		kind, data := list.uint16(), list.sub(2)
		switch {
		case list.bad:
			ok = false
		case kind == ExtSignatureAlgorithms:
			algorithms := data.sub(2)
			r.SigAlgs = algorithms.uint16s()
			ok = algorithms.end() && data.end()
		case kind == ExtCertAuthorities:
			ok = r.authorities(&data) && data.end()
		}
	}
	if !ok || !list.end() {
		return malformed("CertificateRequest: bad extensions")
	}
	f.CertificateRequest = r
	return nil
}

// certificate reads the Certificate message of RFC 8446 section 4.4.2. Only
// the leaf's extensions are looked at.
func (f *Flight13) certificate(c cursor) error {
	c.vector(1) // context, empty in a handshake
	list := c.sub(3)
	ok := c.end()
	var certificates [][]byte
	for ok && list.more() {
		if len(certificates) == maxCertificates {
			f.Certificates, f.CertificatesTruncated = certificates, true
			return nil
		}
		der, extensions := list.vector(3), list.sub(2)
		ok = !list.bad && len(der) > 0 && (len(certificates) > 0 || f.leafExtensions(extensions))
		certificates = append(certificates, der)
	}
	if !ok || !list.end() || len(certificates) == 0 {
		return malformed("Certificate: bad list")
	}
	f.Certificates = certificates
	return nil
}

func (f *Flight13) leafExtensions(list cursor) bool {
	for list.more() {
		kind, data := list.uint16(), list.sub(2)
		switch {
		case list.bad:
			return false
		case kind == ExtStatusRequest:
			response, err := parseCertificateStatus(data.b)
			if err != nil {
				return false
			}
			f.OCSP = response
		case kind == ExtSCT:
			if !f.timestamps(data) {
				return false
			}
		}
	}
	return list.end()
}
