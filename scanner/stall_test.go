package scanner_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// bubble scans a handler over pipes in virtual time, with default options, and
// returns how long that took there.
func bubble(t *testing.T, protocol string, h fixtures.Handler) (o *audit.Observation, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var servers sync.WaitGroup
		o = scan(t, protocol, netip.MustParseAddrPort("127.0.0.1:443"), scanner.Options{
			Dial: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				servers.Go(func() {
					defer theirs.Close()
					h(t.Context(), theirs)
				})
				return ours, nil
			},
		})
		took = time.Since(began)
		servers.Wait()
	})
	return o, took
}

// silent reads and says nothing until the peer goes.
func silent(_ context.Context, c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// greeting speaks SMTP after a delay and is silent when TLS should begin.
func greeting(after time.Duration, then fixtures.Handler) fixtures.Handler {
	smtp := fixtures.SMTP{Secured: then}.Handler()
	return func(ctx context.Context, c net.Conn) {
		time.Sleep(after)
		smtp(ctx, c)
	}
}

// TestPatience: a peer that is never heard is not waited for a third time, one
// that is merely slow is.
func TestPatience(t *testing.T) {
	t.Parallel()
	secured := fixtures.TLS(fixtures.Hardened(leaf(t, fixtures.P256)))
	slow := func(d time.Duration, h fixtures.Handler) fixtures.Handler {
		return func(ctx context.Context, c net.Conn) { time.Sleep(d); h(ctx, c) }
	}
	for _, c := range []struct {
		name, protocol string
		handler        fixtures.Handler
		reach          audit.Reach
		most           time.Duration
	}{
		{"tarpit", "https", silent, audit.ReachUnreachable, 20 * time.Second},
		{"sametime tarpit", "sametime", silent, audit.ReachUnreachable, 25 * time.Second},
		{"sametime legacy", "sametime", fixtures.Sametime{Mode: fixtures.SametimeLegacy}.Handler(), audit.ReachNoTLS, 20 * time.Second},
		{"smtp tarpit", "smtp", silent, audit.ReachUnreachable, 41 * time.Second},
		{"silent behind STARTTLS", "smtp", greeting(0, silent), audit.ReachUnreachable, 20 * time.Second},
		{"greeting after 5 s", "smtp", greeting(5*time.Second, secured), audit.ReachTLS, 5 * time.Minute},
		{"greeting after 6 s", "smtp", greeting(6*time.Second, secured), audit.ReachTLS, 5 * time.Minute},
		{"answer after 7 s", "https", slow(7*time.Second, secured), audit.ReachTLS, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, took := bubble(t, c.protocol, c.handler)
			if o.Reach != c.reach || took > c.most {
				t.Errorf("%s (%s) after %s, %d connections", o.Reach, o.Reason, took, o.Connections)
			}
		})
	}
}

// headOnly lets the ServerHello through, as a record of its own, and nothing
// behind it.
type headOnly struct {
	net.Conn
	said bool
}

func (c *headOnly) Write(b []byte) (int, error) {
	if len(b) < 10 || b[0] != 22 {
		return c.Conn.Write(b)
	}
	if !c.said {
		c.said = true
		n := 4 + int(b[6])<<16 + int(b[7])<<8 + int(b[8])
		if _, err := c.Conn.Write(append([]byte{22, b[1], b[2], byte(n >> 8), byte(n)}, b[5:5+n]...)); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// TestStall: a peer that stalls behind each ServerHello does not use up the
// budget, and what it did not send is not known.
func TestStall(t *testing.T) {
	t.Parallel()
	suites := []audit.Code{0xC02F, 0xC030, 0x009F, 0x009E, 0x0033, 0x0039, 0x002F, 0x0035, 0x009C, 0x009D}
	s := fixtures.Script{
		Suites: map[audit.Version][]audit.Code{audit.TLSv12: suites, audit.TLSv10: {0x0033, 0x002F}},
		Chain:  leaf(t, fixtures.RSA2048).Certificate,
	}
	inner := s.Handler()
	o, took := bubble(t, "https", func(ctx context.Context, c net.Conn) {
		inner(ctx, &headOnly{Conn: c})
		silent(ctx, c)
	})
	if took > 50*time.Second {
		t.Errorf("took %s, %d connections", took, o.Connections)
	}
	if f := o.Version(audit.TLSv12); f.Answer != audit.Accepted || len(f.Suites) != len(suites) {
		t.Errorf("%s (%s), suites %s %v", f.Answer, f.Evidence, f.SuitesAnswer, suiteCodes(f))
	}
	if o.ChainsAnswer != audit.Undetermined {
		t.Errorf("chains %s (%s)", o.ChainsAnswer, o.ChainsEvidence)
	}
}
