//go:build interop

package wire

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// openssl runs the command and returns its standard output.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).Output()
	if err != nil {
		t.Fatalf("openssl %v: %v", args, err)
	}
	return string(out)
}

// sServer starts `openssl s_server` and returns its address.
func sServer(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("openssl", append([]string{"s_server", "-www", "-accept", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() {
				for lines.Scan() {
				}
			}()
			return address
		}
	}
	t.Fatalf("openssl s_server %v did not start", args)
	return ""
}

// pemFiles writes a certificate with its key and returns the file names.
func pemFiles(t *testing.T, kind string) (certFile, keyFile string) {
	t.Helper()
	c := certificate(t, kind)
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask makes one exchange and closes the connection, since s_server serves one
// at a time.
func ask(t *testing.T, address string, hello []byte, until Until) Flight {
	t.Helper()
	c := dial(t, address)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return Exchange(ctx, c, hello, until)
}

// suitesOf lists what openssl itself says it would accept with the
// authentication given, as codes.
func suitesOf(t *testing.T, version, list string, auth ...string) []uint16 {
	t.Helper()
	var codes []uint16
	for line := range strings.Lines(openssl(t, "ciphers", "-s", "-V", "-"+version, list)) {
		f := strings.Fields(line) // 0xC0,0x2F - NAME TLSv1.2 Kx=ECDH Au=RSA ...
		hi, lo, ok := strings.Cut(f[0], ",")
		if !ok || !slices.Contains(auth, f[5]) || strings.Contains(f[4], "PSK") || strings.Contains(f[4], "SRP") {
			continue
		}
		h, err1 := strconv.ParseUint(hi, 0, 8)
		l, err2 := strconv.ParseUint(lo, 0, 8)
		if err1 != nil || err2 != nil {
			t.Fatalf("cannot read %q", line)
		}
		codes = append(codes, uint16(h<<8|l))
	}
	slices.Sort(codes)
	return codes
}

// Greedy enumeration finds exactly the suites openssl lists, and reads the key
// exchange of each.
func TestInteropSuites(t *testing.T) {
	const list = "ALL:eNULL:@SECLEVEL=0"
	cert, key := pemFiles(t, "rsa")
	params := filepath.Join(t.TempDir(), "dh.pem")
	openssl(t, "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:dh_1024_160", "-out", params)
	address := sServer(t, "-cert", cert, "-key", key, "-cipher", list, "-dhparam", params, "-serverpref")
	for name, version := range map[string]uint16{"tls1": 0x0301, "tls1_1": 0x0302, "tls1_2": 0x0303} {
		var rest, found []uint16
		for code := range uint16(0x0100) {
			rest = append(rest, code, 0xC000+code, 0xCC00+code)
		}
		rest = slices.DeleteFunc(rest, func(c uint16) bool { return c == 0 || c == 0xFF })
		for {
			h := hello12()
			h.Version, h.Suites = version, rest
			f := ask(t, address, h.AppendTo(nil), UntilKeyExchange)
			if f.Outcome == Alert && f.Alert == 40 {
				break
			}
			if f.Outcome != ServerHello || !f.Done || f.Version != version || !slices.Contains(rest, f.Suite) {
				t.Fatalf("%s: %s", name, brief(&f))
			}
			form := keyExchangeOf(f.Suite)
			if f.KeyExchange != (form.kind != kxNone) || form.kind == kxDHE && f.DHBits != 1024 || form.kind == kxECDHE && f.Group == 0 ||
				(f.SigAlg != 0) != (form.signed && version == 0x0303) || (len(f.Certificates) == 1) != (form.signed || form.kind == kxNone) {
				t.Errorf("%s: %s, %d bits DH", name, brief(&f), f.DHBits)
			}
			found = append(found, f.Suite)
			rest = slices.DeleteFunc(rest, func(c uint16) bool { return c == f.Suite })
		}
		slices.Sort(found)
		if want := suitesOf(t, name, list, "Au=RSA", "Au=None"); !slices.Equal(found, want) {
			t.Errorf("%s: found\n%04X, openssl has\n%04X", name, found, want)
		}
	}
}

func TestInteropRefusals(t *testing.T) {
	cert, key := pemFiles(t, "rsa")
	address := sServer(t, "-cert", cert, "-key", key)
	if f := ask(t, address, SSL2Hello(), UntilServerHello); f.Outcome != Alert {
		t.Error("SSLv2:", brief(&f))
	}
	h := hello12()
	h.Version, h.Minimal = 0x0300, true
	if f := ask(t, address, h.AppendTo(nil), UntilServerHello); f.Outcome != Alert {
		t.Error("SSLv3:", brief(&f))
	}
	h = hello12()
	h.Version = 0x0301
	if f := ask(t, address, h.AppendTo(nil), UntilServerHello); f.Outcome != Alert || f.Alert != 80 {
		t.Error("TLS 1.0, allowed but unusable at the security level:", brief(&f))
	}
	if f := ask(t, sServer(t, "-cert", cert, "-key", key, "-tls1_2"), h.AppendTo(nil), UntilServerHello); f.Outcome != Alert || f.Alert != 70 {
		t.Error("TLS 1.0, disabled:", brief(&f))
	}
	for _, pad := range []int{0, 300, 512, 40000} {
		h := hello12()
		h.PadTo = pad
		if f := ask(t, address, h.AppendTo(nil), UntilServerHello); f.Outcome != ServerHello {
			t.Errorf("padded to %d: %s", pad, brief(&f))
		}
	}
}

func TestInteropGroups13(t *testing.T) {
	cert, key := pemFiles(t, "ecdsa")
	for _, test := range []struct{ groups, want string }{
		{"", "29 23 30 25 24 256 257 258 259 260"},
		{"P-384:X25519:ffdhe3072", "24 29 257"},
	} {
		args := []string{"-cert", cert, "-key", key}
		if test.groups != "" {
			args = append(args, "-groups", test.groups)
		}
		address := sServer(t, args...)
		rest := []uint16{4588, 29, 23, 30, 25, 24, 256, 257, 258, 259, 260}
		var order []string
		for {
			h := Hello{Version: 0x0303, Versions: []uint16{0x0304}, Suites: []uint16{0x1301}, Groups: rest, SigAlgs: SigAlgs13, Shares: []KeyShare{}}
			f := ask(t, address, h.AppendTo(nil), UntilServerHello)
			if f.Outcome != HelloRetryRequest {
				if f.Outcome != Alert || f.Alert != 40 {
					t.Error(brief(&f))
				}
				break
			}
			order = append(order, strconv.Itoa(int(f.Group)))
			rest = slices.DeleteFunc(rest, func(g uint16) bool { return g == f.Group })
		}
		if got := strings.Join(order, " "); got != test.want {
			t.Errorf("groups %q: %s, want %s", test.groups, got, test.want)
		}
	}
}

func TestInteropKeyed13(t *testing.T) {
	rsaCert, rsaKey := pemFiles(t, "rsa")
	ecCert, ecKey := pemFiles(t, "ecdsa")
	address := sServer(t, "-cert", rsaCert, "-key", rsaKey, "-dcert", ecCert, "-dkey", ecKey, "-Verify", "1", "-CAfile", rsaCert,
		"-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256", "-alpn", "h2")
	for _, scheme := range []uint16{0x0804, 0x0403} {
		for _, suite := range []uint16{0x1301, 0x1302, 0x1303} {
			for _, group := range []uint16{29, 23, 24, 25, 0} {
				h := Hello13{Suites: []uint16{suite}, SigAlgs: []uint16{scheme}, Groups: []uint16{30, group}, ALPN: []string{"h2"}}
				if group == 0 { // a share the server has no use for, so that it asks for another
					h.Groups, h.Share = []uint16{groupX25519MLKEM768, groupP256}, groupX25519MLKEM768
				}
				c := dial(t, address)
				f := ReadTLS13(ample(t), c, h)
				c.Close()
				if !f.Done || f.Suite != suite || f.SigAlg != scheme || f.Retried != (group == 0) || f.ALPN != "h2" || f.CertificateRequest == nil || len(f.CertificateRequest.Authorities) != 1 || len(f.Certificates) != 1 {
					t.Fatalf("group %d: %s", group, brief(&f.Flight))
				}
				key, err := x509.ParseCertificate(f.Certificates[0])
				if err != nil {
					t.Fatal(err)
				}
				if rsa := key.PublicKeyAlgorithm == x509.RSA; rsa != (scheme == 0x0804) {
					t.Errorf("scheme %04X gave a key of type %v", scheme, key.PublicKeyAlgorithm)
				}
			}
		}
	}
	c := dial(t, address)
	defer c.Close()
	if f := ReadTLS13(ample(t), c, Hello13{Suites: []uint16{0x1304}}); f.Outcome != ServerHello || f.Stop != Unsupported || f.Suite != 0x1304 {
		t.Error("AES-CCM:", brief(&f.Flight))
	}
}
