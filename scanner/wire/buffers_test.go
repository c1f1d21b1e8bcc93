package wire

import (
	"bytes"
	"fmt"
	"testing"
)

// TestFlightOutlivesBuffers: what an exchange brought back stays what it is when
// the buffers it was read into are used again.
func TestFlightOutlivesBuffers(t *testing.T) {
	for name, c := range map[string]struct{ hello, answer []byte }{
		"TLS 1.2":    {hello12().AppendTo(nil), inRecords(16384, flight12())},
		"SSLv2":      {SSL2Hello(), ssl2Answer(bytes.Repeat([]byte("DER"), 500), 0x010080)},
		"plain text": {hello12().AppendTo(nil), []byte("HTTP/1.1 400 Bad Request\r\n")},
	} {
		f := exchangeAndSpoil(t, &fakeConn{answer: c.answer}, c.hello)
		if f.before != f.after {
			t.Errorf("%s: was %s\nis %s", name, f.before, f.after)
		}
		if len(f.before) < 100 {
			t.Errorf("%s: there is nothing in %s", name, f.before)
		}
	}
}

// exchangeAndSpoil makes an exchange, overwrites the buffers it used and tells
// the flight before that and after.
func exchangeAndSpoil(t *testing.T, c *fakeConn, hello []byte) (told struct{ before, after string }) {
	t.Helper()
	f := Flight{}
	m := messages{stream: stream{c: c}, flight: &f}
	m.borrow()
	err := m.exchange(hello, UntilKeyExchange)
	m.conclude(t.Context(), err)
	told.before = fmt.Sprintf("%+v %+v", f, f.CertificateRequest)
	for _, b := range [][]byte{m.buf[:cap(m.buf)], m.pending[:cap(m.pending)]} {
		for i := range b {
			b[i] = 0xEE
		}
	}
	told.after = fmt.Sprintf("%+v %+v", f, f.CertificateRequest)
	m.giveBack()
	return told
}

// TestBuffersAreGivenBack: a peer that made a buffer grow does not keep it so.
func TestBuffersAreGivenBack(t *testing.T) {
	m := messages{flight: &Flight{}}
	m.borrow()
	b := m.borrowed
	m.buf, m.pending = make([]byte, mostKept+1), make([]byte, 10, mostKept+1)
	m.giveBack()
	if len(b.records) > mostKept || cap(b.messages) > mostKept {
		t.Errorf("%d and %d bytes kept", len(b.records), cap(b.messages))
	}
	if m.buf != nil || m.pending != nil || m.borrowed != nil {
		t.Error("what was given back is still in use")
	}
}
