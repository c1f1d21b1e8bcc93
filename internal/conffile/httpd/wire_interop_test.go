//go:build interop

package httpd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// certificates writes c.pem and k.pem (RSA) and e.pem with both (ECDSA).
func certificates(t testing.TB, dir string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.com"}, DNSNames: []string{"*.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	put := func(name, kind string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, signer := range map[string]any{"": key, "e": other} {
		var public any = &key.PublicKey
		if name != "" {
			public = &other.PublicKey
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, signer)
		if err != nil {
			t.Fatal(err)
		}
		pk, err := x509.MarshalPKCS8PrivateKey(signer)
		if err != nil {
			t.Fatal(err)
		}
		put(name+"c.pem", "CERTIFICATE", der)
		put(name+"k.pem", "PRIVATE KEY", pk)
	}
}

// ports finds free ports on the loopback interface.
func ports(t testing.TB, n int) []int {
	t.Helper()
	list, err := fixtures.FreePorts(n)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// start runs the server until the test ends and waits for a port.
func start(t testing.TB, file string, port int) (stop func()) {
	t.Helper()
	program, err := exec.LookPath("apache2")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-f", file, "-D", "FOREGROUND")
	cmd.Env = []string{"OPENSSL_CONF=/dev/null", "PATH=/usr/sbin:/usr/bin:/bin"}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	}
	for range 100 {
		select {
		case <-done:
			log, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "error.log"))
			t.Fatalf("the server ended: %s\n%s", out.String(), tail(string(log)))
		default:
		}
		conn, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			conn.Close()
			return stop
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	t.Fatalf("the server does not answer: %s", out.String())
	return nil
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

var goVersions = map[audit.Version]uint16{audit.TLSv10: tls.VersionTLS10, audit.TLSv11: tls.VersionTLS11, audit.TLSv12: tls.VersionTLS12, audit.TLSv13: tls.VersionTLS13}

// suites are all suites of Go up to TLS 1.2.
func suites() (list []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		list = append(list, s.ID)
	}
	return list
}

// shake attempts one handshake.
func shake(port int, name string, v audit.Version, offer []uint16) (tls.ConnectionState, bool, error) {
	cache := tls.NewLRUClientSessionCache(4)
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp4", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{
		MinVersion: goVersions[v], MaxVersion: goVersions[v], ServerName: name, InsecureSkipVerify: true, CipherSuites: offer, ClientSessionCache: cache,
	})
	if err != nil {
		return tls.ConnectionState{}, false, err
	}
	defer conn.Close()
	_, ticket := cache.Get(name)
	return conn.ConnectionState(), ticket, nil
}

