package scanner_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

func TestSametimeVerdicts(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	for _, c := range []struct {
		name     string
		server   fixtures.Handler
		verdict  audit.SametimeVerdict
		legacy   audit.Answer
		tls      audit.Answer
		reach    audit.Reach
		answered string
	}{
		{"strict", fixtures.Sametime{Mode: fixtures.SametimeStrict, TLS: cfg}.Handler(),
			audit.SametimeTLSOnly, audit.Refused, audit.Accepted, audit.ReachTLS, "closed without a byte"},
		{"plain TLS service", fixtures.TLS(cfg),
			audit.SametimeTLSOnly, audit.Refused, audit.Accepted, audit.ReachTLS, "closed without a byte"},
		{"TLS alert to Virtual Places", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg, Answer: "s-tls-alert-unexpected"}.Handler(),
			audit.SametimeTLSOnly, audit.Refused, audit.Accepted, audit.ReachTLS, "TLS alert"},
		{"garbled, and TLS", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg, Answer: "s-short-length"}.Handler(),
			audit.SametimeUndetermined, audit.Undetermined, audit.Accepted, audit.ReachTLS, "which is none"},
		{"both", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg}.Handler(),
			audit.SametimeBoth, audit.Accepted, audit.Accepted, audit.ReachTLS, "handshake-ack"},
		{"both, refused", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg, Answer: "s-destroy-version"}.Handler(),
			audit.SametimeBoth, audit.Accepted, audit.Accepted, audit.ReachTLS, "version mismatch"},
		{"both, redirect", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg, Answer: "s-redirect"}.Handler(),
			audit.SametimeBoth, audit.Accepted, audit.Accepted, audit.ReachTLS, "redirect to im2.example.com"},
		{"both, keep-alives", fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg, Answer: "s-keepalive-then-ack"}.Handler(),
			audit.SametimeBoth, audit.Accepted, audit.Accepted, audit.ReachTLS, "handshake-ack"},
		{"legacy", fixtures.Sametime{Mode: fixtures.SametimeLegacy}.Handler(),
			audit.SametimeLegacyOnly, audit.Accepted, audit.Refused, audit.ReachNoTLS, "handshake-ack"},
		{"hang", fixtures.Sametime{Mode: fixtures.SametimeHang}.Handler(),
			audit.SametimeUndetermined, audit.Undetermined, audit.Undetermined, audit.ReachUnreachable, "no answer"},
		{"reset", fixtures.Sametime{Mode: fixtures.SametimeReset}.Handler(),
			audit.SametimeUndetermined, audit.Undetermined, audit.Undetermined, audit.ReachUnreachable, "broken off"},
		{"close", fixtures.Sametime{Mode: fixtures.SametimeClose}.Handler(),
			audit.SametimeUndetermined, audit.Undetermined, audit.Undetermined, audit.ReachUnreachable, "closed without a byte"},
		{"web server", fixtures.PlainHTTP,
			audit.SametimeNeither, audit.Refused, audit.Refused, audit.ReachNoTLS, "HTTP/1.1 400"},
		{"fat length", fixtures.Sametime{Mode: fixtures.SametimeBoth, Answer: "s-fat-length"}.Handler(),
			audit.SametimeUndetermined, audit.Undetermined, audit.Undetermined, audit.ReachUnreachable, "which is none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, "sametime", serve(t, c.server).Addr(), scanner.Options{Timeout: 30 * time.Second})
			s := o.Sametime
			if s.Verdict != c.verdict || s.Legacy != c.legacy || s.TLS != c.tls || !strings.Contains(s.Answered, c.answered) {
				t.Errorf("verdict %s (%s), legacy %s, TLS %s, answered %q", s.Verdict, s.Reason, s.Legacy, s.TLS, s.Answered)
			}
			if o.Reach != c.reach {
				t.Errorf("reach %s: %s", o.Reach, o.Reason)
			}
			if s.Verdict == audit.SametimeUndetermined && s.Reason == "" {
				t.Error("undetermined without a reason")
			}
			if c.reach != audit.ReachTLS {
				unjudged(t, o)
				return
			}
			if o.Version(audit.SSLv2).Answer != audit.NotAsked || o.Version(audit.SSLv3).Answer != audit.Refused || o.Lacks(audit.NeedSuites) != "" {
				t.Errorf("%v, %s", answers(o), o.Lacks(audit.NeedSuites))
			}
		})
	}
}

func TestSametimeServerVersion(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	o := scan(t, "sametime", serve(t, fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: cfg}.Handler()).Addr(), scanner.Options{})
	if o.Sametime.ServerVersion != "30.29" {
		t.Errorf("server version %q", o.Sametime.ServerVersion)
	}
	if !strings.Contains(strings.Join(o.Notes, "\n"), "Virtual Places inside TLS: handshake-ack") {
		t.Errorf("notes %q", o.Notes)
	}
}

// TestSametimeSaysOnlyTheHandshake: no byte that begins like an SSLv2 hello,
// and of Virtual Places nothing but the 38 bytes of a handshake.
func TestSametimeSaysOnlyTheHandshake(t *testing.T) {
	t.Parallel()
	var wrong atomic.Value
	multiplex := fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: fixtures.Hardened(leaf(t, fixtures.P256))}.Handler()
	watch := func(ctx context.Context, c net.Conn) { multiplex(ctx, &watched{Conn: c, wrong: &wrong}) }
	scan(t, "sametime", serve(t, watch).Addr(), scanner.Options{Depth: scanner.DepthDeep})
	if w := wrong.Load(); w != nil {
		t.Errorf("sent %x", w)
	}
}

type watched struct {
	net.Conn
	seen  []byte
	wrong *atomic.Value
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.seen = append(w.seen, b[:n]...)
	handshake := string(fixtures.VP("c-handshake-min"))
	if len(w.seen) > 0 && w.seen[0] != 0x16 && !strings.HasPrefix(handshake, string(w.seen)) {
		w.wrong.Store(w.seen)
	}
	return n, err
}
