package access

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
)

// Certificate is the listener's certificate and key, read again when their files
// change. Several goroutines may use it.
type Certificate struct {
	certFile, keyFile string
	now               func() time.Time
	logf              func(format string, args ...any)

	mu      sync.Mutex // guards what follows
	pair    *tls.Certificate
	stamps  [2]stamp
	checked time.Time
}

// renewed is how often the files are looked at, at most: a renewal need not be
// seen at once.
const renewed = 10 * time.Second

// OpenCertificate reads a chain and its key, both PEM. When the files change it
// reads them again; what is wrong with them then is told to logf, and the pair
// read before stays.
func OpenCertificate(certFile, keyFile string, now func() time.Time, logf func(string, ...any)) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, now: now, logf: logf}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files now.
func (c *Certificate) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// read reads the files; the caller holds mu. They are stamped before they are
// read, so that what changes meanwhile is read the next time.
func (c *Certificate) read() error {
	c.checked = c.now()
	stamps, err := c.look()
	if err != nil {
		return &audit.InputError{Cause: "the listener's certificate cannot be read: " + err.Error(), Hint: "name PEM files with --tls-cert (the certificate, then its intermediates) and --tls-key", Err: err}
	}
	c.stamps = stamps
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		// The library names the fault, never what stands in the key.
		return &audit.InputError{Place: audit.Place{File: c.certFile}, Cause: err.Error(), Hint: "the certificate and the key must be PEM and belong together; a renewal replaces both", Err: err}
	}
	if err := fitting(&pair, c.now()); err != nil {
		return &audit.InputError{Place: audit.Place{File: c.certFile}, Cause: err.Error(), Hint: "get a certificate for servers with an ECDSA P-256 key, or RSA of 2048 bits or more", Err: err}
	}
	c.pair = &pair
	return nil
}

func (c *Certificate) look() (stamps [2]stamp, err error) {
	for i, file := range []string{c.certFile, c.keyFile} {
		if stamps[i], err = stampOf(file); err != nil {
			if p := (*fs.PathError)(nil); errors.As(err, &p) {
				err = fmt.Errorf("%s: %w", file, p.Err)
			}
			return stamps, err
		}
	}
	return stamps, nil
}

// fitting refuses a leaf that this listener's own baseline would not pass with.
func fitting(pair *tls.Certificate, now time.Time) error {
	leaf := pair.Leaf
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Errorf("an RSA key of %d bits is too short: 2048 is the least", key.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 256 {
			return fmt.Errorf("an ECDSA key of %d bits is too short: 256 is the least", key.Curve.Params().BitSize)
		}
	}
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate ended on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate begins on %s", leaf.NotBefore.UTC().Format(time.DateOnly))
	case len(leaf.DNSNames)+len(leaf.IPAddresses) == 0:
		return errors.New("the certificate names no host in its subjectAltName")
	}
	return nil
}

// get is for tls.Config: the pair of now.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= renewed || now.Before(c.checked) {
		c.checked = now
		if stamps, err := c.look(); err != nil || stamps != c.stamps {
			if err := c.read(); err != nil {
				c.logf("the certificate read before stays in use: %v", err)
			} else {
				c.logf("the certificate was read again; it holds until %s", c.pair.Leaf.NotAfter.UTC().Format(time.DateOnly))
			}
		}
	}
	return c.pair, nil
}

// Names are the hosts the certificate is for, without wildcards.
func (c *Certificate) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, n := range c.pair.Leaf.DNSNames {
		if !strings.Contains(n, "*") {
			names = append(names, n)
		}
	}
	for _, ip := range c.pair.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// Warnings says what the operator should see to about the files.
func (c *Certificate) Warnings() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info, err := os.Stat(c.keyFile); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o027 != 0 {
		list = append(list, fmt.Sprintf("others may read or write the key %s (mode %04o): chmod 600 %s", c.keyFile, info.Mode().Perm(), c.keyFile))
	}
	leaf := c.pair.Leaf
	if left := leaf.NotAfter.Sub(c.now()); left < 14*24*time.Hour {
		list = append(list, fmt.Sprintf("the certificate ends on %s", leaf.NotAfter.UTC().Format(time.DateOnly)))
	}
	if len(c.pair.Certificate) == 1 && leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
		list = append(list, "the certificate is self-signed: browsers warn of it, and people learn to click warnings away")
	}
	if len(leaf.ExtKeyUsage) > 0 && !serves(leaf) {
		list = append(list, "the certificate is not for TLS servers (extended key usage): browsers refuse it")
	}
	return list
}

func serves(leaf *x509.Certificate) bool {
	for _, u := range leaf.ExtKeyUsage {
		if u == x509.ExtKeyUsageServerAuth || u == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// TLS is how the listener speaks: TLS 1.3 alone, of which this library offers
// nothing weak, and groups every browser of the last years has, the hybrid one
// first. docs/serve.md names the profiles it is held against.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384},
		GetCertificate:   c.get,
		NextProtos:       []string{"h2", "http/1.1"},
		// Tickets of this library are good for a week; visitors are few.
		SessionTicketsDisabled: true,
	}
}
