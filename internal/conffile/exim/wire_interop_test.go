//go:build interop

package exim

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// certificate writes a certificate with its key into a folder.
func certificate(t *testing.T, dir string, withRSA bool) string {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.com"}, DNSNames: []string{"mail.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	var der, keyDER []byte
	var err error
	if withRSA {
		key, keyErr := rsa.GenerateKey(rand.Reader, 2048)
		if keyErr != nil {
			t.Fatal(keyErr)
		}
		der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		keyDER, keyErr = x509.MarshalPKCS8PrivateKey(key)
		if keyErr != nil {
			t.Fatal(keyErr)
		}
	} else {
		key, keyErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if keyErr != nil {
			t.Fatal(keyErr)
		}
		der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		keyDER, keyErr = x509.MarshalPKCS8PrivateKey(key)
		if keyErr != nil {
			t.Fatal(keyErr)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "both.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))+string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return file
}

// serve runs Exim as inetd would: a process for each connection.
func serve(t *testing.T, p product, conf string) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { l.Close(); running.Wait() })
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				file, err := conn.(*net.TCPConn).File()
				conn.Close()
				if err != nil {
					return
				}
				defer file.Close()
				cmd := exec.Command(p.path, "-C", conf, "-bs")
				cmd.Stdin, cmd.Stdout = file, file
				_ = cmd.Run() // how the conversation ends is the client's to see
			})
		}
	})
	return l.Addr()
}

// ask upgrades a connection with one version, and perhaps one suite. offered is
// false if there is no STARTTLS.
func ask(address net.Addr, version uint16, suites []uint16) (offered bool, err error) {
	conn, err := net.DialTimeout("tcp", address.String(), 5*time.Second)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return false, err
	}
	r := bufio.NewReader(conn)
	reply := func() (string, error) {
		var all strings.Builder
		for {
			l, err := r.ReadString('\n')
			all.WriteString(l)
			if err != nil || len(l) < 4 || l[3] == ' ' {
				return all.String(), err
			}
		}
	}
	if _, err := reply(); err != nil {
		return false, err
	}
	fmt.Fprint(conn, "EHLO client.example.com\r\n")
	greeting, err := reply()
	if err != nil {
		return false, err
	}
	if !strings.Contains(greeting, "STARTTLS") {
		return false, nil
	}
	fmt.Fprint(conn, "STARTTLS\r\n")
	if answer, err := reply(); err != nil || !strings.HasPrefix(answer, "220") {
		return true, fmt.Errorf("STARTTLS: %q %w", answer, err)
	}
	if suites == nil { // crypto/tls leaves some out unless they are asked for
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			suites = append(suites, s.ID)
		}
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CipherSuites: suites})
	return true, c.Handshake()
}

var tlsVersions = map[audit.Version]uint16{audit.TLSv10: tls.VersionTLS10, audit.TLSv11: tls.VersionTLS11, audit.TLSv12: tls.VersionTLS12, audit.TLSv13: tls.VersionTLS13}

// testSuites are those crypto/tls can offer alone at TLS 1.2, for an RSA key.
var testSuites = []uint16{
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
}

// settings makes random settings for TLS in the dialect of the library.
func settings(g *mathrand.Rand, lib library) string {
	pick := func(list ...string) string { return list[g.IntN(len(list))] }
	var b strings.Builder
	if g.IntN(10) > 0 {
		b.WriteString("tls_advertise_hosts = " + pick("*", "*", "*", "*", "*", "", ":", "127.0.0.1", "!127.0.0.1 : *") + "\n")
	}
	if lib == openSSL {
		if g.IntN(10) > 0 {
			var words []string
			for range g.IntN(7) {
				words = append(words, pick("+", "+", "-")+pick("no_tlsv1", "no_tlsv1_1", "no_tlsv1_2", "no_tlsv1_3", "no_sslv3", "no_ticket", "cipher_server_preference", "single_dh_use", "no_compression", "all"))
			}
			b.WriteString("openssl_options = " + strings.Join(words, pick(" ", "  ", " \\\n   ")) + "\n")
		}
		if g.IntN(3) > 0 {
			b.WriteString("tls_require_ciphers = " + pick("HIGH:!aNULL", "DEFAULT:@SECLEVEL=0", "ALL:@SECLEVEL=0", "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL", "AES128-SHA:@SECLEVEL=0",
				"HIGH:!AES_256", "DEFAULT:!kRSA", "ALL:!ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0", "DEFAULT@SECLEVEL=0", "AES256-GCM-SHA384", "kRSA+AES128") + "\n")
		}
		return b.String()
	}
	if g.IntN(10) > 0 {
		text := pick("NORMAL", "SECURE128", "PFS", "SECURE256", "LEGACY", "NONE:+VERS-ALL:+CIPHER-ALL:+MAC-ALL:+KX-ALL:+SIGN-ALL:+GROUP-ALL", "PERFORMANCE")
		for range g.IntN(5) {
			text += ":" + pick("-VERS-ALL:+VERS-TLS1.2", "-VERS-TLS1.0", "-VERS-TLS1.1", "-VERS-TLS1.3", "+VERS-TLS1.0", "-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", "-RSA", "-AES-128-CBC", "-AES-256-GCM", "-CHACHA20-POLY1305", "%SERVER_PRECEDENCE", "-MAC-ALL:+AEAD", "-SHA1", "-KX-ALL:+RSA")
		}
		b.WriteString("tls_require_ciphers = " + text + "\n")
	}
	return b.String()
}

