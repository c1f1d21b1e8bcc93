//go:build interop

package interop

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/scanner"
)

// scanDeep asks for everything there is.
func scanDeep(t *testing.T, e endpoint) *audit.Observation {
	t.Helper()
	var exchanges output
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("exchanges:\n%s", &exchanges)
		}
	})
	s := scanner.New(scanner.Options{Depth: scanner.DepthDeep, Timeout: 4 * time.Minute, EHLO: "audit.test", Logf: func(format string, args ...any) {
		fmt.Fprintf(&exchanges, format+"\n", args...)
	}})
	return s.Scan(t.Context(), audit.Target{Protocol: e.Protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: e.Port})
}

// groupsFound lists the groups accepted at a version, in the order found.
func groupsFound(o *audit.Observation, v audit.Version) (list []string) {
	for _, g := range o.Groups {
		if g.Version == v && g.Answer == audit.Accepted {
			list = append(list, g.Name)
		}
	}
	return list
}

// TestGroups: the groups found are those configured, and a certificate behind a
// key exchange of any of them is read.
func TestGroups(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	goOnly := func(id tls.CurveID) func(*testing.T, *keys) endpoint {
		return func(t *testing.T, k *keys) endpoint {
			return serveGo(t, &tls.Config{MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{id}, Certificates: []tls.Certificate{k.ECDSA.Certificate}}, endpoint{})
		}
	}
	gnutlsOnly := func(priority string) func(*testing.T, *keys) endpoint {
		return func(t *testing.T, k *keys) endpoint {
			port := freePort(t)
			start(t, port, ".", []string{"gnutls-serv", "--port", strconv.Itoa(int(port)), "--http", "--disable-client-cert",
				"--x509certfile", k.RSA.Cert, "--x509keyfile", k.RSA.Key, "--priority", priority})
			return endpoint{Protocol: "tls", Port: port}
		}
	}
	for _, s := range []struct {
		name       string
		start      func(*testing.T, *keys) endpoint
		at12, at13 []string
		order      audit.Preference
		unread     bool
	}{
		{name: "openssl-order", start: opensslPlain("-groups", "P-384:X25519:ffdhe3072", "-serverpref", "-cipher", "ECDHE"),
			at12: []string{"secp384r1", "x25519"}, at13: []string{"secp384r1", "x25519", "ffdhe3072"}, order: audit.PreferenceServer},
		{name: "openssl-client-order", start: opensslPlain("-groups", "P-256:P-384", "-no_tls1_3", "-cipher", "ECDHE"), at12: []string{"secp256r1", "secp384r1"}, order: audit.PreferenceClient},
		{name: "openssl-brainpool-x448", start: opensslPlain("-groups", "brainpoolP384r1:X448:brainpoolP256r1", "-no_tls1_3", "-serverpref", "-cipher", "ECDHE"),
			at12: []string{"brainpoolP384r1", "x448", "brainpoolP256r1"}, order: audit.PreferenceServer},
		{name: "openssl-named-curve", start: opensslPlain("-named_curve", "secp521r1", "-cipher", "ECDHE"), at12: []string{"secp521r1"}, at13: []string{"secp521r1"}},
		{name: "openssl-ffdhe2048-alone", start: opensslPlain("-groups", "ffdhe2048", "-no_tls1_2", "-no_tls1_1", "-no_tls1"), at13: []string{"ffdhe2048"}},
		{name: "openssl-ffdhe4096-alone", start: opensslPlain("-groups", "ffdhe4096", "-no_tls1_2", "-no_tls1_1", "-no_tls1"), at13: []string{"ffdhe4096"}},
		{name: "openssl-x448-alone", start: opensslPlain("-groups", "X448", "-no_tls1_2", "-no_tls1_1", "-no_tls1"), at13: []string{"x448"}, unread: true},
		{name: "go-hybrid-x25519", start: goOnly(tls.X25519MLKEM768), at13: []string{"X25519MLKEM768"}},
		{name: "go-hybrid-p256", start: goOnly(tls.SecP256r1MLKEM768), at13: []string{"SecP256r1MLKEM768"}},
		{name: "go-hybrid-p384", start: goOnly(tls.SecP384r1MLKEM1024), at13: []string{"SecP384r1MLKEM1024"}},
		{name: "gnutls-ffdhe", start: gnutlsOnly("NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-FFDHE3072:+GROUP-FFDHE2048:-KX-ALL:+DHE-RSA"), at12: []string{"ffdhe3072", "ffdhe2048"}},
		{name: "gnutls-ffdhe-13", start: gnutlsOnly("NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-FFDHE3072:+GROUP-X448"), at13: []string{"ffdhe3072", "x448"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			o := scanDeep(t, s.start(t, k))
			for v, want := range map[audit.Version][]string{audit.TLSv12: s.at12, audit.TLSv13: s.at13} {
				got := groupsFound(o, v)
				if s.order != audit.PreferenceServer { // the order is not the server's
					want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-configured +scanner):\n%s", v, diff)
				}
				if gap := o.LacksGroups(v); gap != "" {
					t.Error(gap)
				}
				if order := o.Version(v).GroupsOrder; s.order != "" && len(want) > 1 && order != s.order {
					t.Errorf("%s: the order is said to be the %s's", v, order)
				}
			}
			if o.Version(audit.TLSv13).Answer == audit.Accepted && (len(o.Chains) == 0) != s.unread {
				t.Errorf("%d chains were read: %s", len(o.Chains), o.ChainsEvidence)
			}
		})
	}
}

