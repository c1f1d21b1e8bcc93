package scanner

import (
	"context"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// askTicketbleed takes a session up by its ticket with a session id of one byte
// (RFC 5077 section 3.4: the server sends back the same). A server with the flaw
// fills its answer up to 32 bytes with memory; they are counted and dropped.
func (e *endpoint) askTicketbleed(ctx context.Context, x *version) []flaw {
	suites := x.suitesWith(func(s tlsreg.Suite) bool { known, _ := wire.Keyed(uint16(s.Code)); return known })
	if !x.did(audit.FeatureSessionTicket) || len(suites) == 0 {
		return nil
	}
	suites = suites[:min(len(suites), tiny)]
	f := flaw{x: x, fact: audit.FeatureFact{Name: audit.FeatureTicketbleed}}
	ticket, suite, why := e.takeTicket(ctx, x, suites)
	if ticket == nil {
		f.set(audit.Undetermined, "no ticket to take a session up with: %s", why)
		return []flaw{f}
	}
	leaked := 0
	for _, id := range []byte{0x4A, 0xB5} {
		r := e.takeUp(ctx, x, suite, ticket, []byte{id})
		f.negative = r.ended
		n, echoed := len(r.SessionID), len(r.SessionID) > 0 && r.SessionID[0] == id
		clear(r.SessionID)
		switch {
		case !r.is(x.Version):
			f.set(audit.Undetermined, "a ticket with a session id of one byte: %s", r.text())
			return []flaw{f}
		case !r.Resumed && leaked == 0:
			// Either it takes up no session, or none with such an id.
			whole := e.takeUp(ctx, x, suite, ticket, fullSessionID())
			if f.set(audit.Undetermined, "the server took up no session, whatever the session id"); whole.is(x.Version) && whole.Resumed {
				f.set(audit.Refused, "a session is taken up with a session id of 32 bytes and not with one of one byte")
			}
			return []flaw{f}
		case r.Resumed && n <= 1:
			f.set(audit.Refused, "a session id of one byte was answered with one of %d", n)
			if leaked > 0 {
				f.set(audit.Undetermined, "a session id of one byte was answered with one of %d bytes, and then with one of %d", leaked, n)
			}
			return []flaw{f}
		case !r.Resumed || !echoed:
			f.set(audit.Undetermined, "a session id of one byte was answered with another")
			return []flaw{f}
		}
		leaked = n
	}
	f.set(audit.Accepted, "a session id of one byte was answered with one of %d, twice; what was added was not looked at", leaked)
	return []flaw{f}
}

// takeTicket completes the client's part of a handshake for the ticket in the
// answer.
func (e *endpoint) takeTicket(ctx context.Context, x *version, suites []uint16) (ticket []byte, suite uint16, why string) {
	ending := wire.Nothing
	r, err := e.converse(ctx, conversation{
		x: x, suites: suites, about: "a ticket",
		edit: func(h *wire.Hello) { h.Groups = []uint16{29, 23, 24, 25} },
		act: func(ctx context.Context, s *wire.Session) error {
			key, err := rsaKey(&s.Flight)
			if keyExchangeName(s.Flight.Suite) != "RSA" {
				err = nil
			}
			if err == nil {
				err = s.Key(key)
			}
			if err != nil {
				return err
			}
			records, err := s.Finish(wire.SealRight)
			if err != nil {
				return err
			}
			if err := s.Send(records); err != nil {
				return err
			}
			ticket, _, ending = s.Ticket(ctx, 2*e.timing.reaction())
			return nil
		},
	})
	switch {
	case err != nil:
		return nil, 0, plain(err)
	case ticket == nil && ending == wire.ServerHello:
		return nil, 0, "the handshake completed without one"
	case ticket == nil:
		return nil, 0, "the handshake did not complete: " + ending.String()
	}
	return ticket, r.Suite, ""
}

// takeUp offers a ticket with a session id.
func (e *endpoint) takeUp(ctx context.Context, x *version, suite uint16, ticket, id []byte) reply {
	h := e.hello(x.Version, x.style, []uint16{suite})
	h.ETM, h.TicketData, h.SessionID = false, ticket, id
	h.Groups = []uint16{29, 23, 24, 25}
	return e.ask(ctx, question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, about: x.Version.String() + ", a session id"})
}

func fullSessionID() []byte {
	id := make([]byte, 32)
	for i := range id {
		id[i] = byte(i) + 1
	}
	return id
}
