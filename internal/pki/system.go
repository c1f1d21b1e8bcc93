package pki

import (
	"crypto/x509"
	"fmt"
	"os"

	"tlsaudit/audit"
)

// systemBundles are the files crypto/x509 reads on Unix, in its order. They
// are read a second time because it does not hand out the certificates, which
// are needed to explain refusals.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// addSystem adds the roots of the operating system. A system without any adds
// nothing.
func (a *Anchors) addSystem() error {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return &audit.InputError{
			Cause: fmt.Sprintf("the system roots cannot be loaded: %v", err),
			Hint:  "give the certificates of your certificate authority with --ca FILE", Err: err,
		}
	}
	if pool.Equal(x509.NewCertPool()) {
		return nil
	}
	a.pool, a.system = pool, true
	a.names = append(a.names, "system roots")
	bundles := systemBundles
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		bundles = []string{file}
	}
	for _, file := range bundles {
		if data, err := readBounded(file); err == nil {
			for _, b := range blocks(file, data) {
				if c, err := parseStd(b.data); err == nil && b.certificate() {
					a.remember(c)
				}
			}
			break
		}
	}
	return nil
}
