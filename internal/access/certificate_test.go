package access

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// TestCertificate: what does not fit is refused, what should be mended is said.
func TestCertificate(t *testing.T) {
	now := time.Now()
	a := fixtures.NewAuthority(now)
	host := []string{"audit.example.com", "*.example.com"}
	for _, tt := range []struct {
		name    string
		leaf    fixtures.Leaf
		fault   string
		warning string
	}{
		{"ordinary", fixtures.Leaf{DNS: host}, "", ""},
		{"RSA", fixtures.Leaf{DNS: host, Key: fixtures.RSA2048}, "", ""},
		{"short RSA", fixtures.Leaf{DNS: host, Key: fixtures.RSA1024}, "too short", ""},
		{"ended", fixtures.Leaf{DNS: host, NotAfter: now.AddDate(0, 0, -1)}, "ended on", ""},
		{"not begun", fixtures.Leaf{DNS: host, NotBefore: now.AddDate(0, 0, 2)}, "begins on", ""},
		{"no names", fixtures.Leaf{CommonName: "audit.example.com"}, "names no host", ""},
		{"ends soon", fixtures.Leaf{DNS: host, NotAfter: now.AddDate(0, 0, 7)}, "", "ends on"},
		{"self-signed", fixtures.Leaf{DNS: host, SelfSigned: true}, "", "self-signed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writePair(t, a, dir, tt.leaf)
			c, err := OpenCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), time.Now, t.Logf)
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) || !strings.Contains(err.Error(), "hint:") {
					t.Errorf("%v, want %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Warnings(), "\n"); (got == "") != (tt.warning == "") || !strings.Contains(got, tt.warning) {
				t.Errorf("warnings: %s", got)
			}
			if got := c.Names(); len(got) != 1 || got[0] != "audit.example.com" {
				t.Errorf("names: %v", got)
			}
			if err := os.Chmod(filepath.Join(dir, "key.pem"), 0o644); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Warnings(), "\n"); !strings.Contains(got, "others may read") {
				t.Errorf("a key others may read: %q", got)
			}
		})
	}
	if _, err := OpenCertificate("/nonexistent/cert.pem", "/nonexistent/key.pem", time.Now, t.Logf); err == nil || !strings.Contains(err.Error(), "hint:") {
		t.Errorf("no files: %v", err)
	}
}

// TestCertificateRenewed: a renewal is served without a restart, and a damaged
// one is not.
func TestCertificateRenewed(t *testing.T) {
	a := fixtures.NewAuthority(time.Now())
	dir := t.TempDir()
	writePair(t, a, dir, fixtures.Leaf{DNS: []string{"old.example.com"}})
	clk, k := &clock{}, &kept{}
	c, err := OpenCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), clk.now, k.logf)
	if err != nil {
		t.Fatal(err)
	}
	served := func() string {
		p, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.Leaf.DNSNames[0]
	}
	writeFile(t, filepath.Join(dir, "cert.pem"), "damaged, and longer than before: "+strings.Repeat("x", 9000))
	clk.move(renewed)
	if got := served(); got != "old.example.com" || len(k.told) != 1 {
		t.Errorf("a damaged renewal: %s is served, told %v", got, k.told)
	}
	writePair(t, a, dir, fixtures.Leaf{DNS: []string{"new.example.com"}})
	if got := served(); got != "old.example.com" {
		t.Errorf("the files are read at every handshake")
	}
	clk.move(renewed)
	if got := served(); got != "new.example.com" {
		t.Errorf("%s is served: %v", got, k.told)
	}
	writePair(t, a, dir, fixtures.Leaf{DNS: []string{"third.example.com"}})
	if err := c.Reload(); err != nil || served() != "third.example.com" {
		t.Errorf("reading it now: %v", err)
	}
}

// TestListenerTLS: what the listener speaks and what it does not; the audit of
// the whole stands in cmd/tlsaudit.
func TestListenerTLS(t *testing.T) {
	s := newStage(t, staged{tls: true})
	for _, tt := range []struct {
		name string
		c    *tls.Config
		ok   bool
	}{
		{"TLS 1.3", &tls.Config{MinVersion: tls.VersionTLS13}, true},
		{"TLS 1.2", &tls.Config{MaxVersion: tls.VersionTLS12}, false},
		{"TLS 1.0", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, false},
		{"x25519", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519}}, true},
		{"secp521r1", &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}, false},
	} {
		tt.c.RootCAs, tt.c.ServerName = s.ca, "localhost"
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := tls.Client(conn, tt.c).HandshakeContext(t.Context()); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		conn.Close()
	}
	if _, err := s.gate.Listen(t.Context(), nil); err == nil {
		t.Error("a gate for TLS listens without")
	}
}
