package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"

	zx509 "github.com/zmap/zcrypto/x509"

	"tlsaudit/audit"
)

// Parse describes one certificate. It never fails: what could not be read, or
// is beyond the size guards, is said in Error, and what was readable is there.
//
// A certificate that crypto/x509 refuses but zcrypto reads (a negative serial
// number, a duplicate extension) has no Error; Assess refuses to trust it.
func Parse(der []byte) audit.Certificate { return read(der).facts }

// certificate is one presented certificate: the facts, and the parsed forms
// that path building needs. It is not changed once it has been read.
type certificate struct {
	facts    audit.Certificate
	encoding *encoding // nil if unreadable
	names    names
	// std is nil if crypto/x509 refuses the certificate or the guards keep it
	// from being used; refusal says why.
	std     *x509.Certificate
	refusal error
}

// read parses under all guards.
func read(der []byte) *certificate {
	sum := sha256.Sum256(der)
	c := &certificate{facts: audit.Certificate{SANs: []string{}, SHA256: hex.EncodeToString(sum[:]), Size: len(der)}}
	if len(der) <= maxKeptDER {
		c.facts.DER = der
	}
	if err := c.fill(der); err != nil {
		c.facts.Error = clip(err.Error())
		c.std, c.refusal = nil, err
	}
	return c
}

// fill reads the facts from the encoding, then asks the parsers whether the
// certificate as a whole is well-formed.
func (c *certificate) fill(der []byte) (err error) {
	defer recovered(&err)
	e, err := decode(der)
	if err != nil {
		return err
	}
	c.encoding, c.names = e, namesOf(e)
	f := &c.facts
	f.Subject, f.CommonName = distinguishedName(e.TBS.Subject.FullBytes)
	f.Issuer, _ = distinguishedName(e.TBS.Issuer.FullBytes)
	f.Subject, f.CommonName, f.Issuer = clip(f.Subject), clip(f.CommonName), clip(f.Issuer)
	f.Serial = clip(fmt.Sprintf("%x", e.TBS.Serial))
	f.SANs = audit.ClipList(c.names.all, maxSANs)
	f.X509Version = e.TBS.Version + 1
	s := schemeOf(e.Algorithm)
	f.Signature, f.SignatureHash, f.PSSSalt = s.pair, s.name, saltOf(e.Algorithm, s)
	readExtensions(e, f)
	var keyErr, fromErr, untilErr error
	f.Key, keyErr = keyOf(e)
	f.NotBefore, fromErr = moment(e.TBS.Validity.NotBefore)
	f.NotAfter, untilErr = moment(e.TBS.Validity.NotAfter)
	if err := errors.Join(keyErr, fromErr, untilErr); err != nil {
		return err
	}
	f.SelfSigned = c.certifies(c)

	c.std, err = parseStd(der)
	if err == nil {
		return nil
	}
	c.refusal = err
	if len(der) > maxKeptDER {
		return err
	}
	if _, tolerated := parseTolerant(der); tolerated != nil {
		return err
	}
	return nil
}

func parseStd(der []byte) (c *x509.Certificate, err error) {
	defer recovered(&err)
	return x509.ParseCertificate(der)
}

// parseTolerant is only to be called for certificates within the guards: this
// parser verifies self-signatures while it reads.
func parseTolerant(der []byte) (c *zx509.Certificate, err error) {
	defer recovered(&err)
	return zx509.ParseCertificate(der)
}

// rawName returns the DER of a name, for comparison.
func rawName(v asn1.RawValue) string { return string(v.FullBytes) }
