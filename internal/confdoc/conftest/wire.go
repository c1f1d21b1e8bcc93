//go:build interop

package conftest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// Certificates writes c.pem, k.pem and both.pem for an RSA key, valid around
// now, into a folder.
func Certificates(t *testing.T, dir string, now time.Time) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.com"}, DNSNames: []string{"www.example.com", "*.test"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	k := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	for name, b := range map[string][]byte{"c.pem": c, "k.pem": k, "both.pem": append(slices.Clone(c), k...)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// FreePorts returns free ports of 127.0.0.1.
func FreePorts(t *testing.T, n int) (list []string) {
	t.Helper()
	ports, err := fixtures.FreePorts(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range ports {
		list = append(list, strconv.Itoa(port))
	}
	return list
}

// Offered are the suites of crypto/tls for an RSA key.
func Offered() (list []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if !strings.Contains(s.Name, "ECDSA") && s.ID>>8 != 0x13 {
			list = append(list, s.ID)
		}
	}
	return list
}

// Seen is what one hello brought.
type Seen struct {
	Answer  audit.Answer
	Suite   uint16
	Tickets bool
	Err     error
}

type counter struct {
	mutex sync.Mutex
	puts  int
}

func (c *counter) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

func (c *counter) Put(string, *tls.ClientSessionState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.puts++
}

// Ask offers one version.
func Ask(ctx context.Context, port, name string, v audit.Version, suites []uint16, curves []tls.CurveID) Seen {
	sessions := &counter{}
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: &tls.Config{
		InsecureSkipVerify: true, ServerName: name, MinVersion: uint16(v), MaxVersion: uint16(v), CipherSuites: suites, CurvePreferences: curves, ClientSessionCache: sessions,
	}}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := d.DialContext(ctx, "tcp", "127.0.0.1:"+port)
	if err == nil {
		s := c.(*tls.Conn).ConnectionState()
		c.Close()
		return Seen{Answer: audit.Accepted, Suite: s.CipherSuite, Tickets: sessions.puts > 0}
	}
	out := Seen{Answer: audit.Undetermined, Err: err}
	var alert tls.AlertError
	switch text := err.Error(); {
	case strings.Contains(text, "protocol version not supported"), strings.Contains(text, "server selected unsupported protocol version"):
		out.Answer = audit.Refused
	case strings.Contains(text, "remote error: tls: internal error"):
		out.Answer = audit.Latent
	case strings.Contains(text, "remote error: tls: handshake failure"):
		out.Answer = audit.NotAsked // version taken, no suite or group in common
	case strings.Contains(text, "unrecognized name"), errors.As(err, &alert) && uint8(alert) == 112:
		out.Answer = audit.Refused
	}
	return out
}

// Enumerate returns the suites up to TLS 1.2 the server takes, in the order it
// picks them.
func Enumerate(ctx context.Context, port, name string, v audit.Version) (list []uint16, err error) {
	rest := Offered()
	for len(rest) > 0 {
		one := Ask(ctx, port, name, v, rest, nil)
		if one.Answer == audit.NotAsked || one.Answer == audit.Latent && len(list) > 0 {
			return list, nil
		}
		if one.Answer != audit.Accepted {
			return list, one.Err
		}
		list = append(list, one.Suite)
		rest = slices.DeleteFunc(rest, func(id uint16) bool { return id == one.Suite })
	}
	return list, nil
}
