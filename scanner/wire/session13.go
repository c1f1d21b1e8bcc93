package wire

import (
	"context"
	"crypto/hmac"
	"errors"
	"net"
	"slices"
	"time"
)

// maxTickets bounds the tickets kept of one session. Servers send one or two.
const maxTickets = 16

// Session13 is a TLS 1.3 handshake that was completed, and what the server
// sent behind it until it closed. As in a Flight13, Done says that
// CertificateVerify was reached; Stop is what ended reading, other than
// close_notify.
type Session13 struct {
	Flight13
	// Finished: the server's Finished was right, and ours was sent, behind an
	// empty Certificate if one was asked for. Whether the server takes ours does
	// not show at once: a refusal is a Stop by alert.
	Finished bool
	// Tickets are those sent, at most maxTickets.
	Tickets []Ticket
	// Closed: the server answered our close_notify with its own. It has then
	// said all it had to say.
	Closed bool
}

// Ticket is a NewSessionTicket of TLS 1.3 (RFC 8446 section 4.6.1).
type Ticket struct {
	// Lifetime is the time for which it may be used, in seconds.
	Lifetime uint32
	// EarlyData is the number of bytes of early data it allows, 0 for none.
	EarlyData uint32
	// Suite is that of the session, whose hash the key belongs to.
	Suite uint16

	value    []byte
	ageAdd   uint32
	key      []byte
	received time.Time
}

// ReadSession13 makes a TLS 1.3 handshake as ReadTLS13 does and completes it:
// without a client certificate and without looking at the server's. It says
// nothing to the application but close_notify, and reads the tickets that come
// until the server closes as well.
func ReadSession13(ctx context.Context, c net.Conn, h Hello13) Session13 {
	s := Session13{}
	r := reader13{flight: &s.Flight13, messages: messages{stream: stream{c: c}, flight: &s.Flight}, whole: true}
	defer r.bind(ctx)()
	// Some servers send tickets only to those who say that they could use them.
	h.Extra = append(h.Extra[:len(h.Extra):len(h.Extra)], pskModes(PSKAndDH, PSKOnly))
	err := r.exchange(h)
	if err == nil {
		s.Done = true
		err = r.finish(&s)
	}
	if errors.Is(err, errEmptyHello) {
		s.Err = err
		return s
	}
	r.conclude(ctx, err)
	if s.Finished && s.Stop == Alert && s.Alert == alertCloseNotify {
		s.Closed, s.Stop, s.Err = true, Nothing, nil
	}
	return s
}

// finish goes on where encryptedFlight ended.
func (r *reader13) finish(s *Session13) error {
	suite, _ := suite13Of(s.Suite)
	k, err := suite.keys13(r.shared, r.transcript[:r.greeted])
	if err != nil {
		return unsupported("the keys of suite 0x%04X: %w", s.Suite, err)
	}
	message, err := r.next()
	if err != nil {
		return err
	}
	mac, err := suite.finished(k.server, r.transcript)
	switch {
	case err != nil:
		return unsupported("the Finished of suite 0x%04X: %w", s.Suite, err)
	case message[0] != typeFinished || !hmac.Equal(message[4:], mac):
		return malformed("handshake message %d where a right Finished is due", message[0])
	case r.consumed != len(r.pending):
		return malformed("messages behind Finished under the same key")
	}
	r.transcript = append(r.transcript, message...)
	if err := r.answer(suite, k); err != nil {
		return err
	}
	s.Finished = true
	return r.tickets(s, suite, k.resumption)
}

// keys13 are the secrets of one session; resumption is set by answer.
type keys13 struct {
	handshake, client, server []byte
	resumption                []byte
}

func (s suite13) keys13(shared, transcript []byte) (k *keys13, err error) {
	k = &keys13{}
	if k.handshake, err = s.handshakeSecret(shared); err != nil {
		return nil, err
	}
	if k.client, err = s.derive(k.handshake, "c hs traffic", transcript); err != nil {
		return nil, err
	}
	k.server, err = s.derive(k.handshake, "s hs traffic", transcript)
	return k, err
}

