package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/notify"
)

// claimedProfiles are those docs/serve.md says the listener passes, as far as
// they do not ask for what only the operator's certificate can give.
var claimedProfiles = []string{"baseline", "ietf-identity", "known-attacks", "ncsc-nl-2025-05", "nist-transitions", "openssl-seclevel", "pci-dss-4.0.1", "ssllabs-2009r"}

// TestServeListener audits the listener with the program itself, under every
// profile that is claimed. Of mozilla-modern-6.0 it fails the one rule that the
// library it speaks by cannot be told to keep.
func TestServeListener(t *testing.T) {
	dir := t.TempDir()
	listenerCertificate(t, dir)
	makeToken(t, dir, "alice", "operator")
	r := startServe(t, dir, "--db", "audits.db", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--tokens", "tokens", "--host", "audit.example.com")
	at, err := url.Parse(r.url)
	if err != nil || at.Scheme != "https" {
		t.Fatalf("it serves on %s", r.url)
	}
	evidence := filepath.Join(dir, "evidence.json")
	runCommand(t, dir, "audit", "-q", "--order", "--ca", "ca.pem", "-o", evidence, "https://audit.example.com:"+at.Port()+"?ip=127.0.0.1")
	for _, profile := range claimedProfiles {
		out := filepath.Join(dir, profile+".json")
		if code := runCommand(t, dir, "audit", "-q", "--from", evidence, "-p", profile, "--fail-on", "low", "-o", out); code != 0 {
			t.Errorf("%s: exit code %d: %v", profile, code, openRules(t, out))
		}
		if open := openRules(t, out); len(open) > 0 {
			t.Errorf("%s: %v", profile, open)
		}
	}
	out := filepath.Join(dir, "modern.json")
	runCommand(t, dir, "audit", "-q", "--from", evidence, "-p", "mozilla-modern-6.0", "-o", out)
	if diff := cmp.Diff([]string{"MOZ-ORDER fail"}, openRules(t, out)); diff != "" {
		t.Errorf("mozilla-modern-6.0: %s", diff)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range append(claimedProfiles, "mozilla-modern-6.0") {
		if !bytes.Contains(page, []byte("`"+profile+"`")) {
			t.Errorf("docs/serve.md does not tell of %s", profile)
		}
	}
}

// runCommand runs the program and returns its exit code.
func runCommand(t *testing.T, dir string, args ...string) int {
	t.Helper()
	c := exec.Command("tlsaudit", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := c.ProcessState.ExitCode(); code == exitUsage || code == exitInternal {
		t.Fatalf("tlsaudit %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return c.ProcessState.ExitCode()
}

// openRules are the rules of a report that fail, warn or are not decided.
func openRules(t *testing.T, file string) (open []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Findings []audit.Finding }
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, f := range r.Findings {
		if judged++; f.Verdict == audit.Fail || f.Verdict == audit.Warn || f.Verdict == audit.Unknown {
			open = append(open, f.Rule+" "+f.Verdict.String())
		}
	}
	if judged == 0 {
		t.Errorf("%s: nothing was judged", file)
	}
	return open
}

// listenerCertificate makes an ordinary certificate of today: ECDSA throughout,
// for ninety days.
func listenerCertificate(t *testing.T, dir string) {
	t.Helper()
	now := time.Now()
	make := func(template, issuer *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if by == nil {
			by = key
		}
		template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	root := &x509.Certificate{Subject: pkix.Name{CommonName: "Example Root"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	rootDER, rootKey := make(root, root, nil)
	parsed, err := x509.ParseCertificate(rootDER)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: "audit.example.com"}, DNSNames: []string{"audit.example.com"}, NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, 89),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, leafKey := make(leaf, parsed, rootKey)
	key, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"ca.pem": {Type: "CERTIFICATE", Bytes: rootDER}, "cert.pem": {Type: "CERTIFICATE", Bytes: leafDER}, "key.pem": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServeDocs reads the configurations docs/serve.md shows.
func TestServeDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "<<'YAML'\n")
	text, rest, ended := strings.Cut(rest, "    YAML\n")
	_, oidc, both := strings.Cut(rest, "    access:\n      oidc:\n")
	oidc, _, _ = strings.Cut(oidc, "\n\n")
	if !found || !ended || !both {
		t.Fatal("docs/serve.md has no configuration")
	}
	for _, text := range []string{text, "    access:\n      oidc:\n" + oidc + "\n"} {
		text = strings.ReplaceAll("\n"+text, "\n    ", "\n")
		doc, err := parseServe("docs/serve.md", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !doc.Notify.IsZero() {
			if _, err := notify.Section(doc.Notify, "."); err != nil {
				t.Error(err)
			}
		} else if doc.Access.OIDC == nil {
			t.Errorf("nothing to sign in with:\n%s", text)
		}
	}
}