// TestDiffieHellman: primes out of files, of OpenSSL's own and of products.
func TestDiffieHellman(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	openssl := program(t, "openssl")
	// The parameters go into a form every server reads, whatever OpenSSL calls
	// the group.
	parameters := func(name string, prime *big.Int) func(*testing.T, *keys) endpoint {
		der := must(asn1.Marshal(struct{ P, G *big.Int }{prime, big.NewInt(2)}))(t)
		file := write(t, folder(t), name+".pem", toPEM("DH PARAMETERS", der))
		return func(t *testing.T, k *keys) endpoint {
			return nginx(t, pair(k.RSA)+"ssl_protocols TLSv1.2;\nssl_ciphers DHE:@SECLEVEL=0;\nssl_dhparam "+file+";", endpoint{})
		}
	}
	made := func(args ...string) *big.Int {
		out, err := run(openssl, args...)
		var p struct{ P, G *big.Int }
		block, _ := pem.Decode([]byte(out[max(0, strings.Index(out, "-----BEGIN")):]))
		if err != nil || block == nil {
			t.Fatalf("making parameters: %v\n%s", err, out)
		}
		if _, err := asn1.Unmarshal(block.Bytes, &p); err != nil {
			var q struct{ P, G, Q *big.Int } // of ANSI X9.42
			if _, err := asn1.Unmarshal(block.Bytes, &q); err != nil {
				t.Fatal(err)
			}
			p.P = q.P
		}
		return p.P
	}
	group := func(name string) *big.Int {
		return made("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:"+name)
	}
	// own is a safe prime made with "openssl dhparam 1024", which can take half a
	// minute.
	own, _ := new(big.Int).SetString("d0eb5f06c386b1df52ac9bbf802bed0fd3fccee88550c03d1386afb0e8aac98cb667369b7bfbced10695501ae5078a07f311444b5d7bcd9cebd44b1a4e6c78e7"+
		"40eead2cc7c99f14f573ccea2d05dfd62a530a67f7fc7ec91745f723ccc2c0b4b5d484b847540e9edddcefb197b71fc202a948ea62948d3cb8efe910792a7bcf", 16)
	for _, s := range []struct {
		name  string
		start func(*testing.T, *keys) endpoint
		want  audit.Suite
		ffdhe audit.Answer
	}{
		{"safe-1024", parameters("safe", own), audit.Suite{DHBits: 1024, DHPrime: "safe"}, audit.Refused},
		{"unsafe-1024", parameters("unsafe", must(rand.Prime(rand.Reader, 1024))(t)), audit.Suite{DHBits: 1024, DHPrime: "not-safe"}, audit.Refused},
		{"modp-2048", parameters("modp_2048", group("modp_2048")), audit.Suite{DHBits: 2048, DHName: "MODP group 14", DHPrime: "safe"}, audit.Refused},
		{"rfc5114-1024", parameters("dh_1024_160", group("dh_1024_160")), audit.Suite{DHBits: 1024, DHName: "MODP group 22", DHPrime: "not-safe"}, audit.Refused},
		{"ffdhe3072-file", parameters("ffdhe3072", group("ffdhe3072")), audit.Suite{DHBits: 3072, DHName: "ffdhe3072", DHPrime: "safe", Group: "ffdhe3072"}, audit.Refused},
		{"postfix", postfixSTARTTLS, audit.Suite{DHBits: 2048, DHName: "MODP group 14", DHPrime: "safe"}, audit.Refused},
		{"gnutls", gnutlsEverything, audit.Suite{}, audit.Accepted},
		{"jsse", jsseServer, audit.Suite{}, audit.Accepted},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			o := scan(t, k, e)
			seen := 0
			for _, suite := range o.Version(audit.TLSv12).Suites {
				if !strings.Contains(suite.Name, "_DHE_") {
					continue
				}
				seen++
				if strings.Contains(suite.Name, "EXPORT") || suite.DHBits < 512 {
					continue
				}
				got := audit.Suite{DHBits: suite.DHBits, DHName: suite.DHName, DHPrime: suite.DHPrime, Group: suite.Group}
				if s.want.DHBits == 0 {
					t.Logf("%s: %+v", suite.Name, got)
					s.want.DHBits = -1
				} else if diff := cmp.Diff(s.want, got); diff != "" && s.want.DHBits > 0 {
					t.Fatalf("%s (-configured +scanner):\n%s", suite.Name, diff)
				}
			}
			if seen == 0 {
				t.Error("no finite-field suite")
			}
			if f := o.Feature(audit.FeatureFFDHE, audit.TLSv12); f.Answer != s.ffdhe {
				t.Errorf("RFC 7919: %+v", f)
			}
			if f := o.Feature(audit.FeatureReusesDHE, audit.TLSv12); f.Answer != audit.Refused {
				t.Errorf("reuse: %+v", f)
			}
		})
	}
}

