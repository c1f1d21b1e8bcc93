//go:build interop

package interop

import (
	"net/netip"
	"strconv"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/scanner"
)

// TestGapInVersions: GnuTLS refuses a hello that goes up to a version it has
// not, though it speaks an older one. So the refusal of TLS 1.1 must not be
// taken for one of TLS 1.0.
func TestGapInVersions(t *testing.T) {
	k := makeKeys(t)
	for name, versions := range map[string]string{
		"with TLS 1.3":    "+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.0",
		"without TLS 1.3": "+VERS-TLS1.2:+VERS-TLS1.0",
	} {
		port := freePort(t)
		start(t, port, ".", []string{
			"gnutls-serv", "--port", strconv.Itoa(int(port)), "--http", "--disable-client-cert",
			"--x509certfile", k.RSA.Cert, "--x509keyfile", k.RSA.Key,
			"--priority", "NORMAL:-VERS-ALL:" + versions + ":+SHA1:+SIGN-ALL:%COMPAT",
		})
		for _, depth := range []string{scanner.DepthQuick, scanner.DepthStandard} {
			o := scanner.New(scanner.Options{Depth: depth}).Scan(t.Context(), audit.Target{Protocol: "https", Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: port})
			if f := o.Version(audit.TLSv10); f.Answer != audit.Accepted {
				t.Errorf("%s, %s: TLS 1.0 is %s: %s", name, depth, f.Answer, f.Evidence)
			}
			if f := o.Version(audit.TLSv11); f.Answer != audit.Refused {
				t.Errorf("%s, %s: TLS 1.1 is %s: %s", name, depth, f.Answer, f.Evidence)
			}
		}
	}
}
