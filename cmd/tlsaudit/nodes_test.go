package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/dnsq/dnstest"
)

// TestAllAddresses audits a name at two addresses of loopback, alike and not, at
// two depths and short of connections.
func TestAllAddresses(t *testing.T) {
	a := fixtures.NewAuthority(time.Now())
	certificate := a.Server(fixtures.P256, "www.example.test")
	first, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(certificate)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	port := first.Addr().Port()
	at := func(ip string, certificate tls.Certificate) {
		s, err := fixtures.ListenAt(t.Context(), netip.AddrPortFrom(netip.MustParseAddr(ip), port), fixtures.TLS(fixtures.Hardened(certificate)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
	}
	at("127.0.0.2", certificate)
	at("127.0.0.3", a.Server(fixtures.P256, "www.example.test", "www.example.test"))
	names, err := dnstest.New("www.example.test. A 127.0.0.1\nwww.example.test. A 127.0.0.2\n" +
		"other.example.test. A 127.0.0.1\nother.example.test. A 127.0.0.3\ndown.example.test. A 127.0.0.1\ndown.example.test. A 127.0.0.4\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(names.Close)
	ca := keep(t, "ca.pem", string(a.RootPEM()))
	for _, c := range []struct {
		name, host string
		args       []string
		want       audit.Verdict
		says       string
	}{
		{"alike", "www", nil, audit.Pass, "2 addresses answer alike"},
		{"alike as far as asked", "www", []string{"--depth", "quick"}, audit.Unknown, "is not asked at depth quick: --depth standard asks it"},
		{"another certificate", "other", nil, audit.Warn, "127.0.0.3: leaf certificates: SHA-256 "},
		{"another certificate at depth quick", "other", []string{"--depth", "quick"}, audit.Warn, "127.0.0.3: leaf certificates: SHA-256 "},
		{"short of connections", "www", []string{"--budget", "10"}, audit.Unknown, "not judged: "},
		{"one address down", "down", nil, audit.Unknown, "127.0.0.4 was not observed: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "report.json")
			var stdout, stderr strings.Builder
			app := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, resolver: noDNS{}}
			app.run(append([]string{"audit", "-q", "--all-addresses", "--exit-zero", "--ca", ca, "-o", out, "--resolver", names.Addr.String(), fmt.Sprintf("https://%s.example.test:%d", c.host, port)}, c.args...))
			raw, err := os.ReadFile(out)
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			var r struct{ Findings []audit.Finding }
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, f := range r.Findings {
				if f.Rule != "BASE-NODES" || !strings.HasSuffix(f.Subject, "?ip=127.0.0.1") {
					continue
				}
				if found++; f.Verdict != c.want || !strings.Contains(f.Message, c.says) {
					t.Errorf("%s: %s: %s", f.Subject, f.Verdict, f.Message)
				}
			}
			if found != 1 {
				t.Errorf("%d findings about the addresses", found)
			}
		})
	}
	// The same again with the same budget would end the same.
	var stdout, stderr strings.Builder
	app := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, resolver: noDNS{}}
	code := app.run([]string{"audit", "--ca", ca, "--resolver", names.Addr.String(), "--budget", "10", fmt.Sprintf("https://www.example.test:%d", port)})
	if code != exitIncomplete || !strings.Contains(stderr.String(), "With 10 connections to an address no more may come of it: raise --budget, or leave it off.") {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}
