package scanner

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// chooser is a server reduced to its choice: an order, a bound on lists, and
// questions it refuses for no reason.
type chooser struct {
	order    []uint16
	limit    int
	spurious map[int]wire.Outcome

	mu    sync.Mutex
	asked int
}

func (c *chooser) ask(_ context.Context, list []uint16) (uint16, reply, verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	r := reply{ended: uint64(c.asked)}
	if outcome, ok := c.spurious[c.asked]; ok {
		r.Outcome, r.Alert = outcome, 40
		return 0, r, none
	}
	if c.limit == 0 || len(list) <= c.limit {
		for _, code := range c.order {
			if slices.Contains(list, code) {
				r.Outcome = wire.ServerHello
				return code, r, taken
			}
		}
	}
	r.Outcome, r.Alert = wire.Alert, 40
	return 0, r, none
}

func byLength(list []uint16, most, _ int) [][]uint16 { return slices.Collect(slices.Chunk(list, most)) }

func count(n int) []uint16 {
	list := make([]uint16, n)
	for i := range list {
		list[i] = uint16(i + 1)
	}
	return list
}

func TestElimination(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  int
		order []uint16
		limit int
		most  int // questions
	}{
		{"three of many", 288, []uint16{7, 3, 200}, 0, 7},
		{"none", 288, nil, 0, 4},
		{"all of few", 3, []uint16{3, 2, 1}, 0, 3},
		{"limited", 288, []uint16{280, 3, 200, 4}, 128, 20},
		{"limited to the chunk", 288, count(140), 126, 500},
	} {
		s := &chooser{order: c.order, limit: c.limit}
		el := elimination{e: &endpoint{}, ask: s.ask, split: byLength, most: maxChunk}
		complete := el.run(t.Context(), count(c.list))
		if !complete || !slices.Equal(codes(el.found), c.order) && c.limit == 0 || len(el.found) != len(c.order) || s.asked > c.most {
			t.Errorf("%s: complete %v, found %v in %d questions", c.name, complete, codes(el.found), s.asked)
		}
		if el.limited != (c.limit > 0) || el.unstable {
			t.Errorf("%s: limited %v, unstable %v", c.name, el.limited, el.unstable)
		}
	}
}

// TestEliminationDoubts refuses any two questions for no reason, unless one
// follows the other directly, and expects the truth or no claim.
func TestEliminationDoubts(t *testing.T) {
	truth := []uint16{9, 2, 5, 130, 1}
	for _, outcome := range []wire.Outcome{wire.Reset, wire.Alert} {
		for first := 1; first < 12; first++ {
			for second := first + 2; second < 24; second++ {
				s := &chooser{order: truth, spurious: map[int]wire.Outcome{first: outcome, second: outcome}}
				// One chunk at a time, so that the questions have an order.
				el := elimination{e: &endpoint{}, ask: s.ask, split: byLength, most: maxChunk}
				if complete := el.run(t.Context(), count(120)); complete && len(el.found) != 4 {
					t.Errorf("%s at %d and %d: called complete with %v", outcome, first, second, codes(el.found))
				}
				// A word taken back is a contradiction; a lost connection is not.
				if first <= 4 && el.unstable != (outcome == wire.Alert) {
					t.Errorf("%s at %d and %d: unstable %v", outcome, first, second, el.unstable)
				}
			}
		}
	}
}

// inferring is an endpoint whose peer answers control probes, and to which
// answer is the reply to each attempt at any other question.
func inferring(longest int, answer func(attempt int) []byte) *endpoint {
	control := question{hello: []byte("control")}
	attempts := 0
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			b := make([]byte, 4096)
			n, _ := server.Read(b)
			if string(b[:n]) == "control" {
				_, _ = server.Write(chosenOne)
				return
			}
			attempts++
			_, _ = server.Write(answer(attempts))
		}()
		return client, nil
	}
	s := New(Options{Dial: dial})
	e := &endpoint{s: s, proto: protocolByName("tls"), timing: newTiming(0, time.Second), longest: longest, good: &control}
	e.host = s.hosts.enter(e.addr, 0, 1, 0)
	return e
}

