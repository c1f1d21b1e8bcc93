//go:build interop

package interop

import (
	"testing"

	"tlsaudit/audit"
)

// old are the versions that neither OpenSSL, GnuTLS nor Go can speak any more,
// as client or as server: their code is gone, no configuration brings it back.
var old = []audit.Version{audit.SSLv2, audit.SSLv3}

// servers lists the servers, and the clients that establish the truth of each.
var servers = []struct {
	name   string
	start  func(*testing.T, *keys) endpoint
	forces []func(*testing.T, *keys, endpoint) force
	never  []audit.Version
}{
	{"apache-latent", apacheLatent, by(s_client), old},
	{"nginx-hardened", nginxHardened, by(s_client), old},
	{"nginx-latent", nginxLatent, by(s_client), old},
	{"nginx-everything", nginxEverything, by(s_client), old},
	{"haproxy-legacy", haproxyLegacy, by(s_client), old},
	{"haproxy-latent", haproxyLatent, by(s_client), old},
	{"postfix-starttls", postfixSTARTTLS, by(s_client), old},
	{"postfix-smtps", postfixSMTPS, by(s_client), old},
	{"dovecot-imaps", dovecotIMAPS, by(s_client), old},
	{"openssl-everything", opensslEverything, by(s_client), old},
	{"gnutls-everything", gnutlsEverything, by(s_client, gnutls_cli), old},
	{"jsse-everything", jsseServer, by(s_client, jsse_client), []audit.Version{audit.SSLv2}},
	{"go-everything", goServer, by(s_client, go_client), old},
	{"go-tls13", goModernServer, by(s_client, go_client), old},
}

func TestServers(t *testing.T) {
	k := makeKeys(t)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			var forces []force
			for _, f := range s.forces {
				forces = append(forces, f(t, k, e))
			}
			want := truth(t, forces, s.never...)
			t.Logf("%d suites: %v", want.count(), want)
			for _, d := range disagreements(want, nmap(t, e), "nmap") {
				t.Log(d)
			}
		})
	}
}

func by(f ...func(*testing.T, *keys, endpoint) force) []func(*testing.T, *keys, endpoint) force {
	return f
}

func s_client(t *testing.T, k *keys, e endpoint) force { return newOpenSSL(t, k).force(t, e) }
func gnutls_cli(t *testing.T, k *keys, e endpoint) force {
	return (&gnutls{program(t, "gnutls-cli"), k}).force(t, e)
}
func jsse_client(t *testing.T, _ *keys, e endpoint) force { return jsseForce(t, e) }
func go_client(t *testing.T, _ *keys, e endpoint) force   { return goForce(t, e) }
