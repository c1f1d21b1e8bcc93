package scanner

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	ztls "github.com/zmap/zcrypto/tls"
	zx509 "github.com/zmap/zcrypto/x509"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// completion is the result of one handshake with keys.
type completion struct {
	version uint16
	suite   uint16
	group   uint16
	// asked: the server asked for a client certificate.
	asked bool
	err   error
}

// complete makes one full handshake, to prove that the endpoint does.
//
// zcrypto does it up to TLS 1.2, with the suites the standard library gave up,
// behind a guard that keeps unaffordable keys from it. TLS 1.3 hides its
// certificate from the guard, so there, and where zcrypto cannot, it is the
// standard library, which has bounds of its own.
func (e *endpoint) complete(ctx context.Context, versions []*version, inside func(net.Conn) bool) *audit.Handshake {
	out := &audit.Handshake{Completed: audit.Undetermined}
	var newest, newestOld *version
	for _, x := range versions {
		if x.Answer != audit.Accepted || x.Version < audit.TLSv10 {
			continue
		}
		newest = x
		if x.Version <= audit.TLSv12 {
			newestOld = x
		}
	}
	if newest == nil {
		out.Reason = "no version was accepted that a handshake could be completed in"
		return out
	}
	var done completion
	var reasons []string
	if newestOld != nil {
		done = e.completeOld(ctx, newestOld, inside)
		newestOld.sawCompletion(&done)
		if done.err != nil {
			reasons = append(reasons, plain(done.err))
		}
	}
	// What timed out once is not waited for again.
	if newestOld == nil || done.err != nil && !timedOut(done.err) {
		asked := done.asked
		done = e.keyed(ctx, func(c net.Conn) completion {
			return standardHandshake(c, e.sni, e.alpn, newest.Version, e.timing.floor, inside)
		})
		done.asked = done.asked || asked
		if done.err != nil {
			reasons = append(reasons, plain(done.err))
		}
	}
	e.describe(out, done, reasons)
	return out
}

// completeOld makes the full handshake up to TLS 1.2. Its session is kept, and
// then renewed; in a session of its own if the one before does not go on.
func (e *endpoint) completeOld(ctx context.Context, x *version, inside func(net.Conn) bool) completion {
	if e.s.opt.Depth == DepthQuick {
		return e.keyed(ctx, func(c net.Conn) completion { return zcryptoHandshake(c, e.sni, x, inside, nil) })
	}
	done := e.keyed(ctx, func(c net.Conn) completion {
		return zcryptoHandshake(c, e.sni, x, inside, func(conn *ztls.Conn, w *recordWatch, goesOn bool) {
			x.session = e.keepSession(conn)
			if goesOn {
				x.session.renew(e, x, conn, w)
			}
		})
	})
	if s := x.session; done.err == nil && s != nil && s.renewal == nil {
		s.renewal = e.renewAgain(ctx, x)
	}
	return done
}

func (e *endpoint) describe(out *audit.Handshake, done completion, reasons []string) {
	switch {
	case done.asked || e.askedForCertificate():
		out.ClientCertificate = audit.Accepted
	case done.err == nil:
		out.ClientCertificate = audit.Refused
	default:
		out.ClientCertificate = audit.Undetermined
	}
	if done.err != nil {
		out.Reason = strings.Join(slices.Compact(reasons), "; then: ")
		if out.ClientCertificate == audit.Accepted {
			out.Reason = "the server asks for a client certificate and ended the handshake without one: " + out.Reason
		}
		return
	}
	out.Completed = audit.Accepted
	out.Version = audit.Version(done.version)
	out.Suite = suiteName(done.suite)
	if done.group != 0 {
		out.Group = groupName(done.group)
	}
}

// keyed runs a handshake on a connection of its own, again if the connection
// was lost rather than ended in words or spoilt by what came over it.
func (e *endpoint) keyed(ctx context.Context, handshake func(net.Conn) completion) (done completion) {
	for try := range 3 {
		done = e.keyedOnce(ctx, handshake)
		if done.err == nil || done.asked || !brokenOff(done.err) || e.isGone() || ctx.Err() != nil {
			return done
		}
		if !sleep(ctx, e.timing.scaled(retryWaits[try])) {
			return done
		}
	}
	return done
}

func (e *endpoint) keyedOnce(ctx context.Context, handshake func(net.Conn) completion) (done completion) {
	defer e.contain("the full handshake", func() { done.err = cmp.Or(done.err, errors.New("the handshake failed internally")) })
	if why := e.goneFor(); why != nil {
		return completion{err: why}
	}
	c, release, err := e.connect(ctx)
	defer release()
	if err != nil {
		return completion{err: dialFault(err, e.timing.connect)}
	}
	defer c.Close()
	if err := e.upgrade(ctx, c); err != nil {
		return completion{err: err}
	}
	deadline := time.Now().Add(e.timing.exchange)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	_ = c.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	began := e.tick()
	done = handshake(c)
	if done.err == nil {
		e.mu.Lock()
		e.lastGood = max(e.lastGood, began)
		e.mu.Unlock()
	}
	return done
}

