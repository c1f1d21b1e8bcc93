package pki

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// constrainedCA issues the certificate of a CA named "Constrained" that may
// certify names below example.org only, for the key all CAs of fixtures share.
func constrainedCA(t *testing.T, a *fixtures.Authority) []byte {
	t.Helper()
	template := parsed(t, a.CA("Constrained", &a.Root).DER)
	template.PermittedDNSDomains = []string{"example.org"}
	template.PermittedDNSDomainsCritical = true
	return issue(t, template, &a.Root, a.Intermediate)
}

// limitedCA issues a second certificate for the intermediate of a, limited to
// extended key usages.
func limitedCA(t *testing.T, a *fixtures.Authority, usages ...x509.ExtKeyUsage) fixtures.Certificate {
	t.Helper()
	template := parsed(t, a.Intermediate.DER)
	template.SerialNumber = big.NewInt(815)
	template.ExtKeyUsage, template.UnknownExtKeyUsage = usages, nil
	return fixtures.Certificate{DER: issue(t, template, &a.Root, a.Intermediate), Key: a.Intermediate.Key}
}

// crossSign certifies the intermediate of a by another root.
func crossSign(t *testing.T, a *fixtures.Authority, root *fixtures.Certificate) []byte {
	t.Helper()
	template := parsed(t, a.Intermediate.DER)
	template.SerialNumber = big.NewInt(4711)
	// a root of another name: fixtures' roots all have the same
	other := parsed(t, root.DER)
	other.RawSubject = nil
	other.Subject.CommonName = "Foreign Root"
	root.DER = issue(t, other, nil, *root)
	return issue(t, template, root, a.Intermediate)
}

func issue(t *testing.T, template *x509.Certificate, issuer *fixtures.Certificate, subject fixtures.Certificate) []byte {
	t.Helper()
	parent, key := template, subject.Key
	if issuer != nil {
		parent, key = parsed(t, issuer.DER), issuer.Key
	}
	template.SignatureAlgorithm = 0
	der, err := x509.CreateCertificate(rand.Reader, template, parent, subject.Key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func parsed(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rawRSA encodes a certificate with an arbitrary RSA key and a signature of
// noise, issuer and subject alike: what a hostile peer may present.
func rawRSA(t testing.TB, n, e *big.Int) []byte {
	t.Helper()
	rsaOID := algorithm{OID: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: asn1.NullRawValue}
	signature := algorithm{OID: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}
	key := marshal(t, struct{ N, E *big.Int }{n, e})
	tbs := marshal(t, struct {
		Version   int `asn1:"explicit,tag:0"`
		Serial    int
		Algorithm algorithm
		Issuer    asn1.RawValue
		Validity  struct{ NotBefore, NotAfter time.Time }
		Subject   asn1.RawValue
		PublicKey struct {
			Algorithm algorithm
			Bits      asn1.BitString
		}
	}{
		Version: 2, Serial: 1, Algorithm: signature,
		Issuer: asn1.RawValue{FullBytes: []byte{0x30, 0}}, Subject: asn1.RawValue{FullBytes: []byte{0x30, 0}},
		Validity: struct{ NotBefore, NotAfter time.Time }{now, now.AddDate(1, 0, 0)},
		PublicKey: struct {
			Algorithm algorithm
			Bits      asn1.BitString
		}{rsaOID, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}},
	})
	noise := make([]byte, max((n.BitLen()+7)/8, 1))
	for i := range noise {
		noise[i] = byte(i)
	}
	return marshal(t, struct {
		TBS       asn1.RawValue
		Algorithm algorithm
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, signature, asn1.BitString{Bytes: noise, BitLength: 8 * len(noise)}})
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