// schemesKnown are the signature schemes s_client can offer alone.
var schemesKnown = []string{
	"rsa_pkcs1_sha1", "rsa_pkcs1_sha224", "rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512",
	"ecdsa_sha1", "ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512",
	"rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512", "rsa_pss_pss_sha256", "ed25519",
}

// TestSchemes compares the signature schemes found with what s_client gets when
// it offers one at a time.
func TestSchemes(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	both := []string{"-dcert", k.ECDSA.Cert, "-dkey", k.ECDSA.Key}
	for _, s := range []struct {
		name  string
		start func(*testing.T, *keys) endpoint
	}{
		{"openssl", opensslPlain(both...)},
		{"openssl-limited", opensslPlain(append(both, "-sigalgs", "rsa_pss_rsae_sha384:ecdsa_secp256r1_sha256:rsa_pkcs1_sha512")...)},
		{"openssl-rsa-only", opensslPlain("-sigalgs", "RSA+SHA256:RSA+SHA1:rsa_pss_rsae_sha256")},
		{"nginx-both", nginxEverything},
		{"gnutls", gnutlsEverything},
		{"jsse", jsseServer},
		{"go", goServer},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			client := newOpenSSL(t, k)
			o := scanDeep(t, e)
			compared := 0
			for v, suites := range map[audit.Version]string{audit.TLSv12: "ECDHE:DHE", audit.TLSv13: suites13} {
				if o.Version(v).Answer != audit.Accepted {
					continue
				}
				if gap := o.LacksSchemes(v); gap != "" {
					t.Error(gap)
				}
				for _, name := range schemesKnown {
					signed := client.signed(t, e, v, suites, name)
					i := slices.IndexFunc(o.Schemes, func(f audit.SchemeFact) bool { return f.Name == name && f.Version == v })
					switch {
					case i < 0 && !signed: // not for this version, or no certificate for it
					case i < 0:
						t.Errorf("%s, %s: not asked, but accepted", v, name)
					case signed != (o.Schemes[i].Answer == audit.Accepted):
						t.Errorf("%s, %s: %s, s_client got a signature: %t", v, name, o.Schemes[i].Answer, signed)
					case signed:
						compared++
						want := k.RSA.SHA256
						if strings.HasPrefix(name, "ecdsa") {
							want = k.ECDSA.SHA256
						}
						if o.Schemes[i].Leaf != want {
							t.Errorf("%s, %s: presented with %s", v, name, o.Schemes[i].Leaf)
						}
					}
				}
				if f := o.Feature(audit.FeatureSignatureAlgorithms, v); f.Answer != audit.Accepted {
					t.Errorf("%+v", f)
				}
			}
			if compared < 3 {
				t.Errorf("only %d schemes were compared", compared)
			}
			t.Logf("%d compared, %d connections, %q", compared, o.Connections, o.Notes)
		})
	}
}

// signed reports whether the server signs a handshake with a scheme that is
// offered alone: s_client tells the type of a signature it has verified.
func (c *openssl) signed(t *testing.T, e endpoint, v audit.Version, suites, scheme string) bool {
	t.Helper()
	args := []string{"s_client", "-connect", address(e.Port), "-servername", serverName, "-sigalgs", strings.Replace(scheme, "ecdsa_sha1", "ECDSA+SHA1", 1)}
	if v == audit.TLSv13 {
		args = append(args, "-tls1_3", "-ciphersuites", suites, "-cipher", "DEFAULT:@SECLEVEL=0")
	} else {
		args = append(args, "-tls1_2", "-cipher", suites+":@SECLEVEL=0")
	}
	out, err := run(c.program, args...)
	if err != nil || !strings.Contains(out, "CONNECTED") {
		t.Fatalf("no connection: %v\n%s", err, out)
	}
	return strings.Contains(out, "Peer signature type:")
}

// TestAuthorities: the names in CertificateRequest are those of the file.
func TestAuthorities(t *testing.T) {
	k := makeKeys(t)
	for name, more := range map[string][]string{"tls12": {"-no_tls1_3"}, "tls13": {"-no_tls1_2", "-no_tls1_1", "-no_tls1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, k, opensslPlain(append(more, "-verify", "1", "-CAfile", k.CA)...)(t, k))
			if c := o.ClientAuth; c == nil || !slices.Equal(c.Authorities, []string{"CN=Interop Root"}) || !slices.Contains(c.Schemes, "rsa_pss_rsae_sha256") {
				t.Errorf("%+v", c)
			}
		})
	}
}