// wireHost makes random TLS lines of a virtual host, or of the server.
func wireHost(g *mrand.Rand, global bool) string {
	one := func(list ...string) string { return list[g.IntN(len(list))] }
	var lines []string
	if g.IntN(4) > 0 {
		for {
			var list []string
			for range 1 + g.IntN(4) {
				list = append(list, one("all", "-all", "+TLSv1", "-TLSv1", "+TLSv1.1", "-TLSv1.1", "+TLSv1.2", "-TLSv1.2", "+TLSv1.3", "-TLSv1.3", "TLSv1.2", "TLSv1", "-SSLv3"))
			}
			if e := evaluate(list, true); !e.on.empty() {
				lines = append(lines, "SSLProtocol "+strings.Join(list, " "))
				break
			}
		}
	}
	if g.IntN(3) > 0 {
		lines = append(lines, "SSLCipherSuite "+one("ALL:@SECLEVEL=0", "HIGH:@SECLEVEL=0", "HIGH", "HIGH:!aNULL", "ECDHE+AESGCM:ECDHE+AES:@SECLEVEL=0", "DEFAULT@SECLEVEL=0", "AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384", "ALL:@SECLEVEL=1"))
	}
	if g.IntN(5) == 0 {
		lines = append(lines, "SSLCipherSuite TLSv1.3 "+one("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"))
	}
	limit := 5
	if global {
		limit = 12
	}
	if g.IntN(limit) == 0 {
		lines = append(lines, "SSLOpenSSLConfCmd "+one("MinProtocol TLSv1", "MinProtocol TLSv1.1", "MinProtocol TLSv1.2", "MaxProtocol TLSv1.2", "MaxProtocol TLSv1.3", "minprotocol None"))
	}
	if g.IntN(limit) == 0 {
		lines = append(lines, "SSLOpenSSLConfCmd "+one(`Protocol "ALL"`, "Protocol -TLSv1.2", "Protocol -ALL,+TLSv1.2", "CipherString ALL:@SECLEVEL=0", "CipherString HIGH", "Ciphersuites TLS_AES_256_GCM_SHA384", "Options ServerPreference,-SessionTicket"))
	}
	if g.IntN(3) == 0 {
		lines = append(lines, "SSLHonorCipherOrder "+one("on", "off"))
	}
	if g.IntN(3) == 0 {
		lines = append(lines, "SSLSessionTickets "+one("on", "off"))
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return strings.Join(lines, "\n") + "\n"
}

// TestWire starts servers with hundreds of random virtual hosts, some of them
// told apart by name alone, and asks each for every version.
func TestWire(t *testing.T) {
	versions := installed(t)
	hosts, asked := 0, 0
	for seed := range uint64(8) {
		g := mrand.New(mrand.NewPCG(seed, 7))
		dir := t.TempDir()
		certificates(t, dir)
		free := ports(t, 25)
		var text strings.Builder
		text.WriteString(prelude(dir) + "SSLSessionCache none\nSSLCertificateFile c.pem\nSSLCertificateKeyFile k.pem\n" + wireHost(g, true))
		type target struct {
			port int
			name string
		}
		var targets []target
		for _, port := range free {
			fmt.Fprintf(&text, "Listen 127.0.0.1:%d\n", port)
			for i := range 1 + g.IntN(3) {
				name := fmt.Sprintf("h%d.example.com", i)
				targets = append(targets, target{port, name})
				fmt.Fprintf(&text, "<VirtualHost 127.0.0.1:%d>\nServerName %s\nSSLEngine on\n%s</VirtualHost>\n", port, name, wireHost(g, false))
			}
		}
		writeFiles(t, dir, map[string]string{"main.conf": text.String()})
		tree, err := conftree.OpenDir(dir, conftree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		main, err := tree.Read("main.conf")
		if err != nil {
			t.Fatal(err)
		}
		d := read(Apache, &confdoc.Reader{Tree: tree, Versions: versions}, main)
		if d.Broken() != nil || len(d.Gaps) > 0 || len(d.Listeners) != len(targets) {
			t.Fatalf("seed %d: %v %v, %d listeners for %d hosts", seed, d.Faults, d.Gaps, len(d.Listeners), len(targets))
		}
		stop := start(t, dir+"/main.conf", free[len(free)-1])
		for i, at := range targets {
			l := d.Listeners[i]
			hosts++
			section, _, _ := strings.Cut(text.String()[l.Scope.(*host).scope.open.line.start:], "</V")
			for v := range goVersions {
				asked++
				fact := l.Version(v)
				want := fact.Answer == audit.Accepted && len(fact.Suites) > 0
				state, ticket, err := shake(at.port, at.name, v, suites())
				if (err == nil) != want {
					t.Errorf("seed %d, %s: %v is %v (%s), but the server: %v\n%s", seed, l.Listener, v, fact.Answer, fact.Evidence, err, section)
					continue
				}
				if err != nil {
					continue
				}
				if !slices.ContainsFunc(fact.Suites, func(s audit.Suite) bool { return s.ID == audit.Code(state.CipherSuite) }) {
					t.Errorf("seed %d, %s: %v negotiates %s, which is not declared", seed, l.Listener, v, tls.CipherSuiteName(state.CipherSuite))
				}
				if f := l.Feature(audit.FeatureSessionTicket, v); v == audit.TLSv12 && (f.Answer == audit.Accepted) != ticket {
					t.Errorf("seed %d, %s: session tickets %v (%s), but the server: %v\n%s", seed, l.Listener, f.Answer, f.Evidence, ticket, section)
				}
				if v != audit.TLSv12 || i%3 != 0 {
					continue
				}
				for _, s := range tls.CipherSuites() {
					if !slices.Contains(s.SupportedVersions, tls.VersionTLS12) || strings.Contains(s.Name, "ECDSA") {
						continue
					}
					asked++
					_, _, err := shake(at.port, at.name, v, []uint16{s.ID})
					declared := slices.ContainsFunc(fact.Suites, func(o audit.Suite) bool { return o.ID == audit.Code(s.ID) })
					if (err == nil) != declared {
						t.Errorf("seed %d, %s: %s declared %v, the server: %v\n%s", seed, l.Listener, s.Name, declared, err, section)
					}
				}
			}
			if t.Failed() {
				global := strings.TrimPrefix(text.String(), prelude(dir))
				here := regexp.MustCompile(fmt.Sprintf(`(?s)<VirtualHost 127.0.0.1:%d>.*?</VirtualHost>`, at.port)).FindAllString(global, -1)
				global, _, _ = strings.Cut(global, "Listen")
				t.Fatalf("global:\n%s\n%s", global, strings.Join(here, "\n"))
			}
		}
		stop()
	}
	t.Logf("%d virtual hosts, %d handshakes as declared", hosts, asked)
	if hosts < 300 {
		t.Errorf("only %d virtual hosts", hosts)
	}
}
