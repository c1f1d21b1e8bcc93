package scanner_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestObjectionInTLS13: a server that speaks TLS 1.3 alone and objects to the
// name, or to the lack of an application protocol, is one that speaks TLS 1.3.
func TestObjectionInTLS13(t *testing.T) {
	t.Parallel()
	alpn := []byte("http/1.1")
	name := []byte("www.example.com")
	for _, c := range []struct {
		alert   byte
		objects func(hello []byte) bool
		oldest  uint16
		want    audit.Answer
	}{
		{112, func(b []byte) bool { return bytes.Contains(b, name) }, tls.VersionTLS13, audit.Accepted},
		{120, func(b []byte) bool { return !bytes.Contains(b, alpn) }, tls.VersionTLS13, audit.Accepted},
		// TLS 1.2 takes the name: what goes on there is not for us to say.
		{112, func(b []byte) bool { return bytes.Contains(b, name) }, tls.VersionTLS12, audit.Undetermined},
		{120, func(b []byte) bool { return !bytes.Contains(b, alpn) }, tls.VersionTLS12, audit.Undetermined},
	} {
		t.Run(fmt.Sprintf("%d from %x", c.alert, c.oldest), func(t *testing.T) {
			t.Parallel()
			cfg := fixtures.Hardened(leaf(t, fixtures.P256))
			cfg.MinVersion, cfg.NextProtos = c.oldest, []string{"http/1.1"}
			inner := fixtures.TLS(cfg)
			o := scan(t, "https", serve(t, func(ctx context.Context, conn net.Conn) {
				in, hello := peekHello(conn)
				if bytes.Contains(hello, []byte{0, 43, 0, 3, 2, 3, 4}) && c.objects(hello) {
					_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, c.alert})
					return
				}
				inner(ctx, &peeked{conn, in})
			}).Addr(), scanner.Options{Depth: scanner.DepthQuick})
			got := answers(o)
			if o.Reach != audit.ReachTLS || got[audit.TLSv13] != c.want {
				t.Errorf("reach %s, %v", o.Reach, got)
			}
			if older := got[audit.TLSv12]; c.oldest == tls.VersionTLS12 && older != audit.Accepted || c.oldest > tls.VersionTLS12 && older != audit.Refused {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestSSLOnly: servers that hang up on every hello of TLS are no dead ones.
func TestSSLOnly(t *testing.T) {
	t.Parallel()
	for _, version := range []audit.Version{audit.SSLv2, audit.SSLv3} {
		for _, protocol := range []string{"https", "sametime"} {
			t.Run(version.String()+" "+protocol, func(t *testing.T) {
				t.Parallel()
				s := usual(t)
				s.Silent = true
				s.Suites = map[audit.Version][]audit.Code{audit.SSLv2: {0x010080}}
				if version == audit.SSLv3 {
					s.Suites = map[audit.Version][]audit.Code{audit.SSLv3: {0x0005, 0x0004}}
				}
				inner := s.Handler()
				o := scan(t, protocol, serve(t, func(ctx context.Context, conn net.Conn) {
					in, hello := peekHello(conn)
					if len(hello) > 10 && hello[0] == 22 && hello[10] > 0 {
						return // intolerant of anything above SSLv3
					}
					inner(ctx, &peeked{conn, in})
				}).Addr(), scanner.Options{Timeout: 40 * time.Second, Depth: scanner.DepthQuick})
				want, reach := audit.Accepted, audit.ReachTLS
				if version == audit.SSLv2 && protocol == "sametime" {
					want, reach = audit.NotAsked, audit.ReachUnreachable
				}
				if got := o.Version(version); o.Reach != reach || got.Answer != want {
					t.Errorf("reach %s (%s), %s (%s)", o.Reach, o.Reason, got.Answer, got.Evidence)
				}
			})
		}
	}
}
