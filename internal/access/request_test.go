package access

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestHost: whatever name a page of another site has, this server has not.
func TestHost(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.Hosts = []string{"audit.example.com"} }})
	port := s.addr[strings.LastIndex(s.addr, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: 200, "localhost" + port: 200, "LOCALHOST": 200, "[::1]" + port: 200, "[::1]": 200, "audit.example.com": 200, "Audit.Example.com:443": 200,
		"evil.example.com": 421, "evil.example.com" + port: 421, "localhost.evil.example.com": 421, "127.0.0.1.evil.example.com": 421, "audit.example.com.": 421,
		"audit.example.com.evil.example.com": 421, "audit.example.com@evil.example.com": 421, "127.0.0.2": 421, "2130706433": 421, "0x7f.1": 421, "0.0.0.0": 421,
		"127.1": 421, "localhost:": 421, "localhost:80:80": 421, "[::1": 421, "::1": 200, "[::ffff:127.0.0.1]": 421, "xn--localhost": 421,
	} {
		if answer, _ := s.ask(s.browser(), "GET", "/login", nil, "Host", host); answer.StatusCode != want && (want != 421 || answer.StatusCode != 400) {
			t.Errorf("Host %s: %s, want %d", host, answer.Status, want)
		}
	}
	for _, text := range []string{
		"GET /login HTTP/1.1\r\n\r\n", "GET /login HTTP/1.0\r\n\r\n", "GET /login HTTP/1.1\r\nHost:\r\n\r\n",
		"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\n\r\n", "GET /login HTTP/1.1\r\nHost: evil.example.com\r\nX-Forwarded-Host: localhost\r\n\r\n",
		"GET http://evil.example.com/login HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET http://localhost/login HTTP/1.1\r\nHost: evil.example.com\r\n\r\n",
	} {
		if got := s.raw(text); len(got) != 1 || got[0] < 400 {
			t.Errorf("%q: %v", text, got)
		}
	}
	// Those who watch the process know no name, and learn nothing.
	if answer, text := s.ask(s.browser(), "GET", "/healthz", nil, "Host", "10.0.0.7"); answer.StatusCode != 200 || text != "ok\n" {
		t.Errorf("healthz: %s %q", answer.Status, text)
	}
}

// TestPath: no way of writing a path leads anywhere but to a page.
func TestPath(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.LocalRole = Viewer }})
	for path, want := range map[string]int{
		"/": 200, "/runs/x": 200, "/a%20b": 200, "/subject?s=https://www.example.com:443?ip=192.0.2.1": 200, "/x..y": 200, "/...": 200, "/%C3%A4": 200, "/a%2Fb": 200,
		"/../etc/passwd": 400, "/static/../../etc/passwd": 400, "/static/..": 400, "/./x": 400, "/%2e%2e/etc/passwd": 400, "/%2E%2E%2Fetc": 400, "/static/%2e%2e%2f%2e%2e%2fetc": 400,
		"/..%5c..%5cwindows": 400, "/a%5cb": 400, "/a\\b": 400, "/%00": 400, "/a%0d%0aSet-Cookie:x": 400, "/%ff": 400, "/%7f": 400, "/a%2": 400, "//evil.example.com/..": 400,
		"*": 400, "evil.example.com:443": 400, "/" + strings.Repeat("a", 5000): 414, "/?" + strings.Repeat("a", 9000): 414,
		// Encoded twice it is decoded once, and names nothing.
		"/%252e%252e/etc/passwd": 200,
	} {
		if got := s.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); len(got) != 1 || got[0] != want {
			t.Errorf("%.60s: %v, want %d", path, got, want)
		}
	}
}

// TestSmuggling sends what two servers in a row may read as different requests:
// each is refused, and what follows is never answered.
func TestSmuggling(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.LocalRole = Operator }})
	const next = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, text := range map[string]string{
		"length and chunks":        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"chunks and length":        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n" + next,
		"chunks":                   "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"chunks twice":             "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + next,
		"chunks in disguise":       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + next,
		"chunks behind a tab":      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + next,
		"a space before the colon": "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + next,
		"two lengths":              "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello" + next,
		"lengths in a list":        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 5\r\n\r\nhello" + next,
		"length with a sign":       "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n" + next,
		"negative length":          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n" + next,
		"reading with a body":      "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello" + next,
		"a folded header":          "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n" + next,
		"a null in a header":       "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n" + next,
		"a bare return":            "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rContent-Length: 5\r\n\r\n" + next,
		"another protocol":         "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + next,
		"an unknown version":       "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n" + next,
		"no version":               "GET /\r\n\r\n" + next,
		"a tunnel":                 "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n" + next,
		"a header too long":        "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n" + next,
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.raw(text); len(got) > 1 || len(got) == 1 && got[0] < 400 {
				t.Errorf("answered %v", got)
			}
		})
	}
	if got := s.raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + next); !slices.Equal(got, []int{200, 200}) {
		t.Errorf("two proper requests are answered %v", got)
	}
}

