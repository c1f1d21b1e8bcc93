package scanner

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	ztls "github.com/zmap/zcrypto/tls"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// renewal is what became of a new handshake begun within a session.
type renewal struct {
	answer   audit.Answer
	evidence string
	// bound: the new handshake was bound to the session (RFC 5746).
	bound bool
	// negative is when it was refused, if it was: to be confirmed.
	negative uint64
	// wordless: it was refused by the end of the connection, which may have had
	// another reason.
	wordless bool
}

// twice doubts a refusal without words: another session must end in the same
// way. again tries once more.
func (r renewal) twice(again func() *renewal) renewal {
	if !r.wordless {
		return r
	}
	s := again()
	switch {
	case s == nil:
		r.evidence += "; no session was made to try again"
	case s.answer == audit.Refused:
		s.evidence = r.evidence + ", twice"
		return *s
	case s.answer == audit.Accepted:
		return *s
	default:
		r.evidence += "; then " + s.evidence
	}
	r.answer, r.negative = audit.Undetermined, 0
	return r
}

// renegotiate begins a new handshake on conn with a hello of its own, which it
// does not go on with: a ServerHello is enough of an answer. The connection is
// used up.
func (e *endpoint) renegotiate(conn *ztls.Conn, w *recordWatch, hello []byte, bound bool) (r renewal) {
	r = renewal{answer: audit.Undetermined, bound: bound}
	defer func() {
		if r.answer == audit.Refused {
			r.negative = e.tick()
		}
	}()
	w.armed = true
	_ = conn.SetReadDeadline(time.Now().Add(e.timing.patience(e.timing.hello, false)))
	var err error
	if _, err = conn.WriteRecord(22, hello); err == nil {
		// What the application says meanwhile is no answer.
		for b := make([]byte, 4096); err == nil && len(w.kinds) < maxWatched; {
			_, err = conn.Read(b)
		}
	}
	switch {
	case err == nil:
		r.evidence = "much data of the application, but no answer to a new ClientHello"
	case slices.Contains(w.kinds, 22) && strings.Contains(err.Error(), "serverHelloMsg"):
		r.answer, r.evidence = audit.Accepted, "ServerHello to a new ClientHello within the session"
	case errors.Is(err, errAlerted):
		r.answer, r.evidence = audit.Refused, "warning alert to a new ClientHello within the session"
	case remoteAlert(err):
		r.answer, r.evidence = audit.Refused, plain(err)+", to a new ClientHello within the session"
	case timedOut(err):
		r.evidence = "no answer to a new ClientHello within the session"
	case plain(err) == "closed", plain(err) == "reset":
		r.wordless = true
		r.answer, r.evidence = audit.Refused, "connection "+plain(err)+" at a new ClientHello within the session"
	default:
		r.evidence = plain(err)
	}
	return r
}

// renewedHello is the message with which a client begins a new handshake.
// verify is what its last Finished said, nil to leave the binding out.
func renewedHello(sni string, version uint16, suites []uint16, verify []byte) []byte {
	h := wire.Hello{
		Version: version, Suites: suites, SNI: sni,
		Groups: wire.WideGroups, SigAlgs: wire.WideSigAlgs, Minimal: version < uint16(audit.TLSv10),
	}
	if verify != nil {
		h.Extra = []wire.Extension{{Type: wire.ExtRenegotiationInfo, Data: append([]byte{byte(len(verify))}, verify...)}}
	}
	_, _ = rand.Read(h.Random[:])
	return h.AppendTo(nil)[5:] // shorter than a record
}

// askUnbound makes a handshake that says nothing of RFC 5746, as clients of
// before 2010 do, and tries to renew it.
func (e *endpoint) askUnbound(ctx context.Context, x *version) *renewal {
	suites := completable(x)
	if len(suites) == 0 || x.style != stylePlain {
		return nil
	}
	var r *renewal
	done := e.keyed(ctx, func(c net.Conn) (done completion) {
		h := wire.Hello{
			Version: uint16(x.Version), Suites: suites, SNI: e.sni, SigAlgs: unboundSchemes,
			Groups: []uint16{29, 23, 24, 25},
		}
		_, _ = rand.Read(h.Random[:])
		config := zcryptoConfig(e.sni, x, suites, &done.asked)
		config.ExternalClientHello = h.AppendTo(nil)[5:]
		w := &recordWatch{Conn: c}
		conn := ztls.Client(&guardConn{Conn: w}, config)
		if done.err = conn.Handshake(); done.err == nil {
			got := e.renegotiate(conn, w, renewedHello(e.sni, conn.ConnectionState().Version, suites, nil), false)
			r = &got
		}
		_ = conn.Close()
		return done
	})
	if r == nil {
		r = &renewal{answer: audit.Undetermined, evidence: "no session without RFC 5746: " + plain(done.err)}
		if remoteAlert(done.err) {
			// Who refuses such clients altogether does not renegotiate with them.
			r.answer, r.evidence, r.negative = audit.Refused, "clients without RFC 5746 are refused: "+plain(done.err), e.tick()
		}
	}
	return r
}

// unboundSchemes are signature schemes zcrypto verifies.
var unboundSchemes = []uint16{0x0804, 0x0403, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603, 0x0807, 0x0201, 0x0203}
