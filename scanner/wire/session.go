package wire

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"
)

// Session is an exchange up to TLS 1.2 that goes on behind the server's
// ServerHelloDone, for questions that take more than a hello: what a server
// does with a record it should refuse. It completes no handshake.
type Session struct {
	// Flight is the server's clear-text flight. Only if it is Done is there
	// something to go on with.
	Flight Flight

	m       messages
	version uint16
	// hello is the ClientHello without record headers, transcript all handshake
	// messages from it on, exchange the body of the ServerKeyExchange.
	hello, transcript, exchange []byte
	random                      [32]byte
	keys                        *sessionKeys
	release                     func() bool
}

// Begin sends h and reads the flight. Like Exchange it needs a fresh connection
// and obeys the deadline of ctx; End must be called when the session is over.
func Begin(ctx context.Context, c net.Conn, h *Hello) *Session {
	s := &Session{}
	s.m = messages{stream: stream{c: c}, flight: &s.Flight}
	s.random = h.Random
	if s.random == ([32]byte{}) {
		s.random = fixedRandom
	}
	s.release = s.m.bind(ctx)
	records := h.AppendTo(nil)
	if len(records) == 0 {
		s.Flight.Err = errEmptyHello
		return s
	}
	s.hello = h.appendMessage(nil)
	s.transcript = bytes.Clone(s.hello)
	err := s.begin(records)
	s.m.conclude(ctx, err)
	s.version = s.Flight.Version
	return s
}

// End unties the session from its context. It does not close the connection.
func (s *Session) End() { s.release() }

func (s *Session) begin(records []byte) error {
	if err := s.m.send(records); err != nil {
		return err
	}
	if err := s.m.first(false); err != nil || s.Flight.Outcome != Nothing {
		return err
	}
	for {
		message, err := s.m.next()
		if errors.Is(err, errCCS) {
			s.Flight.Resumed = true
			return nil
		}
		if err != nil {
			return err
		}
		if len(message) > maxFlight-len(s.transcript) {
			return tooLarge("more than %d bytes of handshake messages", maxFlight)
		}
		s.transcript = append(s.transcript, message...)
		if message[0] == typeServerKeyExchange {
			s.exchange = bytes.Clone(message[4:])
		}
		done, err := s.Flight.message(message[0], message[4:])
		if err != nil || done {
			return err
		}
	}
}

// Open reports whether the server waits for the client's part: its flight was
// read to ServerHelloDone at a version that has one.
func (s *Session) Open() bool {
	return s.Flight.Done && !s.Flight.Resumed && s.Flight.Outcome == ServerHello && s.version >= 0x0300 && s.version < 0x0304
}

// Send writes bytes as they are. That the peer hung up is no error: see send.
func (s *Session) Send(b []byte) error { return s.m.send(b) }

// Record makes one record of the session's version.
func (s *Session) Record(kind uint8, payload []byte) []byte {
	v := s.version
	b := []byte{kind, byte(v >> 8), byte(v), byte(len(payload) >> 8), byte(len(payload))}
	return append(b, payload...)
}

// Reaction is what came back on something sent in a session. Two that are equal
// cannot be told apart by what was sent.
type Reaction struct {
	// Outcome is Alert, Closed (the connection ended, in whichever way: whether
	// by FIN or RST depends on what was under way), Timeout for silence,
	// Cancelled, or ServerHello for a record that is no alert.
	Outcome Outcome
	// Alert is the description, with Outcome Alert.
	Alert uint8
	// Record is the type of the record that came, and Length that of its
	// payload; of the payload itself nothing is kept. Both are 0 without one.
	Record uint8
	Length int
}

// React waits for the next record, at most as long as wait and the deadline of
// the session. A record that has come is read and forgotten.
func (s *Session) React(ctx context.Context, wait time.Duration) Reaction {
	until := time.Now().Add(wait)
	if s.m.limit.Before(until) {
		until = s.m.limit
	}
	_ = s.m.c.SetReadDeadline(until)
	if ctx.Err() != nil {
		_ = s.m.c.SetReadDeadline(past) // the function that does this on its own may have run before
	}
	header, payload, err := s.m.record()
	switch outcome := outcomeOf(ctx, err); {
	case err == nil:
	case outcome == Reset:
		return Reaction{Outcome: Closed}
	default:
		return Reaction{Outcome: outcome}
	}
	defer clear(payload)
	if header[0] == recordAlert && len(payload) == 2 {
		return Reaction{Outcome: Alert, Alert: payload[1], Record: recordAlert, Length: 2}
	}
	return Reaction{Outcome: ServerHello, Record: header[0], Length: len(payload)}
}
