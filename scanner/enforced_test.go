package scanner_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// eavesdrop remembers what the client says, of connections that stay in clear.
func eavesdrop(h fixtures.Handler, into *[]string, mu *sync.Mutex) fixtures.Handler {
	return func(ctx context.Context, c net.Conn) {
		ear := &listening{Conn: c}
		h(ctx, ear)
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(ear.said.String(), "STARTTLS") {
			*into = append(*into, ear.said.String())
		}
	}
}

type listening struct {
	net.Conn
	said strings.Builder
}

func (l *listening) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.said.Len() < 4096 {
		l.said.Write(b[:n])
	}
	return n, err
}

// rephrase lets a server say something else.
func rephrase(h fixtures.Handler, old, new string, really bool) fixtures.Handler {
	if !really {
		return h
	}
	return func(ctx context.Context, c net.Conn) { h(ctx, &rephrasing{c, old, new}) }
}

type rephrasing struct {
	net.Conn
	old, new string
}

func (r *rephrasing) Write(b []byte) (int, error) {
	if _, err := r.Conn.Write(bytes.ReplaceAll(b, []byte(r.old), []byte(r.new))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// TestSMTPEnforced: one transaction is begun without TLS, and taken back.
func TestSMTPEnforced(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	for _, c := range []struct {
		name   string
		server fixtures.SMTP
		depth  string
		want   audit.Answer
		reply  string
	}{
		{"enforced", fixtures.SMTP{TLS: cfg, Enforce: true}, "", audit.Accepted, "530 5.7.0 Must issue a STARTTLS command first"},
		{"not enforced", fixtures.SMTP{TLS: cfg}, "", audit.Refused, "250 2.0.0 OK"},
		{"quick", fixtures.SMTP{TLS: cfg}, scanner.DepthQuick, audit.NotAsked, ""},
		// RFC 4954 section 6 has the same code for clients without a password.
		{"login", fixtures.SMTP{TLS: cfg, Enforce: true}, "", audit.Undetermined, "530 5.7.0 Authentication required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var clear []string
			server := serve(t, eavesdrop(rephrase(c.server.Handler(), "Must issue a STARTTLS command first", "Authentication required", c.name == "login"), &clear, &mu))
			o := scan(t, "smtp", server.Addr(), scanner.Options{Depth: c.depth, EHLO: "audit.example.com"})
			if s := o.StartTLS; s.Enforced != c.want || s.EnforcedReply != c.reply || s.Offered != audit.Accepted || server.Accepted() != o.Connections {
				t.Errorf("%+v, %d connections, %d accepted", s, o.Connections, server.Accepted())
			}
			mu.Lock()
			defer mu.Unlock()
			if said := strings.Join(clear, "|"); c.want != audit.NotAsked && said != "EHLO audit.example.com\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n" || c.want == audit.NotAsked && said != "" {
				t.Errorf("said in clear: %q", said)
			}
		})
	}
}