// wireConfigurations is how many TestWire tries.
const wireConfigurations = 60

// TestWire compares the posture declared by generated settings with what Exim
// answers, version by version, and for some suites.
func TestWire(t *testing.T) {
	p := installed(t)
	dir := folder(t)
	cert := certificate(t, dir, true)
	base := fmt.Sprintf("keep_environment =\nprimary_hostname = mail.example.com\nspool_directory = %s/spool\nlog_file_path = %s/%%slog\ntls_certificate = %s\ntls_privatekey = %s\nacl_smtp_connect = accept\n", dir, dir, cert, cert)
	gen := mathrand.New(mathrand.NewPCG(4, 96))
	answers := map[audit.Answer]int{}
	for i := range wireConfigurations {
		text := base + settings(gen, p.lib)
		conf := filepath.Join(dir, fmt.Sprintf("exim%d.conf", i))
		write(t, conf, text)
		tree := conftree.FromTexts(map[string]string{"exim.conf": text})
		f, err := tree.Read("exim.conf")
		if err != nil {
			t.Fatal(err)
		}
		doc := Read(&confdoc.Reader{Tree: tree, Versions: p.versions()}, f)
		if len(doc.Faults)+len(doc.Gaps) > 0 || len(doc.Listeners) != 1 {
			t.Fatalf("%v %v\n%s", doc.Faults, doc.Gaps, text)
		}
		l := doc.Listeners[0]
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			address := serve(t, p, conf)
			for _, v := range audit.Versions[2:] {
				offered, err := ask(address, tlsVersions[v], nil)
				fact := l.Version(v)
				answers[fact.Answer]++
				// Anyone else gets STARTTLS as well from a list that names this host.
				local := l.Scope.(*scope).offers == hostsSome
				if want := l.TLS == audit.Accepted && !(local && strings.Contains(text, "!127.0.0.1")); offered != want {
					t.Errorf("STARTTLS offered: %t, declared %v\n%s", offered, l.TLS, text)
				}
				if !offered {
					break
				}
				if problem := compare(fact, err); problem != "" && l.Scope.(*scope).view.refused == "" {
					t.Errorf("%v declared %v (%s): %s\n%s", v, fact.Answer, fact.Evidence, problem, text)
				}
			}
			fact := l.Version(audit.TLSv12)
			if l.TLS != audit.Accepted || fact.Answer != audit.Accepted || fact.SuitesAnswer != audit.Accepted || strings.Contains(text, "!127.0.0.1") {
				return
			}
			for range 2 {
				id := testSuites[gen.IntN(len(testSuites))]
				_, err := ask(address, tls.VersionTLS12, []uint16{id})
				declared := false
				for _, s := range fact.Suites {
					declared = declared || s.ID == audit.Code(id)
				}
				if declared != (err == nil) {
					t.Errorf("%s declared %t: %v\n%s", tls.CipherSuiteName(id), declared, err, text)
				}
			}
		})
	}
	t.Logf("%d configurations; versions asked for by declared answer: %v", wireConfigurations, answers)
	if answers[audit.Accepted] < 50 || answers[audit.Refused] < 20 {
		t.Error("too few of a kind")
	}
}

// compare holds an answer of the wire against a declared one.
func compare(fact audit.VersionFact, err error) string {
	var alert tls.AlertError
	switch {
	case fact.Answer == audit.Accepted && err != nil && len(fact.Suites) > 0:
		return "refused on the wire: " + err.Error()
	case fact.Answer != audit.Accepted && err == nil:
		return "accepted on the wire"
	case fact.Answer == audit.Latent && errors.As(err, &alert) && uint8(alert) == 70:
		return "switched off on the wire"
	case fact.Answer == audit.Undetermined:
		return "undetermined"
	}
	return ""
}
