//go:build interop

package interop

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// serverName is the name every server's certificates carry.
const serverName = "server.test"

// keyPair is a certificate with its key, in memory and in PEM files.
type keyPair struct {
	tls.Certificate
	Cert, Key, Both string // files
	SHA256          string
}

// keys are the certificates of all servers of one test run.
type keys struct {
	CA     string // file
	CAKey  string // file
	Anchor *x509.Certificate
	RSA    keyPair
	ECDSA  keyPair
	Client keyPair
}

// makeKeys makes a trust anchor, an RSA and an ECDSA server certificate and a
// client certificate.
func makeKeys(t *testing.T) *keys {
	t.Helper()
	dir := folder(t)
	anchorKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Interop Root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root := issue(t, template, template, anchorKey, anchorKey)
	anchor := must(x509.ParseCertificate(root))(t)
	k := &keys{CA: write(t, dir, "ca.pem", toPEM("CERTIFICATE", root)), Anchor: anchor}
	k.CAKey = write(t, dir, "ca.key", toPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(anchorKey))(t)))
	leaf := func(name, subject string, key crypto.Signer, usage x509.ExtKeyUsage) keyPair {
		der := issue(t, &x509.Certificate{
			Subject: pkix.Name{CommonName: subject}, DNSNames: []string{subject}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		}, anchor, key, anchorKey)
		cert, private := toPEM("CERTIFICATE", der), toPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))(t))
		sum := sha256.Sum256(der)
		return keyPair{
			Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
			Cert:        write(t, dir, name+".pem", cert), Key: write(t, dir, name+".key", private), Both: write(t, dir, name+"-both.pem", cert+private),
			SHA256: hex.EncodeToString(sum[:]),
		}
	}
	k.RSA = leaf("rsa", serverName, must(rsa.GenerateKey(rand.Reader, 2048))(t), x509.ExtKeyUsageServerAuth)
	k.ECDSA = leaf("ecdsa", serverName, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t), x509.ExtKeyUsageServerAuth)
	k.Client = leaf("client", "client.test", must(rsa.GenerateKey(rand.Reader, 2048))(t), x509.ExtKeyUsageClientAuth)
	return k
}

// serial returns the serial number in hex, with an even number of digits.
func (p *keyPair) serial(t *testing.T) string {
	t.Helper()
	return hex.EncodeToString(must(x509.ParseCertificate(p.Certificate.Certificate[0]))(t).SerialNumber.Bytes())
}

// issue signs a template that lacks only what all certificates share.
func issue(t *testing.T, template, parent *x509.Certificate, key, signer crypto.Signer) []byte {
	t.Helper()
	template.SerialNumber = must(rand.Int(rand.Reader, big.NewInt(1<<62)))(t)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(30*24*time.Hour)
	return must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer))(t)
}

func toPEM(kind string, der []byte) string {
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: kind, Bytes: der})
	return b.String()
}

// must unwraps a result that cannot fail in a working test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
