package scanner_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// beside answers what is no ClientHello in its own way.
func beside(secured, answer fixtures.Handler) fixtures.Handler {
	return func(ctx context.Context, c net.Conn) {
		in := bufio.NewReader(c)
		if first, err := in.Peek(1); err == nil && first[0] == 0x16 {
			secured(ctx, &buffered{c, in})
			return
		}
		answer(ctx, c)
	}
}

type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

// TestSametimeCutShort: an answer that stops early is no silence.
func TestSametimeCutShort(t *testing.T) {
	t.Parallel()
	secured := fixtures.TLS(fixtures.Hardened(leaf(t, fixtures.P256)))
	ack := fixtures.VP("s-ack-64")
	say := func(b []byte, then fixtures.Handler) fixtures.Handler {
		return func(ctx context.Context, c net.Conn) { c.Write(b); then(ctx, c) }
	}
	closed := func(context.Context, net.Conn) {}
	for _, c := range []struct {
		name     string
		answer   fixtures.Handler
		legacy   audit.Answer
		answered string
	}{
		{"16 bytes, then a stall", say(ack[:16], fixtures.Tarpit), audit.Accepted, "handshake-ack"},
		{"16 bytes, then closed", say(ack[:16], closed), audit.Accepted, "handshake-ack"},
		{"drip", fixtures.Drip(say(ack, fixtures.Tarpit), 20*time.Millisecond), audit.Accepted, "handshake-ack"},
		{"refusal cut", say(fixtures.VP("s-destroy-version")[:14], closed), audit.Accepted, "handshake refused"},
		{"keep-alives", say([]byte{0x80, 0x80}, closed), audit.Undetermined, "keep-alives only, then closed"},
		{"keep-alives, then a stall", say([]byte{0x80, 0x80}, fixtures.Tarpit), audit.Undetermined, "nothing more in time"},
		{"one byte", say([]byte{0}, closed), audit.Undetermined, `answered "\x00", then closed`},
		{"11 bytes", say(ack[:11], closed), audit.Undetermined, "11 bytes of a frame of 92"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, "sametime", serve(t, beside(secured, c.answer)).Addr(), scanner.Options{Depth: scanner.DepthQuick, Timeout: 60 * time.Second})
			s := o.Sametime
			if s.TLS != audit.Accepted || s.Legacy != c.legacy || !strings.Contains(s.Answered, c.answered) {
				t.Errorf("TLS %s, legacy %s, answered %q, %s %s", s.TLS, s.Legacy, s.Answered, s.Verdict, s.Reason)
			}
		})
	}
}

// TestSametimeDies: silence of a port that answers nothing any more says
// nothing about Virtual Places.
func TestSametimeDies(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		var told, dead atomic.Bool
		both := fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: fixtures.Hardened(leaf(t, fixtures.P256))}.Handler()
		h := beside(
			func(ctx context.Context, c net.Conn) {
				if !dead.Load() {
					both(ctx, c)
				}
			},
			func(ctx context.Context, c net.Conn) {
				if told.Swap(true) { // the second Virtual Places probe
					dead.Store(!again)
				}
			})
		s := scan(t, "sametime", serve(t, h).Addr(), scanner.Options{Depth: scanner.DepthQuick, Timeout: 60 * time.Second}).Sametime
		want := audit.SametimeUndetermined
		if again {
			want = audit.SametimeTLSOnly
		}
		if s.Verdict != want {
			t.Errorf("alive %v: %s, legacy %s, answered %q", again, s.Verdict, s.Legacy, s.Answered)
		}
	}
}

// TestSametimeNoHello: connections that were never made are no refusal of TLS.
func TestSametimeNoHello(t *testing.T) {
	t.Parallel()
	at := serve(t, fixtures.Sametime{Mode: fixtures.SametimeBoth, TLS: fixtures.Hardened(leaf(t, fixtures.P256))}.Handler()).Addr()
	var dials atomic.Int64
	o := scan(t, "sametime", at, scanner.Options{Timeout: 60 * time.Second, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if n := dials.Add(1); n >= 2 && n <= 4 {
			return nil, errors.New("cannot assign requested address")
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}})
	if s := o.Sametime; s.TLS != audit.Undetermined || s.Verdict != audit.SametimeUndetermined || s.Legacy != audit.Accepted || o.Reach == audit.ReachNoTLS {
		t.Errorf("%s: %s, TLS %s, legacy %s", o.Reach, s.Verdict, s.TLS, s.Legacy)
	}
}
