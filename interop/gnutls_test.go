//go:build interop

package interop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// gnutls is the brute force with gnutls-cli. It knows suites OpenSSL does not:
// RC4, 3DES, Camellia with GCM.
type gnutls struct {
	program string
	k       *keys
}

var gnutlsVersions = []struct {
	version audit.Version
	name    string // in priority strings
	listed  string // earliest version as "gnutls-cli --list" puts it
}{
	{audit.TLSv10, "VERS-TLS1.0", "TLS1.0"}, {audit.TLSv11, "VERS-TLS1.1", "TLS1.1"}, {audit.TLSv12, "VERS-TLS1.2", "TLS1.2"}, {audit.TLSv13, "VERS-TLS1.3", "TLS1.3"},
}

var gnutlsSuite = regexp.MustCompile(`^(TLS_\S+)\s+0x(..), 0x(..)\s+(TLS1\.\d)$`)

// offers lists the suites of the library at each version they exist in, without those that need a shared secret (PSK, SRP).
func (c *gnutls) offers(t *testing.T) (offers []offer) {
	t.Helper()
	list, err := run(c.program, "--list")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list) {
		m := gnutlsSuite.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || strings.Contains(m[1], "PSK") || strings.Contains(m[1], "SRP") || strings.Contains(m[1], "GOST") {
			continue
		}
		code, err := strconv.ParseUint(m[2]+m[3], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		since := false
		for _, v := range gnutlsVersions {
			since = since || v.listed == m[4]
			if since && (v.version == audit.TLSv13) == (m[4] == "TLS1.3") {
				offers = append(offers, offer{v.version, audit.Code(code), m[1]})
			}
		}
	}
	if len(offers) < 60 {
		t.Fatalf("gnutls-cli lists only %d suites:\n%s", len(offers), list)
	}
	return offers
}

// A GnuTLS suite name is a key exchange, a cipher and a MAC.
var (
	gnutlsExchange = regexp.MustCompile(`^TLS_(?:(ECDHE_ECDSA|ECDHE_RSA|DHE_RSA|DHE_DSS|ECDH_ANON|DH_ANON|RSA)_)?(\w+?)(?:_(SHA1|SHA256|SHA384|MD5))?$`)
	gnutlsAEAD     = regexp.MustCompile(`GCM|CCM|POLY1305`)
)

// priority spells the offer of one suite at one version.
func (c *gnutls) priority(o offer) (string, error) {
	m := gnutlsExchange.FindStringSubmatch(o.Name)
	if m == nil {
		return "", fmt.Errorf("cannot take %s apart", o.Name)
	}
	exchange, cipher, mac := m[1], m[2], m[3]
	if gnutlsAEAD.MatchString(cipher) {
		mac = "AEAD"
	}
	cipher = strings.ReplaceAll(cipher, "_", "-")
	if cipher == "3DES-EDE-CBC" {
		cipher = "3DES-CBC"
	}
	p := "NONE:+SIGN-ALL:+GROUP-ALL:+CTYPE-ALL:+COMP-NULL:%VERIFY_ALLOW_BROKEN:%UNSAFE_RENEGOTIATION:+" + cipher + ":+" + mac
	if exchange != "" {
		p += ":+" + strings.ReplaceAll(gnutlsExchangeName(exchange), "_", "-")
	}
	for _, v := range gnutlsVersions {
		if v.version == o.Version {
			p += ":+" + v.name
		}
	}
	return p, nil
}

// gnutlsExchangeName turns "DH_ANON" round: priority strings say "ANON-DH".
func gnutlsExchangeName(exchange string) string {
	switch exchange {
	case "ECDH_ANON":
		return "ANON-ECDH"
	case "DH_ANON":
		return "ANON-DH"
	}
	return exchange
}

var (
	gnutlsDone  = regexp.MustCompile(`(?m)^- Handshake was completed`)
	gnutlsAlert = regexp.MustCompile(`Received alert \[(\d+)\]`)
)

func (c *gnutls) force(t *testing.T, e endpoint) force {
	t.Helper()
	return bruteForce(t, c.offers(t), func(o offer) (verdict, bool, error) {
		priority, err := c.priority(o)
		if err != nil {
			return verdict{}, false, err
		}
		args := []string{
			"--insecure", "--priority", priority, "--sni-hostname", serverName, "-p", strconv.Itoa(int(e.Port)),
			"--x509certfile", c.k.Client.Cert, "--x509keyfile", c.k.Client.Key, "127.0.0.1",
		}
		for range 3 {
			out, err := run(c.program, args...)
			if err != nil {
				return verdict{}, false, err
			}
			switch {
			case gnutlsDone.MatchString(out):
				return verdict{Accepted: true}, true, nil
			case gnutlsAlert.MatchString(out):
				alert, err := strconv.Atoi(gnutlsAlert.FindStringSubmatch(out)[1])
				return verdict{Alert: alert}, true, err
			case strings.Contains(out, "Syntax error"), strings.Contains(out, "No priorities"):
				return verdict{}, false, fmt.Errorf("priority %s:\n%s", priority, out)
			}
		}
		return verdict{}, true, nil
	})
}
