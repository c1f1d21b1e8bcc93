//go:build interop

package interop

import (
	"strconv"
	"testing"

	"tlsaudit/audit"
)

// opensslEverything is s_server at security level 0: TLS 1.0 to 1.3, every
// suite of the library, anonymous and NULL ones included, both kinds of
// certificate, and a client certificate required.
func opensslEverything(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	start(t, port, ".", []string{
		"openssl", "s_server", "-accept", address(port), "-www", "-quiet", "-serverpref",
		"-cert", k.RSA.Cert, "-key", k.RSA.Key, "-dcert", k.ECDSA.Cert, "-dkey", k.ECDSA.Key,
		"-cipher", everything, "-ciphersuites", suites13, "-Verify", "1", "-CAfile", k.CA,
	})
	return endpoint{Protocol: "tls", Port: port, Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer, Asks: true, Insists: true}
}

// gnutlsEverything is gnutls-serv with all versions, key exchanges and ciphers
// that need no shared secret.
func gnutlsEverything(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	start(t, port, ".", []string{
		"gnutls-serv", "--port", strconv.Itoa(int(port)), "--http", "--disable-client-cert",
		"--x509certfile", k.RSA.Cert, "--x509keyfile", k.RSA.Key, "--x509certfile", k.ECDSA.Cert, "--x509keyfile", k.ECDSA.Key,
		"--priority", "NONE:+VERS-ALL:-VERS-SSL3.0:-VERS-DTLS-ALL:+CIPHER-ALL:+3DES-CBC:+ARCFOUR-128:+NULL:+MAC-ALL:+MD5:" +
			"+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:+RSA:+ANON-DH:+ANON-ECDH:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:+COMP-NULL:%SERVER_PRECEDENCE:%VERIFY_ALLOW_BROKEN",
	})
	return endpoint{Protocol: "tls", Port: port, Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer}
}
