package scanner_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// says answers each request with the text, and remembers the last one.
func says(text string, last *string) fixtures.Handler {
	return func(_ context.Context, c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		if last != nil {
			*last = r.Method + " " + r.RequestURI + " " + r.Host
		}
		io.WriteString(c, text)
	}
}

// TestHTTP: one request inside the handshake that is made anyway, and one in
// plain HTTP, whose connection is counted.
func TestHTTP(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	refused, err := fixtures.Refused(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const hsts = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=300\r\nSet-Cookie: id=secret; Secure\r\nSet-Cookie: lang=de\r\nContent-Length: 99999999\r\n\r\n"
	for _, c := range []struct {
		name, inside, plain string
		closed              bool
		want                audit.HTTP
	}{
		{"in order", hsts, "HTTP/1.1 301 Moved\r\nLocation: HTTPS://WWW.example.com/path?query\r\n\r\n", false, audit.HTTP{
			Answer: audit.Accepted, Status: 200, HSTS: &audit.HSTS{Value: "max-age=300", MaxAge: 300}, Cookies: []audit.Cookie{{Name: "id", Secure: true}, {Name: "lang"}},
			Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 301, Location: "https://www.example.com"},
		}},
		{"content", "HTTP/1.0 404 No\r\n\r\n", "HTTP/1.1 200 OK\r\nLocation: https://elsewhere.example.com/\r\n\r\n", false, audit.HTTP{
			Answer: audit.Accepted, Status: 404, Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 200},
		}},
		{"relative", "HTTP/1.0 404 No\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", false, audit.HTTP{
			Answer: audit.Accepted, Status: 404, Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 302, Location: "http://www.example.com"},
		}},
		{"no HTTP", "220 mail.example.com\r\n", "220 mail.example.com\r\n", false, audit.HTTP{
			Answer: audit.Refused, Reason: "the answer is no HTTP response", Plain: &audit.PlainHTTP{Answer: audit.Refused, Reason: "no HTTP response"},
		}},
		{"nothing", "", "", false, audit.HTTP{
			Answer: audit.Undetermined, Reason: "GET /: ", Plain: &audit.PlainHTTP{Answer: audit.Undetermined, Reason: "port"},
		}},
		{"closed", hsts[:17] + "\r\n", "", true, audit.HTTP{
			Answer: audit.Accepted, Status: 200, Plain: &audit.PlainHTTP{Answer: audit.Refused, Reason: "is closed"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, fixtures.Upgrade{TLS: cfg, Inside: says(c.inside, nil)}.Handler())
			clear := serve(t, says(c.plain, nil))
			opt := scanner.Options{PlainPort: clear.Addr().Port()}
			if c.closed {
				opt.PlainPort = refused.Port()
			}
			o := scan(t, "https", server.Addr(), opt)
			if o.HTTP == nil || o.HTTP.Plain == nil {
				t.Fatalf("%+v", o.HTTP)
			}
			reasons := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Reason" },
				cmp.Comparer(func(a, b string) bool {
					return (a == "") == (b == "") && (strings.Contains(a, b) || strings.Contains(b, a))
				}))
			if diff := cmp.Diff(c.want, *o.HTTP, reasons); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := server.Accepted() + clear.Accepted(); !c.closed && n != o.Connections {
				t.Errorf("%d connections, %d accepted", o.Connections, n)
			}
		})
	}
}

// TestHTTPAsks: what is asked, how often, and at which depth.
func TestHTTPAsks(t *testing.T) {
	t.Parallel()
	var inside string
	server := serve(t, fixtures.Upgrade{TLS: fixtures.Hardened(leaf(t, fixtures.P256)), Inside: says("HTTP/1.1 204 No\r\n\r\n", &inside)}.Handler())
	clear := serve(t, says("HTTP/1.1 200 OK\r\n\r\n", nil))
	o := scan(t, "https", server.Addr(), scanner.Options{Depth: scanner.DepthQuick, PlainPort: clear.Addr().Port()})
	if o.HTTP.Answer != audit.Accepted || o.HTTP.Plain != nil || clear.Accepted() != 0 {
		t.Errorf("at quick %+v, %d connections in plain HTTP", o.HTTP, clear.Accepted())
	}
	if _, port, _ := net.SplitHostPort(server.Addr().String()); inside != "GET / www.example.com:"+port {
		t.Errorf("asked %q", inside)
	}
	o = scan(t, "https", server.Addr(), scanner.Options{})
	if o.HTTP.Plain != nil {
		t.Errorf("plain HTTP is asked beside port %d: %+v", server.Addr().Port(), o.HTTP.Plain)
	}
	if o = scan(t, "tls", server.Addr(), scanner.Options{}); o.HTTP != nil {
		t.Errorf("a service that may not be HTTP was asked: %+v", o.HTTP)
	}
}
