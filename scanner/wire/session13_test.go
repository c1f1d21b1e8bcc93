package wire

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
)

// serveSessions answers with crypto/tls until the client closes, and tells
// through the channel how each handshake ended.
func serveSessions(t *testing.T, config *tls.Config) (net.Conn, <-chan tls.ConnectionState) {
	states := make(chan tls.ConnectionState, 1)
	return serve(t, func(c net.Conn) {
		conn := tls.Server(c, config)
		err := conn.Handshake()
		states <- conn.ConnectionState()
		if err == nil {
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
		_, _ = io.Copy(io.Discard, c)
	}), states
}

func TestReadSession13FromGo(t *testing.T) {
	cert := certificate(t, "ecdsa")
	for _, test := range []struct {
		name    string
		config  *tls.Config
		hello   Hello13
		tickets int
		alert   uint8
	}{
		{name: "as it comes", tickets: 1},
		{name: "SHA-384", hello: Hello13{Suites: []uint16{0x1302}}, tickets: 1},
		{name: "ChaCha20", hello: Hello13{Suites: []uint16{0x1303}}, tickets: 1},
		{name: "retry", config: &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}}, tickets: 1},
		{name: "no tickets", config: &tls.Config{SessionTicketsDisabled: true}},
		{name: "certificate requested", config: &tls.Config{ClientAuth: tls.RequestClientCert}, tickets: 1},
		{name: "certificate required", config: &tls.Config{ClientAuth: tls.RequireAnyClientCert}, alert: 116},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := &tls.Config{}
			if test.config != nil {
				config = test.config.Clone()
			}
			config.Certificates = []tls.Certificate{cert}
			c, states := serveSessions(t, config)
			s := ReadSession13(ample(t), c, test.hello)
			state := <-states
			if !s.Finished || len(s.Tickets) != test.tickets {
				t.Fatalf("finished %t, %d tickets: %s", s.Finished, len(s.Tickets), brief(&s.Flight))
			}
			if test.alert != 0 {
				if s.Stop != Alert || s.Alert != test.alert || s.Closed {
					t.Errorf("not refused with alert %d: %s", test.alert, brief(&s.Flight))
				}
				return
			}
			if !state.HandshakeComplete || !s.Closed || !s.Done || s.Stop != Nothing || s.Err != nil {
				t.Errorf("not completed (server: %t), closed %t: %s", state.HandshakeComplete, s.Closed, brief(&s.Flight))
			}
			for _, ticket := range s.Tickets {
				if ticket.Lifetime != 7*24*3600 || ticket.EarlyData != 0 || ticket.Suite != s.Suite {
					t.Errorf("ticket %+v", ticket)
				}
			}
		})
	}
}

func TestTicketHello(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "ecdsa")}}
	for _, suite := range []uint16{0x1301, 0x1302, 0x1303} {
		c, _ := serveSessions(t, config)
		s := ReadSession13(ample(t), c, Hello13{Suites: []uint16{suite}, Groups: []uint16{groupX25519}})
		if len(s.Tickets) != 1 {
			t.Fatal(brief(&s.Flight))
		}
		pair, err := newKeyPair(groupX25519)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name    string
			mode    byte
			spoil   bool
			resumed bool
		}{{"with a new exchange", PSKAndDH, false, true}, {"without, which Go does not do", PSKOnly, false, false}, {"a binder of another key", PSKAndDH, true, false}} {
			ticket := s.Tickets[0]
			if test.spoil {
				ticket.key = make([]byte, len(ticket.key))
			}
			h := Hello{Version: 0x0303, Versions: []uint16{0x0304}, Groups: []uint16{groupX25519}, SigAlgs: SigAlgs13, PadTo: 512,
				Shares: []KeyShare{{Group: groupX25519, Data: pair.public}}}
			records, err := ticket.Hello(&h, test.mode)
			if err != nil {
				t.Fatal(err)
			}
			if len(h.Extra) > 0 || len(h.Suites) > 0 {
				t.Error("the hello given was changed")
			}
			order := parseHello(records).order
			if order[len(order)-1] != ExtPreSharedKey {
				t.Errorf("pre_shared_key is not last: %v", order)
			}
			f := Exchange(ample(t), serveTLS(t, config), records, UntilServerHello)
			if got := f.Outcome == ServerHello && f.HasExtension(ExtPreSharedKey); got != test.resumed {
				t.Errorf("%04X %s: resumed %t: %s", suite, test.name, got, brief(&f))
			}
		}
	}
	if _, err := (&Ticket{}).Hello(&Hello{}, PSKAndDH); err == nil {
		t.Error("a hello without a ticket")
	}
}

