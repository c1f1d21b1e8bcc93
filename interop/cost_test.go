//go:build interop

package interop

import (
	"net/netip"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// far is how far away the servers of the cost tests seem to be.
const far = 50 * time.Millisecond

// costs are the promises about the versions and suites of an endpoint proven
// complete, with who decides between them: connections at most, and for the
// log, the time. The suites are what the servers here have; figures of
// another machine need not be the same, but the connections are.
var costs = []struct {
	name        string
	start       func(*testing.T, *keys) endpoint
	inFlight    int // 0 is the default
	suites      int
	connections int
	wall        time.Duration
}{
	{"nginx 3+3", nginxHardened, 0, 6, 20, 600 * time.Millisecond},
	{"nginx 27+3", nginxUsual, 0, 30, 50, 1100 * time.Millisecond},
	{"JSSE TLS 1.2", jsseModest, 0, 23, 42, 1200 * time.Millisecond},
	{"Postfix STARTTLS", postfixRSA, 13, 91, 115, 5 * time.Second},
	{"Postfix STARTTLS, polite", postfixRSA, 0, 91, 115, 17700 * time.Millisecond},
	{"nginx, open", nginxOpen, 0, 126, 140, 0},
}

// TestCost counts what it takes to know the versions and suites of an endpoint
// 50 ms away.
func TestCost(t *testing.T) {
	k := makeKeys(t)
	for _, c := range costs {
		t.Run(c.name, func(t *testing.T) {
			e := c.start(t, k)
			afar(t, e, scanner.Options{Depth: scanner.DepthQuick}) // Java is slow to begin
			for _, depth := range []string{"suites", scanner.DepthStandard} {
				o, wall, in, out := afar(t, e, scanner.Options{SuitesOnly: depth == "suites", PerHost: c.inFlight})
				suites := observed(o).count()
				t.Logf("%-9s %3d suites, %3d connections, %.2f s, %d bytes out, %d in", depth, suites, o.Connections, wall.Seconds(), in, out)
				for _, f := range o.Versions {
					t.Logf("%s %s: %d of %d %s; %s (%s)", f.Version, f.Answer, len(f.Suites), f.SuitesOffered, f.SuitesAnswer, f.Preference, f.PreferenceEvidence)
				}
				if depth != "suites" {
					continue
				}
				if o.Connections > c.connections {
					t.Errorf("%d connections, want at most %d", o.Connections, c.connections)
				}
				if c.wall > 0 && wall > c.wall {
					t.Logf("%s, hoped for %s", wall, c.wall)
				}
			}
		})
	}
}

// afar scans an endpoint through a relay.
func afar(t *testing.T, e endpoint, opt scanner.Options) (o *audit.Observation, wall time.Duration, out, in int64) {
	t.Helper()
	relay, err := fixtures.ListenRelay(t.Context(), netip.MustParseAddrPort(address(e.Port)), far)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	opt.EHLO = "audit.test"
	begin := time.Now()
	o = scanner.New(opt).Scan(t.Context(), audit.Target{Protocol: e.Protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: relay.Addr().Port()})
	wall = time.Since(begin)
	out, in = relay.Bytes()
	return o, wall, out, in
}

// nginxUsual has 27 suites of TLS 1.2 for a server with an RSA certificate and
// Diffie-Hellman parameters, and 3 of TLS 1.3.
func nginxUsual(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+`
ssl_protocols TLSv1.2 TLSv1.3;
ssl_dhparam `+dhParameters(t)+`;
ssl_ciphers ALL:!aNULL:!eNULL:!PSK:!SRP:!aECDSA:!aDSS:!CAMELLIA:!ARIA256:!AESCCM8;
ssl_prefer_server_ciphers on;`, endpoint{Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceServer})
}

// jsseModest serves TLS 1.2 with 23 suites.
func jsseModest(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	start(t, port, ".", []string{"java", must(filepath.Abs(jssePeer))(t), "modest", keyStore(t, k), strconv.Itoa(int(port))})
	return endpoint{Protocol: "tls", Port: port, Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceServer}
}

// dhParameters makes a file with the parameters of ffdhe2048.
func dhParameters(t *testing.T) string {
	t.Helper()
	file := write(t, folder(t), "dh.pem", "")
	if out, err := run(program(t, "openssl"), "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", file); err != nil {
		t.Fatalf("making Diffie-Hellman parameters: %v\n%s", err, out)
	}
	return file
}

// nginxOpen accepts all that this OpenSSL can do, with Diffie-Hellman.
func nginxOpen(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+pair(k.ECDSA)+`
ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
ssl_dhparam `+dhParameters(t)+`;
ssl_ciphers `+everything+`;
ssl_prefer_server_ciphers on;`, endpoint{Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer})
}

// postfixRSA is Postfix as it comes, with an RSA certificate.
func postfixRSA(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := postfix(t, k, "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = "+k.RSA.Key+", "+k.RSA.Cert, "")
	return endpoint{Protocol: "smtp", Port: port, Upgrade: "smtp", Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceClient}
}