// remoteAlert reports whether the peer ended a handshake in words. Both
// libraries tell by the operation of the error: "remote error" for an alert
// received, "local error" for one sent.
func remoteAlert(err error) bool {
	op := new(net.OpError)
	return errors.As(err, &op) && op.Op == "remote error"
}

func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// brokenOff reports an error of the connection other than a passed deadline,
// which is not waited for twice, and a server that asks to come back later.
func brokenOff(err error) bool {
	var busy *upgradeError
	if errors.As(err, &busy) {
		return busy.kind == upgradeTemporary
	}
	op := new(net.OpError)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &op) && !op.Timeout() && op.Op != "remote error" && op.Op != "local error"
}

// zcryptoHandshake completes a handshake up to x.Version with the suites of x
// zcrypto implements. If after is set, a ticket is asked for, and after may use
// the connection up when all else is done.
func zcryptoHandshake(c net.Conn, sni string, x *version, inside func(net.Conn) bool, after func(conn *ztls.Conn, w *recordWatch, goesOn bool)) (done completion) {
	suites := completable(x)
	if len(suites) == 0 {
		return completion{err: errors.New("none of the accepted suites is implemented here")}
	}
	config := zcryptoConfig(sni, x, suites, &done.asked)
	config.ForceSessionTicketExt = after != nil && x.style == stylePlain
	watch := &recordWatch{Conn: c}
	conn := ztls.Client(&guardConn{Conn: watch}, config)
	if err := conn.Handshake(); err != nil {
		done.err = err
		return done
	}
	state := conn.ConnectionState()
	done.version, done.suite = state.Version, state.CipherSuite
	for _, h := range x.hits {
		if h.code == done.suite {
			done.group = h.flight.Group
		}
	}
	goesOn := inside == nil || inside(conn)
	if after != nil {
		after(conn, watch, goesOn)
	}
	_ = conn.Close()
	return done
}

// zcryptoConfig is for a handshake up to x.Version with some suites; asked is
// set when the server asks for a client certificate.
func zcryptoConfig(sni string, x *version, suites []uint16, asked *bool) *ztls.Config {
	return &ztls.Config{
		ServerName:         sni,
		InsecureSkipVerify: true,
		// Empty, not nil: nil loads the system's roots for nothing.
		RootCAs:      zx509.NewCertPool(),
		MinVersion:   uint16(audit.TLSv10),
		MaxVersion:   uint16(x.Version),
		CipherSuites: suites,
		ForceSuites:  true,
		GetClientCertificate: func(*ztls.CertificateRequestInfo) (*ztls.Certificate, error) {
			*asked = true
			return new(ztls.Certificate), nil
		},
	}
}

// completable returns the suites of x, or where they were not enumerated all
// suites, that zcrypto can complete.
func completable(x *version) []uint16 {
	list := codes(x.hits)
	if len(list) == 0 || x.quick != nil {
		list = candidatesFor(x.Version)
	}
	var out []uint16
	for _, code := range list {
		s, _ := tlsreg.SuiteByCode(audit.Code(code))
		signed := s.Status == "iana" && (s.Auth == "RSA" || s.Auth == "ECDSA" && s.KX == "ECDHE") && position(s.KX, "ECDHE", "DHE", "RSA") < 3
		cipher := s.Enc == "AES" && (s.Mode == "GCM" || s.Mode == "CBC" && s.MAC != "SHA384") || s.Enc == "CHACHA20" ||
			(s.Enc == "3DES" || s.Enc == "RC4" && s.KX != "DHE") && s.MAC == "SHA1"
		if signed && cipher && !s.Export {
			out = append(out, code)
		}
	}
	return out
}

// standardHandshake completes a handshake of the standard library.
func standardHandshake(c net.Conn, sni string, alpn []string, highest audit.Version, wait time.Duration, inside func(net.Conn) bool) (done completion) {
	conn := tls.Client(c, standardConfig(sni, alpn, highest, &done.asked))
	if err := conn.Handshake(); err != nil {
		done.err = err
		return done
	}
	state := conn.ConnectionState()
	done.version, done.suite, done.group = state.Version, state.CipherSuite, uint16(state.CurveID)
	if done.asked && state.Version == tls.VersionTLS13 {
		// In TLS 1.3 the client is done before the server has looked at what it
		// sent: a refusal comes with the first read.
		_ = c.SetReadDeadline(time.Now().Add(wait))
		if _, err := conn.Read(make([]byte, 1)); remoteAlert(err) {
			done.err = err
			return done
		}
	}
	if inside != nil {
		inside(conn)
	}
	_ = conn.Close()
	return done
}

// standardConfig is for a handshake of the standard library with all its
// suites; asked is set when the server asks for a client certificate.
func standardConfig(sni string, alpn []string, highest audit.Version, asked *bool) *tls.Config {
	var suites []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			suites = append(suites, s.ID)
		}
	}
	return &tls.Config{
		ServerName:         sni,
		InsecureSkipVerify: true, // trust is assessed from the chains read, by pki
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         uint16(highest),
		CipherSuites:       suites,
		NextProtos:         alpn,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			*asked = true
			return new(tls.Certificate), nil
		},
	}
}
