package access

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// hold opens connections of one client, on each of which a request was answered.
func hold(t *testing.T, from, to string, n int) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	for range n {
		c, err := dialer.DialContext(t.Context(), "tcp", to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("a probe is not answered: %v", err)
		}
	}
}

// TestHealthWhateverStrangersDo: who watches the process is answered, also when
// strangers hold every connection there is, or have asked more than they may.
func TestHealthWhateverStrangersDo(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.Bounds.Requests, c.Bounds.RequestBurst = 1, 3 }})
	hold(t, "127.0.0.2", s.addr, maxEach+10)
	for i := range maxConnections/maxEach + 1 { // more than there may be in all
		hold(t, netip.AddrFrom4([4]byte{127, 0, 0, byte(10 + i)}).String(), s.addr, maxEach)
	}
	hold(t, "127.0.0.1", s.addr, 1)
	for range 5 {
		s.ask(s.browser(), "GET", "/", nil)
	}
	if answer, _ := s.ask(s.browser(), "GET", "/", nil); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("asking too often gets %s", answer.Status)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if answer, _ := s.ask(s.browser(), "GET", path, nil); answer.StatusCode != http.StatusOK {
			t.Errorf("%s gets %s", path, answer.Status)
		}
	}
}

// TestCrowd: of a client with too many connections, and of the one with most, the
// oldest goes; a proxy may have many.
func TestCrowd(t *testing.T) {
	c := newCrowd(nil, 8, 3, origin{[]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	come := func(from string) (came, left *guest) {
		a := netip.MustParseAddr(from)
		came = &guest{crowd: c, key: clientKey(a)}
		if left = c.enter(came, c.origin.trusted(a)); left != nil {
			c.leave(left)
			c.leave(left) // twice is once
		}
		return came, left
	}
	first, _ := come("198.51.100.1")
	second, _ := come("198.51.100.1")
	come("198.51.100.1")
	if _, left := come("198.51.100.1"); left != first {
		t.Errorf("of a client with too many %v goes", left)
	}
	proxy, _ := come("192.0.2.1")
	for range 3 {
		if _, left := come("192.0.2.1"); left != nil {
			t.Error("a proxy is bounded as a client")
		}
	}
	come("203.0.113.1")
	if _, left := come("203.0.113.2"); left != proxy {
		t.Errorf("when all is full %v goes", left)
	}
	if c.count != 8 {
		t.Errorf("%d connections", c.count)
	}
	network, left := come("2001:db8::1")
	if left != second {
		t.Errorf("of those with as many %v goes", left)
	}
	come("2001:db8::2")
	if _, left := come("2001:db8::3"); left != network { // a network is one client
		t.Errorf("of a network with most %v goes", left)
	}
}

// TestReadyIsRemembered: asking often asks the history seldom, and what it says
// once it can again is heard.
func TestReadyIsRemembered(t *testing.T) {
	c, asked := &clock{}, 0
	fault := errors.New("no disk")
	p := &pulse{ready: func(context.Context) error { asked++; return fault }}
	for range 5 {
		if _, err := p.beats(t.Context(), c.now); !errors.Is(err, fault) {
			t.Errorf("got %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("it was asked %d times", asked)
	}
	fault = nil
	c.move(pulseCounts)
	if fresh, err := p.beats(t.Context(), c.now); err != nil || !fresh {
		t.Errorf("it is not noticed: %v", err)
	}
}