// TestBody: what is sent is bounded, and is a form.
func TestBody(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.LocalRole = Operator }})
	for _, tt := range []struct {
		kind string
		size int
		want int
	}{
		{"application/json", 2, 415}, {"text/plain", 2, 415}, {"", 2, 415}, {"nonsense;;", 2, 415},
		{"application/x-www-form-urlencoded", 2, 403}, {"application/x-www-form-urlencoded", 2 << 20, 403}, {"multipart/form-data; boundary=x", 2 << 20, 403},
	} {
		text := fmt.Sprintf("POST /audit HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", tt.kind, tt.size, strings.Repeat("a", tt.size))
		if got := s.raw(text); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s of %d bytes: %v, want %d", tt.kind, tt.size, got, tt.want)
		}
	}
}

// TestHeaders: every answer states what browsers are to do with it, also those
// the gate gives itself.
func TestHeaders(t *testing.T) {
	s := newStage(t, staged{tls: true})
	for _, path := range []string{"/", "/login", "/login/style.css", "/healthz", "/nothing", "/%00"} {
		answer, _ := s.ask(s.browser(), "GET", path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Strict-Transport-Security": "max-age=63072000", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := answer.Header.Get(name); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

// TestLocalPath: signing in leads back to where one was, and nowhere else.
func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/runs": "/runs", "/subject?s=https://www.example.com": "/subject?s=https://www.example.com",
		"": "/", "runs": "/", "//evil.example.com": "/", "/\\evil.example.com": "/", "https://evil.example.com": "/", "javascript:alert(1)": "/", "/../x": "/",
		"/\t/evil.example.com": "/", "/ /evil": "/", "/x#y": "/", "/login": "/", "/login?next=/": "/", "/\r\nSet-Cookie:x": "/", "/ä": "/", "/" + strings.Repeat("a", 5000): "/",
	} {
		if got := localPath(in); got != want {
			t.Errorf("%.50q leads to %q, want %q", in, got, want)
		}
	}
}

// TestForwarded: an address is believed only from a proxy that is trusted.
func TestForwarded(t *testing.T) {
	trusted := origin{prefixes(t, "127.0.0.0/8", "192.0.2.0/24", "2001:db8::/32")}
	for _, tt := range []struct {
		name, remote string
		headers      []string
		origin       origin
		want         string
	}{
		{"no proxy", "198.51.100.7:1234", nil, origin{}, "198.51.100.7"},
		{"no proxy, and a lie", "198.51.100.7:1234", []string{"203.0.113.9"}, origin{}, "198.51.100.7"},
		{"not from the proxy", "198.51.100.7:1234", []string{"203.0.113.9"}, trusted, "198.51.100.7"},
		{"proxy", "127.0.0.1:1234", []string{"203.0.113.9"}, trusted, "203.0.113.9"},
		{"proxy, and a lie before it", "127.0.0.1:1234", []string{"10.0.0.1, 203.0.113.9"}, trusted, "203.0.113.9"},
		{"two proxies", "127.0.0.1:1234", []string{"203.0.113.9, 192.0.2.5"}, trusted, "203.0.113.9"},
		{"in two headers", "127.0.0.1:1234", []string{"10.0.0.1", "203.0.113.9"}, trusted, "203.0.113.9"},
		{"proxies alone", "127.0.0.1:1234", []string{"192.0.2.5"}, trusted, "192.0.2.5"},
		{"nothing said", "127.0.0.1:1234", nil, trusted, "127.0.0.1"},
		{"nonsense", "127.0.0.1:1234", []string{"203.0.113.9, unknown"}, trusted, "127.0.0.1"},
		{"nonsense before the truth", "127.0.0.1:1234", []string{"nonsense, 203.0.113.9"}, trusted, "203.0.113.9"},
		{"mapped", "[::ffff:127.0.0.1]:1234", []string{"::ffff:203.0.113.9"}, trusted, "203.0.113.9"},
		{"many", "127.0.0.1:1234", []string{strings.Repeat("192.0.2.5,", 1000) + "192.0.2.6"}, trusted, "192.0.2.5"},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.headers}}
		if got := tt.origin.client(r).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		remote, proto string
		want          bool
	}{{"127.0.0.1:1", "https", true}, {"127.0.0.1:1", "http", false}, {"127.0.0.1:1", "", false}, {"198.51.100.7:1", "https", false}} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-Proto": {tt.proto}}}
		if got := trusted.secure(r); got != tt.want {
			t.Errorf("X-Forwarded-Proto %q from %s: %v", tt.proto, tt.remote, got)
		}
	}
}
