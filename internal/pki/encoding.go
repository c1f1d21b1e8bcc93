package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// encoding is the outer structure of a certificate (RFC 5280 section 4.1). It
// is read tolerantly: what crypto/x509 refuses, such as a negative serial
// number or a duplicate extension, must still be reported.
type encoding struct {
	TBS       tbs
	Algorithm algorithm
	Signature asn1.BitString
}

type tbs struct {
	Raw       asn1.RawContent
	Version   int `asn1:"optional,explicit,default:0,tag:0"`
	Serial    *big.Int
	Algorithm algorithm
	Issuer    asn1.RawValue
	Validity  struct{ NotBefore, NotAfter asn1.RawValue }
	Subject   asn1.RawValue
	PublicKey struct {
		Raw       asn1.RawContent
		Algorithm algorithm
		Bits      asn1.BitString
	}
	IssuerID   asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID  asn1.BitString   `asn1:"optional,tag:2"`
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

type algorithm struct {
	OID        asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// decode reads the outer structure.
func decode(der []byte) (e *encoding, err error) {
	defer recovered(&err)
	if len(der) > maxDER {
		return nil, fmt.Errorf("the certificate has %d bytes, more than the %d that are read", len(der), maxDER)
	}
	e = new(encoding)
	rest, err := asn1.Unmarshal(der, e)
	switch {
	case err != nil:
		return nil, fmt.Errorf("not a certificate: %w", err)
	case len(rest) > 0:
		return nil, errors.New("not a certificate: trailing data")
	}
	return e, nil
}

// extension returns the value of the first extension with the given OID.
func (e *encoding) extension(oid asn1.ObjectIdentifier) ([]byte, bool) {
	for _, x := range e.TBS.Extensions {
		if x.Id.Equal(oid) {
			return x.Value, true
		}
	}
	return nil, false
}

// moment reads a UTCTime or GeneralizedTime. One that its zone puts behind the
// year 9999, which no report could show, is the last moment of that year.
func moment(raw asn1.RawValue) (time.Time, error) {
	var t time.Time
	if _, err := asn1.Unmarshal(raw.FullBytes, &t); err != nil {
		return time.Time{}, fmt.Errorf("reading the validity: %w", err)
	}
	if t = t.UTC(); t.Year() > 9999 {
		t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t, nil
}
