package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"tlsaudit/audit"
)

// resolve returns the one address all connections of a scan go to: anycast and
// load balancers must not change the peer in mid-scan.
func (s *Scanner) resolve(ctx context.Context, t *audit.Target) (netip.AddrPort, error) {
	if t.IP.IsValid() {
		return netip.AddrPortFrom(t.IP.Unmap(), t.Port), nil
	}
	if ip, err := netip.ParseAddr(t.Host); err == nil {
		return netip.AddrPortFrom(ip.Unmap(), t.Port), nil
	}
	ips, err := s.opt.Lookup.some(ctx, t.Host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(ips[0].Unmap(), t.Port), nil
}

// serverName returns the name to send as SNI, or nothing for an address (RFC
// 6066 section 3).
func serverName(t *audit.Target) string {
	name := strings.TrimSuffix(t.Name(), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	return name
}

// connect opens one counted connection within the limits of the address. The
// function returned gives the place back; it is never nil.
func (e *endpoint) connect(ctx context.Context) (c net.Conn, release func(), err error) {
	return e.connectTo(ctx, e.addr)
}

// connectTo is connect for another port of the same address.
func (e *endpoint) connectTo(ctx context.Context, addr netip.AddrPort) (c net.Conn, release func(), err error) {
	if err := e.host.acquire(ctx); err != nil {
		return nil, func() {}, err
	}
	if err := e.s.inFlight.Acquire(ctx, 1); err != nil {
		e.host.release()
		return nil, func() {}, err
	}
	release = func() { e.s.inFlight.Release(1); e.host.release() }
	if err := e.host.spend(); err != nil {
		e.spend(err)
		return nil, release, err
	}
	if most := e.proto.Most; e.cost.connections.Add(1) > int64(most) && most > 0 {
		e.cost.connections.Add(-1)
		err := &spentError{most, "a server of this protocol"}
		e.spend(err)
		return nil, release, err
	}
	by := time.Now().Add(e.timing.connect)
	c, err = e.s.dial(ctx, addr, by)
	for isOurs(err) && time.Until(by) > breath && sleep(ctx, breath) {
		c, err = e.s.dial(ctx, addr, by)
	}
	if err != nil {
		return nil, release, err
	}
	return &countedConn{c, &e.cost}, release, nil
}

// dial opens a connection by a point in time. It goes to an address, so that
// neither a resolver nor a choice between addresses is needed, and without a
// timer: both are dear beside the rest of a short connection.
func (s *Scanner) dial(ctx context.Context, addr netip.AddrPort, by time.Time) (net.Conn, error) {
	if s.opt.Dial != nil {
		ctx, cancel := context.WithDeadline(ctx, by)
		defer cancel()
		return s.opt.Dial(ctx, "tcp", addr.String())
	}
	c, err := (&net.Dialer{KeepAlive: -1}).DialTCP(deadline{ctx, by}, "tcp", netip.AddrPort{}, addr)
	if err != nil {
		return nil, err // not a *net.TCPConn that is nil
	}
	return c, nil
}

// abort closes a connection at once. A scan opens many that it does not mean
// to use, and a reset leaves nothing in TIME_WAIT on either side.
func abort(c net.Conn) {
	if counted, ok := c.(*countedConn); ok {
		c = counted.Conn
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// isOurs reports whether a connection failed for want of something on this
// side: descriptors, ports or memory. That says nothing about the peer.
func isOurs(err error) bool {
	for _, known := range []error{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// dialFault says in one line why there was no connection.
func dialFault(err error, wait time.Duration) error {
	switch {
	case outOfBudget(err):
		return err
	case isOurs(err):
		return &worded{"no connection could be opened here: " + plain(err), err}
	case timedOut(err):
		return fmt.Errorf("no connection within %s", wait)
	}
	return errors.New(plain(err))
}

// worded is an error that has been put into plain words.
type worded struct {
	text string
	err  error
}

func (w *worded) Error() string { return w.text }
func (w *worded) Unwrap() error { return w.err }

// plain says what went wrong in words that are the same each time: without the
// ephemeral port of a connection, and without the names of Go's internals.
func plain(err error) string {
	if w := new(worded); errors.As(err, &w) {
		return w.text
	}
	if u := new(upgradeError); errors.As(err, &u) {
		return u.reason
	}
	for _, known := range []struct {
		err  error
		text string
	}{
		{context.Canceled, "interrupted"},
		{io.EOF, "closed"},
		{io.ErrUnexpectedEOF, "closed"},
		{net.ErrClosed, "closed"},
		{syscall.EPIPE, "closed"},
		{syscall.ECONNRESET, "reset"},
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.EHOSTUNREACH, "no route to host"},
		{syscall.ENETUNREACH, "network is unreachable"},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	if timedOut(err) {
		return "timed out"
	}
	if d := new(net.DNSError); errors.As(err, &d) {
		return d.Err
	}
	if op := new(net.OpError); errors.As(err, &op) && op.Err != nil {
		text := plain(op.Err)
		switch op.Op {
		case "remote error":
			return "the server ended it: " + text
		case "local error":
			return "ended here: " + text
		}
		return text
	}
	if s := new(os.SyscallError); errors.As(err, &s) {
		return s.Err.Error()
	}
	return packageNames.Replace(err.Error())
}

// packageNames takes the names of Go packages out of the text of an error.
var packageNames = strings.NewReplacer("tls: ", "", "x509: ", "", "asn1: ", "", "cipher: ", "", "crypto/rsa: ", "", "crypto/ecdsa: ", "")
