package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"tlsaudit/audit"
)

// TestPlain: the same fault reads the same each time, whatever port it came
// over.
func TestPlain(t *testing.T) {
	local := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:54321"))
	over := func(op string, err error) error {
		return &net.OpError{Op: op, Net: "tcp", Source: local, Addr: local, Err: err}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{over("read", os.NewSyscallError("read", syscall.ECONNRESET)), "reset"},
		{over("dial", os.NewSyscallError("connect", syscall.ECONNREFUSED)), "connection refused"},
		{over("dial", os.NewSyscallError("connect", syscall.EHOSTUNREACH)), "no route to host"},
		{over("dial", os.NewSyscallError("connect", syscall.ENETUNREACH)), "network is unreachable"},
		{over("dial", os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)), syscall.EADDRNOTAVAIL.Error()},
		{over("write", os.NewSyscallError("write", syscall.EPIPE)), "closed"},
		{over("read", os.ErrDeadlineExceeded), "timed out"},
		{fmt.Errorf("banner: %w", over("read", os.ErrDeadlineExceeded)), "timed out"},
		{over("read", net.ErrClosed), "closed"},
		{io.EOF, "closed"},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), "closed"},
		{context.DeadlineExceeded, "timed out"},
		{context.Canceled, "interrupted"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, "the server ended it: handshake failure"},
		{&net.OpError{Op: "local error", Err: errors.New("tls: bad record MAC")}, "ended here: bad record MAC"},
		{errors.New("tls: server selected an unoffered suite"), "server selected an unoffered suite"},
		{errors.New("tls: invalid signature: crypto/rsa: verification error"), "invalid signature: verification error"},
		{&net.DNSError{Err: "server misbehaving", Name: "a.example.com", Server: "192.0.2.53:53"}, "server misbehaving"},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, "timed out"},
		{&worded{"EHLO: reset", over("read", syscall.ECONNRESET)}, "EHLO: reset"},
		{&upgradeError{upgradeRefused, "STARTTLS answered 502"}, "STARTTLS answered 502"},
	} {
		if got := plain(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	if err := (&worded{"EHLO: closed", io.EOF}); !brokenOff(err) {
		t.Error("words hide the kind of an error")
	}
}

// TestHandshakeReason: two attempts that end alike have one reason.
func TestHandshakeReason(t *testing.T) {
	for want, reasons := range map[string][]string{
		"closed":                 {"closed", "closed"},
		"timed out; then: reset": {"timed out", "reset"},
	} {
		out := new(audit.Handshake)
		new(endpoint).describe(out, completion{err: io.EOF}, reasons)
		if out.Reason != want || out.Completed == audit.Accepted {
			t.Errorf("%q, want %q", out.Reason, want)
		}
	}
}
