package scanner

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestParseHSTS(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    audit.HSTS
	}{
		{[]string{"max-age=63072000; includeSubDomains; preload"}, audit.HSTS{MaxAge: 63072000, IncludeSubDomains: true, Preload: true}},
		{[]string{`MAX-AGE = "300" ;; INCLUDESUBDOMAINS ; x="a;\"b"`}, audit.HSTS{MaxAge: 300, IncludeSubDomains: true}},
		{[]string{"max-age=1", "max-age=2"}, audit.HSTS{MaxAge: 1, More: 1}},
		{[]string{"max-age=0"}, audit.HSTS{}},
		{[]string{"max-age=99999999999999999999999"}, audit.HSTS{MaxAge: math.MaxInt64}},
		{[]string{"includeSubDomains"}, audit.HSTS{Fault: "max-age is missing"}},
		{[]string{""}, audit.HSTS{Fault: "max-age is missing"}},
		{[]string{"max-age=1; max-age=2"}, audit.HSTS{Fault: "a directive is there twice"}},
		{[]string{"max-age=-1"}, audit.HSTS{Fault: "max-age is no number of seconds"}},
		{[]string{"max-age=1e3"}, audit.HSTS{Fault: "max-age is no number of seconds"}},
		{[]string{"max-age"}, audit.HSTS{Fault: "max-age is no number of seconds"}},
		{[]string{"max-age=1 includeSubDomains"}, audit.HSTS{Fault: "the syntax is broken"}},
		{[]string{"max-age=1, includeSubDomains"}, audit.HSTS{Fault: "the syntax is broken"}},
		{[]string{`max-age="1`}, audit.HSTS{Fault: "the syntax is broken"}},
		{[]string{"=1"}, audit.HSTS{Fault: "the syntax is broken"}},
	} {
		c.want.Value = c.headers[0]
		if diff := cmp.Diff(&c.want, parseHSTS(c.headers)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.headers, diff)
		}
	}
	if parseHSTS(nil) != nil {
		t.Error("a header out of nothing")
	}
}

func TestCookies(t *testing.T) {
	got := cookies([]string{"a=secret; Path=/; SECURE", "b=secret; securely=1", "c=x;secure=", "nameless", "=x", "d =" + strings.Repeat("x", 5000)})
	want := []audit.Cookie{{Name: "a", Secure: true}, {Name: "b"}, {Name: "c", Secure: true}, {Name: "d"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(cookies(make([]string, 1000))); n > maxCookies {
		t.Errorf("%d cookies", n)
	}
}

func TestReadHead(t *testing.T) {
	for _, c := range []struct {
		in     string
		status int
		err    error
	}{
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, nil},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.0 404 No\r\n\r\n", 404, nil},
		{strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), 0, errHead},
		{"220 mail.example.com\r\n", 0, errNotHTTP},
		{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0, errHead},
		{"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", maxHead), 0, errHead},
		{"HTTP/1.1 200 OK\r\nA: b\r\n", 0, io.ErrUnexpectedEOF},
		{"", 0, io.EOF},
	} {
		r, err := readHead(strings.NewReader(c.in))
		if !errors.Is(err, c.err) || err == nil && r.StatusCode != c.status {
			t.Errorf("%.40q: %v", c.in, err)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1; x=\"\\\"\"\r\nSet-Cookie: a=b; Secure\r\n\r\n")
	f.Add("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 301 M\r\nLocation: //[::1%25]/\r\n folded\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := readHead(strings.NewReader(in))
		if err != nil {
			return
		}
		if h := parseHSTS(r.Header.Values("Strict-Transport-Security")); h != nil && (h.MaxAge < 0 || h.Fault != "" && h.MaxAge > 0 || len(h.Value) > maxText) {
			t.Errorf("%+v", h)
		}
		for _, c := range cookies(r.Header.Values("Set-Cookie")) {
			if c.Name == "" || len(c.Name) > maxCookieName {
				t.Errorf("%+v", c)
			}
		}
		w := &web{e: &endpoint{target: audit.Target{Host: "www.example.com"}}}
		if to := w.location(r); to != "" && !strings.Contains(to, "://") || len(to) > maxText {
			t.Errorf("leads to %q", to)
		}
	})
}