// finished is the content of a Finished (RFC 8446 section 4.4.4).
func (s suite13) finished(traffic, transcript []byte) ([]byte, error) {
	key, err := s.expand(traffic, "finished", nil, s.hash().Size())
	if err != nil {
		return nil, err
	}
	mac := hmac.New(s.hash, key)
	mac.Write(s.sum(transcript))
	return mac.Sum(nil), nil
}

// answer sends the client's last flight and close_notify, and sets the stream
// to the server's key for what comes behind the handshake.
func (r *reader13) answer(suite suite13, k *keys13) error {
	failed := func(err error) error { return unsupported("the keys of suite 0x%04X: %w", r.flight.Suite, err) }
	master, err := suite.next(k.handshake, make([]byte, suite.hash().Size()))
	if err != nil {
		return failed(err)
	}
	var traffic [2][]byte
	for i, label := range []string{"c ap traffic", "s ap traffic"} {
		if traffic[i], err = suite.derive(master, label, r.transcript); err != nil {
			return failed(err)
		}
	}
	var flight []byte
	if r.flight.CertificateRequest != nil {
		flight = []byte{typeCertificate, 0, 0, 4, 0, 0, 0, 0} // no context, no certificate
	}
	mac, err := suite.finished(k.client, append(slices.Clone(r.transcript), flight...))
	if err != nil {
		return failed(err)
	}
	flight = append(flight, typeFinished, 0, 0, byte(len(mac)))
	flight = append(flight, mac...)
	r.transcript = append(r.transcript, flight...)
	if k.resumption, err = suite.derive(master, "res master", r.transcript); err != nil {
		return failed(err)
	}
	handshake, err := suite.keys(k.client)
	if err != nil {
		return failed(err)
	}
	client, err := suite.keys(traffic[0])
	if err != nil {
		return failed(err)
	}
	server, err := suite.keys(traffic[1])
	if err != nil {
		return failed(err)
	}
	out := []byte{recordCCS, 3, 3, 0, 1, 1}
	out = handshake.seal(out, recordHandshake, flight)
	out = client.seal(out, recordAlert, []byte{alertWarning, alertCloseNotify})
	r.open, r.data = server.open, true
	return r.send(out)
}

// seal appends a record with content to out.
func (d *decrypter) seal(out []byte, kind byte, content []byte) []byte {
	n := len(content) + 1 + d.aead.Overhead()
	header := []byte{recordApplication, 3, 3, byte(n >> 8), byte(n)}
	nonce := d.nonce()
	return d.aead.Seal(append(out, header...), nonce[:], append(slices.Clone(content), kind), header)
}

// tickets reads what comes behind the handshake, to its end.
func (r *reader13) tickets(s *Session13, suite suite13, resumption []byte) error {
	for {
		message, err := r.next()
		if err != nil {
			return err
		}
		if message[0] != typeNewSessionTicket {
			return malformed("handshake message %d behind the handshake", message[0])
		}
		t, nonce, err := parseTicket(message[4:])
		if err != nil {
			return err
		}
		if len(s.Tickets) == maxTickets {
			return tooLarge("more than %d tickets", maxTickets)
		}
		t.Suite, t.received = s.Suite, time.Now()
		if t.key, err = suite.expand(resumption, "resumption", nonce, suite.hash().Size()); err != nil {
			return unsupported("the key of a ticket: %w", err)
		}
		s.Tickets = append(s.Tickets, t)
	}
}

// parseTicket reads the body of a NewSessionTicket. The value is a copy, nonce
// is not.
func parseTicket(body []byte) (t Ticket, nonce []byte, err error) {
	c := cursor{b: body}
	t.Lifetime = uint32(c.uint(4))
	t.ageAdd = uint32(c.uint(4))
	nonce = c.vector(1)
	t.value = slices.Clone(c.vector(2))
	list := c.sub(2)
	ok := c.end() && len(t.value) > 0
	for ok && list.more() {
		kind, data := list.uint16(), list.sub(2)
		if kind == ExtEarlyData {
			t.EarlyData = uint32(data.uint(4))
			ok = data.end()
		}
	}
	if !ok || !list.end() {
		return Ticket{}, nil, malformed("NewSessionTicket: bad lengths")
	}
	return t, nonce, nil
}
