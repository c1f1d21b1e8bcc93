package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

const (
	// maxWait bounds every exchange, whatever the deadline of its context.
	maxWait = 30 * time.Second
	// graceNotTLS is how long more of a plain-text answer is waited for.
	graceNotTLS = 200 * time.Millisecond
	maxFirst    = 64
)

// past is a deadline that makes every read and write return at once.
var past = time.Unix(1, 0)

// errEmptyHello is returned when AppendTo had nothing to say.
var errEmptyHello = errors.New("the hello could not be encoded; nothing was sent")

// Exchange sends hello, made by Hello.AppendTo or SSL2Hello, and reads the
// answer. It needs a fresh connection and leaves it unusable: the caller
// closes it. The deadline of ctx is absolute; 30 seconds are the most
// allowed.
func Exchange(ctx context.Context, c net.Conn, hello []byte, until Until) Flight {
	f := Flight{}
	if len(hello) == 0 {
		f.Err = errEmptyHello
		return f
	}
	m := messages{stream: stream{c: c}, flight: &f}
	m.borrow()
	defer m.giveBack()
	defer m.bind(ctx)()
	err := m.exchange(hello, until)
	m.conclude(ctx, err)
	return f
}

// bind ties the deadline and the cancellation of ctx to the connection. The
// function returned unties them.
func (m *messages) bind(ctx context.Context) (release func() bool) {
	m.limit = time.Now().Add(maxWait)
	if d, ok := ctx.Deadline(); ok && d.Before(m.limit) {
		m.limit = d
	}
	c := m.c
	_ = c.SetDeadline(m.limit)
	return context.AfterFunc(ctx, func() { _ = c.SetDeadline(past) })
}

func (m *messages) exchange(hello []byte, until Until) error {
	if err := m.send(hello); err != nil {
		return err
	}
	if err := m.first(isSSL2Hello(hello)); err != nil || m.flight.Outcome != Nothing {
		return err
	}
	return m.clear(until)
}

// send writes a hello. A peer that hangs up while we write may have said why
// before, so only a failure that ends reading as well is reported.
func (m *messages) send(hello []byte) error {
	_, err := m.c.Write(hello)
	var n net.Error
	if errors.As(err, &n) && n.Timeout() || errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// first looks at the first bytes of the answer and deals with all that is not
// TLS.
func (m *messages) first(ssl2 bool) error {
	b, err := m.peek(recordHeader)
	if len(b) == 0 {
		return err
	}
	if ssl2 && !isRecord(b) && b[0]&0x80 != 0 && err != nil {
		return err
	}
	if ssl2 && err == nil && !isRecord(b) {
		if header, length, padding, ok := ssl2Header(b); ok {
			b, err = m.peek(header + length)
			if err != nil {
				return err
			}
			return parseSSL2(b[header:header+length-padding], m.flight)
		}
	}
	if !isRecord(b) {
		m.notTLS(b)
		return &fault{NotTLS, errors.New("the answer is not TLS")}
	}
	return err
}

// notTLS keeps the beginning of an answer, up to the end of its first line.
// More of it is worth waiting for, but not long: the verdict stands.
func (m *messages) notTLS(b []byte) {
	if grace := time.Now().Add(graceNotTLS); grace.Before(m.limit) {
		_ = m.c.SetReadDeadline(grace)
	}
	for len(b) < maxFirst && !bytes.ContainsRune(b, '\n') {
		if _, err := m.peek(len(b) + 1); err != nil {
			break
		}
		b = m.buf[m.r:m.w]
	}
	m.flight.First = bytes.Clone(b[:min(len(b), maxFirst)])
}

// clear reads the messages of a clear-text flight.
func (m *messages) clear(until Until) error {
	f := m.flight
	for {
		message, err := m.next()
		if errors.Is(err, errCCS) {
			f.Resumed, f.Done = true, true
			return nil
		}
		if err != nil {
			return err
		}
		done, err := f.message(message[0], message[4:])
		if err != nil {
			return err
		}
		if done || until == UntilServerHello && f.Outcome != Nothing {
			f.Done = true
			return nil
		}
	}
}

// message reads one message of a clear-text flight and reports whether it was
// the last.
func (f *Flight) message(kind byte, body []byte) (done bool, err error) {
	if f.Outcome == Nothing {
		if kind != typeServerHello {
			return false, malformed("handshake message %d before ServerHello", kind)
		}
		_, err = parseServerHello(body, f)
		return f.Outcome == HelloRetryRequest || f.Version >= 0x0304, err
	}
	switch kind {
	case typeCertificate:
		if f.Certificates != nil {
			return false, malformed("a second Certificate")
		}
		return false, parseCertificate(body, f)
	case typeCertificateStatus:
		f.OCSP, err = parseCertificateStatus(body)
		return false, err
	case typeServerKeyExchange:
		if f.KeyExchange {
			return false, malformed("a second ServerKeyExchange")
		}
		return false, parseKeyExchange(body, f)
	case typeCertificateRequest:
		f.CertificateRequest, err = parseCertificateRequest(f.Version, body)
		return false, err
	case typeNewSessionTicket, typeSupplementalData:
		return false, nil
	case typeServerHelloDone:
		if len(body) > 0 {
			return false, malformed("ServerHelloDone with content")
		}
		return true, nil
	}
	return false, malformed("handshake message %d in the clear-text flight", kind)
}

// conclude turns the error that ended reading into an outcome, or into what
// cut the rest short if there is an answer already.
func (m *messages) conclude(ctx context.Context, err error) {
	f := m.flight
	f.Bytes = m.total
	switch {
	case err == nil:
		f.Done = true
	case f.Outcome == Nothing:
		f.Outcome, f.Err = outcomeOf(ctx, err), err
	default:
		f.Stop, f.Err = outcomeOf(ctx, err), err
	}
}

// isReset reports whether err is the network's word for a broken connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, io.ErrClosedPipe)
}
