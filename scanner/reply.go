package scanner

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// question is one hello and how much of the answer is wanted.
type question struct {
	hello []byte
	until wire.Until
	// read, when set, replaces hello: a keyed reader.
	read func(context.Context, net.Conn) wire.Flight
	// bare: the hello has no extensions, and so asks for no stapled response.
	bare bool
	// foreign: it is not put in the name of the target, and the certificates of
	// the answer are not for it.
	foreign bool
	// about names it in logs, such as "TLSv1.2, 287 suites".
	about string
}

// reply is what a question led to after all its tries.
type reply struct {
	wire.Flight
	// began and ended order the decisive attempt among all others of the scan.
	began, ended uint64
	tries        int
	waited       time.Duration
	// upgrade is set when the dialogue before TLS did not lead to it.
	upgrade *upgradeError
}

// hit reports whether the server agreed to a handshake.
func (r *reply) hit() bool {
	return r.Outcome == wire.ServerHello || r.Outcome == wire.HelloRetryRequest || r.Outcome == wire.SSL2ServerHello
}

// quiet reports whether the server said nothing: it may have meant no, or have
// been unable to answer.
func (r *reply) quiet() bool {
	return r.upgrade == nil && (r.Outcome == wire.Closed || r.Outcome == wire.Reset || r.Outcome == wire.Timeout)
}

// throttled reports whether the peer asked to come back later.
func (r *reply) throttled() bool { return r.upgrade != nil && r.upgrade.kind == upgradeTemporary }

// cancel turns r into a question that was given up.
func (r *reply) cancel(ctx context.Context) {
	r.Outcome, r.Err, r.upgrade = wire.Cancelled, context.Cause(ctx), nil
}

// tls reports whether a TLS record of a handshake came back.
func (r *reply) tls() bool {
	return r.hit() || r.Outcome == wire.Alert
}

// is reports whether the server agreed to version v.
func (r *reply) is(v audit.Version) bool {
	return r.hit() && audit.Version(r.Version) == v
}

func alertText(alert uint8) string {
	return fmt.Sprintf("alert %d %s", alert, tlsreg.AlertName(alert))
}

// text describes the reply in one line, as evidence.
func (r *reply) text() string {
	if r.upgrade != nil {
		return r.upgrade.reason
	}
	switch r.Outcome {
	case wire.ServerHello, wire.SSL2ServerHello:
		return "ServerHello " + audit.Version(r.Version).String()
	case wire.HelloRetryRequest:
		return "HelloRetryRequest " + audit.Version(r.Version).String()
	case wire.Alert:
		return alertText(r.Alert)
	case wire.Closed:
		return "connection closed after ClientHello"
	case wire.Reset:
		return "connection reset after ClientHello"
	case wire.Timeout:
		return "no answer to ClientHello in time"
	case wire.NotTLS:
		return "answered " + strconv.QuoteToASCII(string(r.First)) + " instead of TLS"
	case wire.SSL2Error:
		return fmt.Sprintf("SSLv2 error %d", r.Alert)
	case wire.Cancelled:
		return "interrupted"
	case wire.Nothing:
		if r.Err == nil {
			return "not asked"
		}
		return plain(r.Err)
	}
	if r.Err != nil {
		return fmt.Sprintf("%s: %s", r.Outcome, plain(r.Err))
	}
	return r.Outcome.String()
}
