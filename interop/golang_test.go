//go:build interop

package interop

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"tlsaudit/audit"
)

// goForce is the brute force with crypto/tls, up to TLS 1.2: it does not let
// its TLS 1.3 suites be chosen. It knows RC4 and 3DES, which OpenSSL does not.
func goForce(t *testing.T, e endpoint) force {
	t.Helper()
	var offers []offer
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, version := range suite.SupportedVersions {
			if version < tls.VersionTLS13 {
				offers = append(offers, offer{audit.Version(version), audit.Code(suite.ID), suite.Name})
			}
		}
	}
	return bruteForce(t, offers, func(o offer) (verdict, bool, error) {
		dialer := &net.Dialer{Timeout: patience}
		c, err := tls.DialWithDialer(dialer, "tcp", address(e.Port), &tls.Config{
			MinVersion: uint16(o.Version), MaxVersion: uint16(o.Version), CipherSuites: []uint16{uint16(o.Code)},
			ServerName: serverName, InsecureSkipVerify: true,
		})
		var remote *net.OpError
		switch {
		case err == nil:
			c.Close()
			return verdict{Accepted: true}, true, nil
		case errors.As(err, &remote) && remote.Op == "remote error":
			// a fatal alert; crypto/tls does not give its number away
			return verdict{}, true, nil
		}
		return verdict{}, true, fmt.Errorf("neither accepted nor refused with an alert: %w", err)
	})
}

// goServer serves with crypto/tls, everything on, both kinds of certificate.
func goServer(t *testing.T, k *keys) endpoint {
	t.Helper()
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	pool := x509.NewCertPool()
	pool.AddCert(k.Anchor)
	return serveGo(t, &tls.Config{
		MinVersion: tls.VersionTLS10, CipherSuites: suites, Certificates: []tls.Certificate{k.ECDSA.Certificate, k.RSA.Certificate},
		ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool,
	}, endpoint{Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer, Asks: true})
}

// goModernServer serves TLS 1.3 alone, with one certificate.
func goModernServer(t *testing.T, k *keys) endpoint {
	t.Helper()
	return serveGo(t, &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{k.ECDSA.Certificate}}, endpoint{Leaves: []keyPair{k.ECDSA}, Preference: audit.PreferenceServer})
}

func serveGo(t *testing.T, config *tls.Config, e endpoint) endpoint {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				io.Copy(io.Discard, c)
			}()
		}
	}()
	e.Protocol, e.Port = "tls", uint16(listener.Addr().(*net.TCPAddr).Port)
	return e
}
