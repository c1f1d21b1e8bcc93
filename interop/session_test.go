//go:build interop

package interop

import (
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/scanner"
)

// at is what a server is set up to do at one version. A value stands behind
// the answer, if it matters.
type at map[audit.Feature]string

// gnutlsSessions is gnutls-serv with early data and a raw public key.
func gnutlsSessions(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	spki := filepath.Join(folder(t), "spki.pem")
	out, err := run(program(t, "openssl"), "pkey", "-in", k.RSA.Key, "-pubout", "-out", spki)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	start(t, port, ".", []string{
		"gnutls-serv", "--port", strconv.Itoa(int(port)), "--http", "--disable-client-cert", "--earlydata", "--maxearlydata", "4711",
		"--x509certfile", k.RSA.Cert, "--x509keyfile", k.RSA.Key, "--rawpkfile", spki, "--rawpkkeyfile", k.RSA.Key, "--priority", "NORMAL:+CTYPE-SRV-RAWPK",
	})
	return endpoint{Protocol: "https", Port: port}
}

func nginxSessions(settings string) func(*testing.T, *keys) endpoint {
	return func(t *testing.T, k *keys) endpoint {
		return nginx(t, pair(k.RSA)+"ssl_protocols TLSv1.2 TLSv1.3;\n"+settings, endpoint{})
	}
}

