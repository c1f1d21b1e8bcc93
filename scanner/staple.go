package scanner

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
)

// maxStaple bounds a response that is looked into, in bytes. It may hold keys
// to compute with; within this size that takes no time worth mentioning.
const maxStaple = 16 << 10

// stapled says what is known about the responses that came with a chain.
func (c *seenChain) stapled() audit.Staple {
	switch {
	case len(c.staple) > 0:
		return readStaple(c.staple, c.der)
	case c.unstapled:
		return audit.Staple{Answer: audit.Refused}
	}
	return audit.Staple{}
}

// readStaple reads a response about the first certificate of chain. It fetches
// nothing, and does not judge whether the response is out of date.
func readStaple(der []byte, chain [][]byte) audit.Staple {
	s := audit.Staple{Answer: audit.Accepted, Signed: audit.Undetermined}
	if len(der) > maxStaple {
		s.Reason = fmt.Sprintf("a response of %d bytes; up to %d are read", len(der), maxStaple)
		return s
	}
	leaf, issuer, why := leafAndIssuer(chain)
	s.Reason = why
	r, err := ocsp.ParseResponseForCert(der, leaf, issuer)
	if err == nil && issuer != nil {
		s.Signed = audit.Accepted
		if d := r.Certificate; d != nil && !d.Equal(issuer) && !slices.Contains(d.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
			s.Signed, s.Reason = audit.Refused, "signed by a certificate that is not made for it"
		}
	}
	if err != nil {
		var status ocsp.ResponseError
		if errors.As(err, &status) {
			s.Signed, s.Reason = audit.Refused, "no answer but an error: "+status.Status.String()
			return s
		}
		// Not about the leaf, not signed by its issuer, or damaged. What it says
		// is worth knowing even so.
		if s.Reason = plain(err); leaf != nil {
			s.Signed = audit.Refused
		}
		if r, err = ocsp.ParseResponse(der, nil); err != nil {
			return s
		}
	}
	s.Status = [...]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown", ocsp.ServerFailed: ""}[min(max(r.Status, 0), ocsp.ServerFailed)]
	s.ThisUpdate, s.NextUpdate = printable(r.ThisUpdate), printable(r.NextUpdate)
	return s
}

// leafAndIssuer parses the first two certificates as far as they go, and says
// why there is no issuer.
func leafAndIssuer(chain [][]byte) (leaf, issuer *x509.Certificate, why string) {
	leaf = strict(chain, 0)
	issuer = strict(chain, 1)
	switch {
	case leaf == nil:
		return nil, nil, "the leaf cannot be read strictly"
	case issuer == nil || !bytes.Equal(leaf.RawIssuer, issuer.RawSubject):
		return leaf, nil, "the issuer's certificate was not presented behind the leaf"
	}
	return leaf, issuer, ""
}

// strict parses a certificate for the standard library, nil if it is refused
// or its key too large to compute with.
func strict(chain [][]byte, i int) *x509.Certificate {
	if i >= len(chain) || pki.Parse(chain[i]).Error != "" {
		return nil
	}
	c, err := x509.ParseCertificate(chain[i])
	if err != nil {
		return nil
	}
	return c
}

// printable drops times that JSON cannot hold.
func printable(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
