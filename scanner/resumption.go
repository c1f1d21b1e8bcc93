package scanner

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"

	ztls "github.com/zmap/zcrypto/tls"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askSessions asks what becomes of sessions: whether they can be resumed and
// renewed. The full handshake has brought what that takes, so that it costs a
// connection for TLS 1.2, and two for TLS 1.3.
func askSessions(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var newest *version // of those with a session to renew
	for _, x := range versions {
		switch {
		case x.Answer != audit.Accepted:
		case x.Version == audit.TLSv13:
			e.askSession13(ctx, x)
		case x.Version >= audit.TLSv10:
			newest = x
		}
	}
	if newest != nil && ctx.Err() == nil {
		e.askSession12(ctx, newest)
	}
}

// askSession12 asks about sessions up to TLS 1.2.
func (e *endpoint) askSession12(ctx context.Context, x *version) {
	s := x.session
	if s == nil {
		evidence := "no session was made"
		if len(completable(x)) == 0 {
			evidence = "none of the accepted suites is implemented here, so no session was made"
		}
		for _, name := range []audit.Feature{audit.FeatureClientRenegotiation, audit.FeatureTicketResumption, audit.FeatureSessionIDResumption} {
			x.asked = append(x.asked, audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Undetermined, Evidence: evidence})
		}
		return
	}
	deep := e.s.opt.Depth == DepthDeep
	if len(s.ticket) > 0 {
		x.asked = append(x.asked, audit.FeatureFact{
			Name: audit.FeatureTicketLifetime, Version: x.Version, Answer: audit.Accepted, Value: strconv.FormatUint(uint64(s.lifetime), 10), Evidence: "NewSessionTicket",
		}, e.askResumed(ctx, x, s, audit.FeatureTicketResumption))
	} else {
		x.asked = append(x.asked, audit.FeatureFact{Name: audit.FeatureTicketResumption, Version: x.Version, Answer: audit.Refused, Evidence: "no NewSessionTicket in a handshake that asked for one"})
	}
	switch {
	case len(s.ticket) == 0:
		x.asked = append(x.asked, e.askNumber(ctx, x, s))
	case deep:
		// With a ticket there is no number, as a rule.
		x.asked = append(x.asked, e.askNumber(ctx, x, e.sessionWithoutTicket(ctx, x)))
	}
	if s.renewal == nil {
		return
	}
	bound := s.renewal.twice(func() *renewal { return e.renewAgain(ctx, x) })
	var unbound *renewal
	if deep && bound.bound {
		if r := e.askUnbound(ctx, x); r != nil {
			two := r.twice(func() *renewal { return e.askUnbound(ctx, x) })
			unbound = &two
		}
	}
	e.settleRenewal(ctx, x, &bound, unbound)
}

// renewAgain makes another session and tries to renew it; nil if there is none.
func (e *endpoint) renewAgain(ctx context.Context, x *version) *renewal {
	s := &session{}
	_ = e.keyed(ctx, func(c net.Conn) completion {
		return zcryptoHandshake(c, e.sni, x, nil, func(conn *ztls.Conn, w *recordWatch, _ bool) { s.renew(e, x, conn, w) })
	})
	return s.renewal
}

// askNumber asks whether a session is resumed by its number.
func (e *endpoint) askNumber(ctx context.Context, x *version, s *session) audit.FeatureFact {
	f := audit.FeatureFact{Name: audit.FeatureSessionIDResumption, Version: x.Version}
	switch {
	case s == nil:
		f.Answer, f.Evidence = audit.Undetermined, "no session was made without a ticket"
	case len(s.id) == 0:
		f.Answer, f.Evidence = audit.Refused, "ServerHello without a session id"
	default:
		return e.askResumed(ctx, x, s, f.Name)
	}
	return f
}

