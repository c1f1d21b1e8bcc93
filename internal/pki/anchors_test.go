package pki

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

func TestLoadAnchors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := fixtures.NewAuthority(now), fixtures.NewAuthority(now)
	garbage := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("garbage")})
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")})
	pemFile := write("a.pem", append([]byte("# our authority\n"), append(a.RootPEM(), b.RootPEM()...)...))
	derFile := write("b.der", b.Root.DER)
	for _, tt := range []struct {
		file  string
		parts []string // of the error; none means it loads
	}{
		{pemFile, nil},
		{derFile, nil},
		{filepath.Join(dir, "missing.pem"), []string{"missing.pem: ", "no such file", "hint: "}},
		{dir, []string{"not a regular file"}},
		{write("empty.pem", nil), []string{"empty.pem: no certificate in this file", "hint: "}},
		{write("text.pem", []byte("hello")), []string{"no certificate in this file"}},
		{write("key.pem", key), []string{"no certificate", `"PRIVATE KEY"`}},
		{write("bom.pem", append([]byte("\xef\xbb\xbf"), a.RootPEM()...)), nil},
		{write("crlf.pem", bytes.ReplaceAll(a.RootPEM(), []byte("\n"), []byte("\r\n"))), nil},
		{write("cut.pem", append(a.RootPEM(), b.RootPEM()[:500]...)), []string{fmt.Sprintf("cut.pem:%d: this PEM block is damaged", 1+bytes.Count(a.RootPEM(), []byte("\n"))), "this PEM block is damaged", "hint: "}},
		{write("hole.pem", append(append([]byte{}, b.RootPEM()[:500]...), append([]byte("\n"), a.RootPEM()...)...)), []string{"hole.pem:1: this PEM block is damaged"}},
		{write("broken.pem", append(append([]byte("\n"), a.RootPEM()...), garbage...)), []string{"broken.pem:", "cannot be a trust anchor"}},
	} {
		anchors, err := LoadAnchors([]string{tt.file}, false)
		if len(tt.parts) == 0 {
			if err != nil || anchors.Empty() || anchors.String() != tt.file {
				t.Errorf("%s: %v, %v", tt.file, anchors, err)
			}
			continue
		}
		var input *audit.InputError
		if !errors.As(err, &input) || anchors != nil {
			t.Errorf("%s: %v is not an input error", tt.file, err)
			continue
		}
		for _, part := range tt.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q lacks %q", tt.file, err, part)
			}
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q shows the file's content", tt.file, err)
		}
	}
	both, err := LoadAnchors([]string{pemFile, derFile}, false)
	if err != nil || both.String() != pemFile+" + "+derFile {
		t.Errorf("%v, %v", both, err)
	}
	for _, authority := range []*fixtures.Authority{a, b} {
		leaf := authority.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
		if got := Assess([][]byte{leaf.DER, authority.Intermediate.DER}, "x.test", both, now); got.Trust.Answer != audit.Accepted {
			t.Errorf("%+v", got.Trust)
		}
	}
}

func TestBrokenAnchorPosition(t *testing.T) {
	root := fixtures.NewAuthority(now).RootPEM()
	garbage := "# second\n-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n"
	_, err := ParseAnchors("ca.pem", append(root, garbage...))
	var input *audit.InputError
	want := strings.Count(string(root), "\n") + 2
	if !errors.As(err, &input) || input.Place.Line != want {
		t.Errorf("%v, want line %d", err, want)
	}
}

// TestSystemRoots uses a bundle of the test's own, by the environment variable
// crypto/x509 honours on Unix.
func TestSystemRoots(t *testing.T) {
	a := fixtures.NewAuthority(now)
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, a.RootPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	t.Setenv("SSL_CERT_DIR", filepath.Dir(file))
	anchors, err := LoadAnchors(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if anchors.String() != "system roots" {
		t.Errorf("%q", anchors)
	}
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
	got := Assess([][]byte{leaf.DER, a.Intermediate.DER}, "x.test", anchors, now)
	if got.Trust.Answer != audit.Accepted || got.Trust.Anchors != "system roots" {
		t.Errorf("%+v", got.Trust)
	}
}
