package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

func TestParse(t *testing.T) {
	a := fixtures.NewAuthority(now)
	der := a.Issue(fixtures.Leaf{
		CommonName: "www.example.com", DNS: []string{"www.example.com", "*.example.com"}, IPs: []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")},
		Key: fixtures.RSA2048,
		Adjust: func(c *x509.Certificate) {
			c.SerialNumber = big.NewInt(0xABCDEF)
			c.Subject.Organization = []string{"Example, Inc. <b>"}
			c.Subject.Country = []string{"DE"}
			c.EmailAddresses = []string{"hostmaster@example.com"}
			c.URIs = []*url.URL{{Scheme: "https", Host: "example.com", Path: "/a"}}
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
			c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 1}}
			c.OCSPServer = []string{"http://ocsp.example.com"}
			c.IssuingCertificateURL = []string{"http://ca.example.com/ca.crt"}
			c.CRLDistributionPoints = []string{"http://ca.example.com/1.crl", "http://ca.example.com/2.crl"}
			c.ExtraExtensions = []pkix.Extension{{Id: oidSCTs, Value: marshal(t, []byte{0, 7, 0, 1, 'a', 0, 2, 'b', 'c'})}}
		},
	}).DER
	std := parsed(t, der)
	want := audit.Certificate{
		Subject: `CN=www.example.com,O=Example\, Inc. \<b\>,C=DE`, CommonName: "www.example.com",
		Issuer: "CN=Example Test Intermediate,O=Example", Serial: "abcdef",
		SANs: []string{
			"www.example.com", "*.example.com", "email:hostmaster@example.com",
			"192.0.2.1", "2001:db8::1", "URI:https://example.com/a",
		},
		NotBefore: std.NotBefore, NotAfter: std.NotAfter,
		Key:       audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"},
		Signature: "rsa+sha256", SignatureHash: "sha256",
		KeyUsage: []string{"digitalSignature", "keyEncipherment"},
		EKU:      []string{"serverAuth", "clientAuth", "1.3.6.1.4.1.99999.1"}, EKUPresent: true,
		X509Version: 3, OCSP: []string{"http://ocsp.example.com"}, IssuerURLs: []string{"http://ca.example.com/ca.crt"},
		CRLs: []string{"http://ca.example.com/1.crl", "http://ca.example.com/2.crl"}, SCTs: 2,
		Extensions: []audit.Extension{
			{ID: "keyUsage", Critical: true}, {ID: "extKeyUsage"}, {ID: "basicConstraints", Critical: true}, {ID: "authorityKeyIdentifier"},
			{ID: "authorityInfoAccess"}, {ID: "subjectAltName"}, {ID: "cRLDistributionPoints"}, {ID: "signedCertificateTimestampList"},
		},
		Size: len(der), DER: der,
	}
	if diff := cmp.Diff(want, Parse(der), cmpopts.IgnoreFields(audit.Certificate{}, "SHA256")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseKinds(t *testing.T) {
	a := fixtures.NewAuthority(now)
	self := func(kind fixtures.KeyKind, adjust func(*x509.Certificate)) []byte {
		return a.Issue(fixtures.Leaf{DNS: []string{"x.test"}, Key: kind, SelfSigned: true, Adjust: adjust}).DER
	}
	algorithm := func(s x509.SignatureAlgorithm) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.SignatureAlgorithm = s }
	}
	for _, tt := range []struct {
		der             []byte
		key             audit.Key
		signature, hash string
	}{
		{self(fixtures.RSA1024, nil), audit.Key{Type: "rsa", Bits: 1024, Exponent: "65537"}, "rsa+sha256", "sha256"},
		{self(fixtures.RSA2048, algorithm(x509.SHA512WithRSA)), audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"}, "rsa+sha512", "sha512"},
		{self(fixtures.RSA2048, algorithm(x509.SHA384WithRSAPSS)), audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"}, "rsa-pss+sha384", "sha384"},
		{self(fixtures.P256, nil), audit.Key{Type: "ecdsa", Bits: 256, Curve: "secp256r1"}, "ecdsa+sha256", "sha256"},
		{self(fixtures.P384, nil), audit.Key{Type: "ecdsa", Bits: 384, Curve: "secp384r1"}, "ecdsa+sha384", "sha384"},
		{self(fixtures.Ed25519, nil), audit.Key{Type: "ed25519", Bits: 256}, "ed25519", "intrinsic"},
		{a.Issue(fixtures.Leaf{Key: fixtures.RSA2048, SelfSigned: true, Hash: "md5"}).DER, audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"}, "rsa+md5", "md5"},
	} {
		got := Parse(tt.der)
		if got.Error != "" || got.Key != tt.key || got.Signature != tt.signature || got.SignatureHash != tt.hash || !got.SelfSigned || got.IsCA {
			t.Errorf("%+v %s %s, self-signed %v, error %q; want %+v %s %s", got.Key, got.Signature, got.SignatureHash, got.SelfSigned, got.Error, tt.key, tt.signature, tt.hash)
		}
	}
	if root := Parse(a.Root.DER); !root.IsCA || !root.SelfSigned {
		t.Errorf("root: %+v", root)
	}
	if intermediate := Parse(a.Intermediate.DER); !intermediate.IsCA || intermediate.SelfSigned {
		t.Errorf("intermediate: %+v", intermediate)
	}
}

// TestNotReallySelfSigned: equal names alone do not make a self-signature.
func TestNotReallySelfSigned(t *testing.T) {
	a := fixtures.NewAuthority(now)
	c := a.Issue(fixtures.Leaf{Adjust: func(c *x509.Certificate) { c.RawSubject = parsed(t, a.Intermediate.DER).RawSubject }})
	if got := Parse(c.DER); got.Subject != got.Issuer || got.SelfSigned {
		t.Errorf("subject %s, issuer %s, self-signed %v", got.Subject, got.Issuer, got.SelfSigned)
	}
}

func TestHostileText(t *testing.T) {
	a := fixtures.NewAuthority(now)
	for _, cn := range append(fixtures.HostileText, strings.Repeat("long ", 13_000)) {
		got := Parse(a.Issue(fixtures.Leaf{CommonName: cn, DNS: []string{"x.test"}}).DER)
		// text that is not UTF-8 is kept too, but neither parser has it
		if (got.Error == "") != utf8.ValidString(cn) || got.CommonName != clip(cn) || len(got.Subject) > maxText+8 {
			t.Errorf("%.20q: read as %.40q, error %q", cn, got.CommonName, got.Error)
		}
	}
}

func TestTolerated(t *testing.T) {
	a := fixtures.NewAuthority(now)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
	negative := fixtures.Rewrite(leaf.DER, a.Intermediate.Key, "sha256", func(serial *big.Int) { serial.SetInt64(-2) })
	got := Assess([][]byte{negative, a.Intermediate.DER}, "x.test", anchorsOf(t, a), now)
	c := got.Certificates[0]
	if c.Error != "" || c.Serial != "-2" || got.Names.SAN != audit.Accepted {
		t.Errorf("%+v", c)
	}
	if got.Trust.Answer != audit.Refused || !strings.Contains(got.Trust.Reason, "negative serial") {
		t.Errorf("%+v", got.Trust)
	}
}

func TestUnreadable(t *testing.T) {
	leaf := fixtures.NewAuthority(now).Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER
	for name, der := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "truncated": leaf[:len(leaf)/2], "trailing": append(bytes.Clone(leaf), 0),
		"indefinite length": append([]byte{0x30, 0x80}, leaf[4:]...), "nested": bytes.Repeat([]byte{0x30, 0x80}, 30_000), "oversized": make([]byte, 1<<21),
	} {
		got := Parse(der)
		if got.Error == "" || got.SHA256 == "" || got.Size != len(der) || got.SANs == nil {
			t.Errorf("%s: %+v", name, got)
		}
		if len(der) > maxKeptDER && got.DER != nil {
			t.Errorf("%s: keeps %d bytes", name, len(got.DER))
		}
	}
}

func TestManyNames(t *testing.T) {
	a := fixtures.NewAuthority(now)
	list := make([]string, 8000)
	for i := range list {
		list[i] = fmt.Sprintf("host%05d.example.com", i)
	}
	many := a.Issue(fixtures.Leaf{DNS: list})
	got := Assess([][]byte{many.DER, a.Intermediate.DER}, list[len(list)-1], anchorsOf(t, a), now)
	sans := got.Certificates[0].SANs
	if len(sans) != maxSANs+1 || sans[maxSANs] != "... 7750 more" || got.Certificates[0].Error != "" {
		t.Errorf("%d names, the last %q, error %q", len(sans), sans[len(sans)-1], got.Certificates[0].Error)
	}
	if got.Names.SAN != audit.Accepted || got.Trust.Answer != audit.Accepted {
		t.Errorf("%+v %+v", got.Names, got.Trust)
	}
	huge := a.Issue(fixtures.Leaf{DNS: append(list, make([]string, 92_000)...)})
	if got := Parse(huge.DER); !strings.Contains(got.Error, "more than the 262144") {
		t.Errorf("%d bytes: %q", got.Size, got.Error)
	}
}