// chosenOne is a TLS 1.2 ServerHello choosing suite 1.
var chosenOne = append(append([]byte{22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3}, make([]byte, 32)...), 0, 0, 1, 0)

// TestInference: silence, and alerts that may be about anything, count only if
// the peer answers a control probe, and the same question meets them again.
func TestInference(t *testing.T) {
	alert := func(code byte) []byte { return []byte{21, 3, 3, 0, 2, 2, code} }
	for _, c := range []struct {
		name    string
		first   wire.Flight
		longest int
		again   []byte
		want    verdict
	}{
		{"silence twice", wire.Flight{Outcome: wire.Reset}, 512, nil, none},
		{"silence once", wire.Flight{Outcome: wire.Reset}, 512, chosenOne, taken},
		{"silence to the longest", wire.Flight{Outcome: wire.Reset}, 100, nil, dropped},
		{"alert 80 twice", wire.Flight{Outcome: wire.Alert, Alert: 80}, 512, alert(80), none},
		{"alert 80 once", wire.Flight{Outcome: wire.Alert, Alert: 80}, 512, chosenOne, taken},
		{"alert 80, then 40", wire.Flight{Outcome: wire.Alert, Alert: 80}, 512, alert(40), none},
		{"alert 80, then noise", wire.Flight{Outcome: wire.Alert, Alert: 80}, 512, []byte("HTTP/1.1 503 no\r\n"), open},
		{"alert 40", wire.Flight{Outcome: wire.Alert, Alert: 40}, 512, chosenOne, none},
		{"alert 47", wire.Flight{Outcome: wire.Alert, Alert: 47}, 512, alert(47), balked},
		{"alert 50", wire.Flight{Outcome: wire.Alert, Alert: 50}, 512, alert(50), balked},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := inferring(c.longest, func(int) []byte { return c.again })
			q := e.offer(audit.TLSv12, stylePlain, count(20))
			q.until = wire.UntilServerHello
			if len(q.hello) > 520 || len(q.hello) <= 100 {
				t.Fatalf("hello of %d bytes", len(q.hello))
			}
			e.longest = max(c.longest, c.longest/512*len(q.hello))
			r := reply{Flight: c.first, ended: e.tick()}
			if got := e.judge(t.Context(), q, &r, audit.TLSv12, chosenSuite, count(20)); got != c.want {
				t.Errorf("%d, want %d: %s", got, c.want, r.text())
			}
		})
	}
	e := &endpoint{longest: 512}
	r := reply{Flight: wire.Flight{Outcome: wire.Reset}, ended: 5}
	if got := e.judge(t.Context(), question{hello: make([]byte, 200)}, &r, audit.TLSv12, chosenSuite, []uint16{1}); got != open {
		t.Errorf("without a control probe: %d", got)
	}
}

// TestKeep: however many hits there are, each chain is held once, and one that
// is not on file is not held at all.
func TestKeep(t *testing.T) {
	e := &endpoint{}
	flight := func(der string) *reply {
		return &reply{Flight: wire.Flight{
			Version: uint16(audit.TLSv12), Group: 29, DHBits: 1024, Certificates: [][]byte{[]byte(der)},
			OCSP: []byte("large"), DHPrime: []byte("large"), CertificateRequest: &wire.CertificateRequest{},
		}}
	}
	e.sawCertificates(&flight("one").Flight, true)
	a, b, c := e.keep(1, flight("one")), e.keep(2, flight("one")), e.keep(3, flight("two"))
	if len(a.flight.Certificates) != 1 || &a.flight.Certificates[0][0] != &b.flight.Certificates[0][0] || c.flight.Certificates != nil {
		t.Errorf("certificates %q, %q, %q", a.flight.Certificates, b.flight.Certificates, c.flight.Certificates)
	}
	if f := a.flight; f.OCSP != nil || f.DHPrime != nil || f.CertificateRequest != nil || f.Group != 29 || f.DHBits != 1024 {
		t.Errorf("%+v", f)
	}
}