// TestSessions compares the facts about sessions with the configuration of
// real servers.
func TestSessions(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	const yes, no = "accepted", "refused"
	for _, s := range []struct {
		name  string
		start func(*testing.T, *keys) endpoint
		want  map[audit.Version]at
	}{
		{"openssl", opensslPlain(), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: no, audit.FeatureInsecureRenegotiation: no, audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 7200",
				audit.FeatureSessionIDResumption: yes, audit.FeatureServerName: no, audit.FeatureRawPublicKey: no, audit.FeatureClientCertificateRequired: no},
			audit.TLSv13: {audit.FeatureSessionTicket: yes, audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 7200", audit.FeatureEarlyData: no, audit.FeaturePSKOnly: no,
				audit.FeatureUnknownValues: yes, audit.FeatureHelloSizes: yes},
		}},
		{"openssl that renews", opensslPlain("-client_renegotiation", "-no_tls1_3"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: yes, audit.FeatureInsecureRenegotiation: no},
		}},
		{"openssl that renews with anybody", opensslPlain("-client_renegotiation", "-legacy_renegotiation"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: yes, audit.FeatureInsecureRenegotiation: yes},
		}},
		{"openssl without renegotiation", opensslPlain("-no_renegotiation"), map[audit.Version]at{audit.TLSv12: {audit.FeatureClientRenegotiation: no}}},
		{"openssl without tickets", opensslPlain("-no_ticket"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureSessionTicket: no, audit.FeatureTicketResumption: no, audit.FeatureSessionIDResumption: yes},
			audit.TLSv13: {audit.FeatureSessionTicket: yes, audit.FeatureTicketResumption: yes}, // by number, inside a ticket
		}},
		{"openssl without sessions", opensslPlain("-no_ticket", "-num_tickets", "0", "-no_cache"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureTicketResumption: no, audit.FeatureSessionIDResumption: no},
			audit.TLSv13: {audit.FeatureSessionTicket: no, audit.FeatureTicketResumption: no, audit.FeatureEarlyData: no},
		}},
		{"openssl with psk_ke", opensslPlain("-allow_no_dhe_kex"), map[audit.Version]at{audit.TLSv13: {audit.FeaturePSKOnly: yes, audit.FeatureTicketResumption: yes}}},
		{"openssl asking for a certificate", opensslPlain("-verify", "1"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientCertificateRequired: no}, audit.TLSv13: {audit.FeatureClientCertificateRequired: no},
		}},
		{"openssl insisting on a certificate", opensslPlain("-Verify", "1"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientCertificateRequired: yes, audit.FeatureClientRenegotiation: "undetermined"}, audit.TLSv13: {audit.FeatureClientCertificateRequired: yes},
		}},
		{"nginx", nginxSessions("ssl_session_cache shared:s:1m; ssl_session_timeout 2h;"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: no, audit.FeatureTicketResumption: yes, audit.FeatureSessionIDResumption: yes, audit.FeatureTicketLifetime: yes + " 7200",
				audit.FeatureServerName: yes, audit.FeatureNoServerName: yes + " same certificate", audit.FeatureUnknownServerName: yes + " same certificate"},
			audit.TLSv13: {audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 7200", audit.FeatureEarlyData: no, audit.FeatureApplicationProtocols: yes + " http/1.1, http/1.0"},
		}},
		{"nginx without tickets", nginxSessions("ssl_session_cache off; ssl_session_tickets off;"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureSessionTicket: no, audit.FeatureTicketResumption: no, audit.FeatureSessionIDResumption: no},
			audit.TLSv13: {audit.FeatureTicketResumption: no},
		}},
		{"nginx with early data", nginxSessions("ssl_early_data on; ssl_session_cache shared:s:1m; ssl_session_tickets off; ssl_session_timeout 1h;"), map[audit.Version]at{
			audit.TLSv13: {audit.FeatureEarlyData: yes + " 16384", audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 3600"},
		}},
		{"nginx refusing strangers", nginxSessions("}\n server { listen 127.0.0.1:PORT ssl default_server; ssl_reject_handshake on;"), map[audit.Version]at{
			audit.TLSv12: {audit.FeatureNoServerName: no, audit.FeatureUnknownServerName: no, audit.FeatureServerName: yes},
		}},
		{"haproxy", haproxyLegacy, map[audit.Version]at{audit.TLSv12: {audit.FeatureClientRenegotiation: no, audit.FeatureTicketResumption: yes, audit.FeatureNewerVersions: yes}}},
		{"apache", apacheLatent, map[audit.Version]at{audit.TLSv12: {audit.FeatureClientRenegotiation: no, audit.FeatureInsecureRenegotiation: no, audit.FeatureUnknownServerName: yes + " same certificate"}}},
		{"gnutls", gnutlsSessions, map[audit.Version]at{
			audit.TLSv12: {audit.FeatureRawPublicKey: yes, audit.FeatureTicketResumption: yes, audit.FeatureSessionIDResumption: yes},
			audit.TLSv13: {audit.FeatureEarlyData: yes + " 4711", audit.FeatureTicketResumption: yes, audit.FeaturePSKOnly: no, audit.FeatureHelloSizes: yes},
		}},
		{"jsse", jsseServer, map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: yes, audit.FeatureInsecureRenegotiation: no, audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 86400", audit.FeatureNewerVersions: yes,
				// it resumes only with extended_master_secret, which cannot be tried by number here
				audit.FeatureSessionIDResumption: "undetermined"},
			audit.TLSv13: {audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 86400", audit.FeatureEarlyData: no, audit.FeaturePSKOnly: no, audit.FeatureHelloSizes: yes},
		}},
		{"go", goModernServer, map[audit.Version]at{
			audit.TLSv13: {audit.FeatureTicketResumption: yes, audit.FeatureTicketLifetime: yes + " 604800", audit.FeatureEarlyData: no, audit.FeaturePSKOnly: no, audit.FeatureServerName: yes},
		}},
		{"postfix", postfixSTARTTLS, map[audit.Version]at{
			audit.TLSv12: {audit.FeatureClientRenegotiation: no, audit.FeatureTicketResumption: yes, audit.FeatureServerName: no},
			audit.TLSv13: {audit.FeatureTicketResumption: yes, audit.FeatureEarlyData: no},
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			o := scanner.New(scanner.Options{Depth: scanner.DepthDeep, Timeout: 3 * time.Minute, EHLO: "audit.test"}).
				Scan(t.Context(), audit.Target{Protocol: e.Protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: e.Port})
			for _, v := range slices.Sorted(maps.Keys(s.want)) {
				for _, name := range slices.Sorted(maps.Keys(s.want[v])) {
					f := o.Feature(name, v)
					if got := strings.TrimSpace(f.Answer.String() + " " + f.Value); got != s.want[v][name] {
						t.Errorf("%s at %s: %s (%s), set up to be %s", name, v, got, f.Evidence, s.want[v][name])
					}
				}
			}
			t.Logf("%d connections", o.Connections)
		})
	}
}