func TestParseTicket(t *testing.T) {
	early := ext(ExtEarlyData, []byte{0, 0, 0x40, 0})
	ticket := func(extensions ...[]byte) []byte {
		return join([]byte{0, 0, 0x1C, 0x20, 1, 2, 3, 4}, vec(1, []byte("n")), vec(2, []byte("ticket")), vec(2, extensions...))
	}
	got, nonce, err := parseTicket(ticket(ext(0x0A0A, nil), early))
	if err != nil || got.Lifetime != 7200 || got.EarlyData != 16384 || got.ageAdd != 0x01020304 || string(got.value) != "ticket" || string(nonce) != "n" {
		t.Errorf("%+v %q %v", got, nonce, err)
	}
	for name, body := range map[string][]byte{
		"empty":              {},
		"cut":                ticket()[:9],
		"more behind it":     append(ticket(), 0),
		"no value":           join(make([]byte, 8), vec(1), vec(2), vec(2)),
		"early data too big": ticket(ext(ExtEarlyData, make([]byte, 5))),
		"bad extension":      ticket([]byte{0, 42, 0, 9}),
	} {
		if _, _, err := parseTicket(body); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A server cannot make the reader keep or wait for more than it is ready to.
func TestSessionBounds(t *testing.T) {
	one := handshake(typeNewSessionTicket, join(make([]byte, 8), vec(1), vec(2, []byte("t")), vec(2))...)
	for name, test := range map[string]struct {
		plain []byte
		want  Outcome
		kept  int
	}{
		"too many tickets": {slices.Concat(slices.Repeat([][]byte{one}, 40)...), TooLarge, maxTickets},
		"another message":  {join(one, handshake(typeCertificate)), Malformed, 1},
		"cut short":        {join(one, one[:9]), Closed, 1},
	} {
		s := readTickets(test.plain)
		if s.Stop != test.want || len(s.Tickets) != test.kept || s.Closed {
			t.Errorf("%s: %d tickets, %s", name, len(s.Tickets), brief(&s.Flight))
		}
	}
}

// readTickets reads what comes behind a handshake, which passes as it is.
func readTickets(plain []byte) *Session13 {
	s := &Session13{Flight13: Flight13{Flight: Flight{Outcome: ServerHello, Version: 0x0304, Suite: 0x1301}}}
	var records []byte
	for b := plain; len(b) > 0; b = b[min(len(b), 1000):] {
		records = append(records, record(recordApplication, b[:min(len(b), 1000)]...)...)
	}
	r := reader13{flight: &s.Flight13, messages: messages{stream: stream{c: &fakeConn{answer: records}}, flight: &s.Flight, data: true}}
	r.open = func(_, payload []byte) (byte, []byte, error) { return recordHandshake, payload, nil }
	suite, _ := suite13Of(s.Suite)
	r.conclude(context.Background(), r.tickets(s, suite, make([]byte, 32)))
	return s
}

// FuzzTickets reads what a server sends behind a handshake.
func FuzzTickets(f *testing.F) {
	one := handshake(typeNewSessionTicket, join(make([]byte, 8), vec(1), vec(2, []byte("t")), vec(2, ext(ExtEarlyData, make([]byte, 4))))...)
	f.Add(one)
	f.Add(join(one, one, handshake(24, 0)))
	f.Fuzz(func(t *testing.T, plain []byte) {
		s := readTickets(plain)
		if len(s.Tickets) > maxTickets || s.Done {
			t.Errorf("%d tickets, done %t", len(s.Tickets), s.Done)
		}
		for i := range s.Tickets {
			if _, err := s.Tickets[i].Hello(&Hello{Version: 0x0303, Versions: []uint16{0x0304}}, PSKAndDH); err != nil && len(s.Tickets[i].value) < 16000 {
				t.Error(err)
			}
		}
	})
}
