package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/policy"
)

// The certificate a policy names decides FP-09 at a peer that asks for one.
func TestOutgoingCertificate(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(eku ...x509.ExtKeyUsage) []byte {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.AddDate(1, 0, 0), ExtKeyUsage: eku, DNSNames: []string{"mail.example.com"}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	authority := func(eku ...x509.ExtKeyUsage) []byte {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: now, NotAfter: now.AddDate(9, 0, 0), ExtKeyUsage: eku, IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	server := certificate(x509.ExtKeyUsageServerAuth)
	both := certificate(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	for _, tt := range []struct {
		name string
		pem  []byte
		want audit.Verdict
		err  string
	}{
		{"for servers", server, audit.Warn, ""}, {"for both", both, audit.Pass, ""}, {"for any purpose", certificate(), audit.Pass, ""},
		{"the first counts", slices.Concat(server, both), audit.Warn, ""},
		{"an authority before it", slices.Concat(authority(), authority(x509.ExtKeyUsageClientAuth), server), audit.Warn, ""},
		{"for anyExtendedKeyUsage", certificate(x509.ExtKeyUsageAny), audit.Pass, ""},
		{"its own authority", authority(x509.ExtKeyUsageServerAuth), audit.Warn, ""},
		{"authorities only", slices.Concat(authority(), authority()), 0, "2 certificates, all of authorities"},
		{"key before it", slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("x")}), both), audit.Pass, ""},
		{"no certificate", []byte("hello"), 0, "no certificate in PEM form"},
		{"broken", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), 0, "cannot be read"},
		{"too large", bytes.Repeat([]byte("x"), maxOutgoing+1), 0, "larger than"},
		{"missing", nil, 0, "no such file"},
	} {
		name := filepath.Join(dir, "own.pem")
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
		if tt.pem != nil {
			if err := os.WriteFile(name, tt.pem, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(dir, "p.yaml")
		text := "policy: {id: gw, title: G}\nconnections: [{name: A, priority: 1, direction: outbound, security: encrypt, strength: medium, match: any}]\ngateway: {outgoing_certificate: own.pem}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := policy.Load([]string{file}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		if err := readOutgoing(p); tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "p.yaml:3:") {
				t.Errorf("%s: error %v, want %s", tt.name, err, tt.err)
			}
			continue
		} else if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		o := &audit.Observation{Target: audit.Target{Protocol: "smtp", Host: "mx.example.net", Port: 25, Direction: gateway.Outbound}, Reach: audit.ReachTLS,
			Handshake: &audit.Handshake{Completed: audit.Accepted, ClientCertificate: audit.Accepted}}
		found := false
		for _, f := range (&engine.Judge{Checks: checks.All, Rules: p.Rules, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}).Findings(o) {
			if f.Rule == gateway.CertificateRule {
				found = true
				if f.Verdict != tt.want {
					t.Errorf("%s: %s (%s), want %s", tt.name, f.Verdict, f.Message, tt.want)
				}
			}
		}
		if !found {
			t.Errorf("%s: no finding", tt.name)
		}
	}
}