// askResumed offers a session again, in a hello that needs no keys: the server
// has resumed it if it echoes the number and changes to encryption at once.
func (e *endpoint) askResumed(ctx context.Context, x *version, s *session, name audit.Feature) audit.FeatureFact {
	h := wire.Hello{
		Version: s.version, Suites: append(completable(x), renegotiation), SNI: e.sni,
		Groups: wire.WideGroups, SigAlgs: wire.WideSigAlgs, SessionID: s.id, PadTo: padTo,
		// No extended master secret: a session made without it must not be
		// resumed with it (RFC 7627 section 5.3).
	}
	if name == audit.FeatureTicketResumption {
		h.SessionID = []byte("tlsaudit: a session with a number")[:32] // echoed if the ticket is taken
		h.Extra = []wire.Extension{{Type: wire.ExtSessionTicket, Data: s.ticket}}
	}
	q := question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, bare: true, about: fmt.Sprintf("%s, %s", x.Version, name)}
	f := audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Undetermined}
	tries := 1
	if name == audit.FeatureSessionIDResumption {
		tries = 2 // several processes may share a port without sharing their memory
	}
	for range tries {
		r := e.ask(ctx, q)
		f.Answer, f.Evidence = audit.Undetermined, r.text()
		switch {
		case r.Version != s.version || !r.hit():
			return f
		case r.Resumed && string(r.SessionID) == string(h.SessionID):
			f.Answer, f.Evidence = audit.Accepted, r.text()+" with the same session id, and ChangeCipherSpec at once"
			return f
		case r.Done && !r.Resumed:
			f.Answer, f.Evidence = audit.Refused, r.text()+" and a full handshake"
		}
	}
	if f.Answer == audit.Refused && x.extendsSecret() {
		f = e.askExtended(ctx, x, f)
	}
	return f
}

// extendsSecret reports whether the server knows the extended master secret,
// with which zcrypto makes no session.
func (x *version) extendsSecret() bool {
	return slices.ContainsFunc(x.hits, func(h hit) bool { return h.said&markExtendedMasterSecret != 0 })
}

// askExtended doubts a refusal to resume a session without extended master
// secret, which a server that knows it may owe to that (RFC 7627 section 5.3;
// JSSE does). The standard library makes a session with it and resumes it, but
// by ticket only.
func (e *endpoint) askExtended(ctx context.Context, x *version, f audit.FeatureFact) audit.FeatureFact {
	if f.Name != audit.FeatureTicketResumption {
		f.Answer = audit.Undetermined
		f.Evidence += "; a session with extended_master_secret was not tried"
		return f
	}
	cache, resumed := tls.NewLRUClientSessionCache(1), false
	for range 2 {
		done := e.keyed(ctx, func(c net.Conn) (done completion) {
			config := standardConfig(e.sni, e.alpn, x.Version, &done.asked)
			config.ClientSessionCache = cache
			conn := tls.Client(c, config)
			done.err = conn.Handshake()
			resumed = conn.ConnectionState().DidResume
			_ = conn.Close()
			return done
		})
		if done.err != nil {
			f.Answer = audit.Undetermined
			f.Evidence += "; with extended_master_secret: " + plain(done.err)
			return f
		}
	}
	if resumed {
		f.Answer, f.Evidence = audit.Accepted, "a session with extended_master_secret was resumed"
	} else {
		f.Evidence += ", with extended_master_secret, too"
	}
	return f
}

// sessionWithoutTicket makes a session without asking for a ticket, so that the
// server has to give it a number if it wants to resume it.
func (e *endpoint) sessionWithoutTicket(ctx context.Context, x *version) (s *session) {
	_ = e.keyed(ctx, func(c net.Conn) (done completion) {
		config := zcryptoConfig(e.sni, x, completable(x), &done.asked)
		conn := ztls.Client(&guardConn{Conn: c}, config)
		if done.err = conn.Handshake(); done.err == nil {
			state, log := conn.ConnectionState(), conn.GetHandshakeLog()
			s = &session{version: state.Version, suite: state.CipherSuite, id: log.ServerHello.SessionID}
		}
		_ = conn.Close()
		return done
	})
	return s
}

// settleRenewal turns what became of renewed handshakes into facts. It is
// called when other questions have been answered since.
func (e *endpoint) settleRenewal(ctx context.Context, x *version, r, unbound *renewal) {
	file := func(name audit.Feature, r *renewal) {
		f := audit.FeatureFact{Name: name, Version: x.Version, Answer: r.answer, Evidence: r.evidence}
		if r.negative > 0 && !e.confirmed(ctx, r.negative) {
			f.Answer = audit.Undetermined
			f.Evidence += "; no control probe succeeded"
		}
		x.asked = append(x.asked, f)
	}
	file(audit.FeatureClientRenegotiation, r)
	switch {
	case unbound != nil:
		file(audit.FeatureInsecureRenegotiation, unbound)
	case !r.bound:
		// What was tried was not bound, because the server knows no binding.
		file(audit.FeatureInsecureRenegotiation, r)
	}
}
