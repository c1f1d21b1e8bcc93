package scanner

import (
	"bytes"
	"slices"

	ztls "github.com/zmap/zcrypto/tls"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// session is what a full handshake up to TLS 1.2 left behind.
type session struct {
	version, suite uint16
	// id is the number the server gave the session, ticket what it handed out
	// instead; either may be empty.
	id, ticket []byte
	// lifetime is how long the ticket is said to be good for, in seconds.
	lifetime uint32
	renewal  *renewal
}

// keepSession takes out of a completed handshake what the session can be
// resumed with.
func (e *endpoint) keepSession(conn *ztls.Conn) *session {
	state, log := conn.ConnectionState(), conn.GetHandshakeLog()
	if log == nil || log.ServerHello == nil {
		return nil
	}
	s := &session{version: state.Version, suite: state.CipherSuite, id: bytes.Clone(log.ServerHello.SessionID)}
	if t := log.SessionTicket; t != nil {
		s.ticket, s.lifetime = bytes.Clone(t.Value), t.LifetimeHint
	}
	return s
}

// renew tries to renew the session of conn, which is the one of s or one like
// it. The connection is used up.
func (s *session) renew(e *endpoint, x *version, conn *ztls.Conn, w *recordWatch) {
	log := conn.GetHandshakeLog()
	if s == nil || log == nil || log.ServerHello == nil || log.ClientFinished == nil || len(log.ClientFinished.VerifyData) == 0 {
		return
	}
	bound := slices.Contains(log.ServerHello.ExtensionIdentifiers, wire.ExtRenegotiationInfo)
	var verify []byte
	if bound {
		verify = log.ClientFinished.VerifyData
	}
	r := e.renegotiate(conn, w, renewedHello(e.sni, conn.ConnectionState().Version, completable(x), verify), bound)
	s.renewal = &r
}

// sawCompletion files what the full handshake showed about client
// certificates. It says nothing if the handshake failed for another reason.
func (x *version) sawCompletion(done *completion) {
	f := audit.FeatureFact{Name: audit.FeatureClientCertificateRequired, Version: x.Version}
	switch {
	case done.err == nil && !done.asked:
		f.Answer, f.Evidence = audit.Refused, "the handshake completed without a CertificateRequest"
	case done.err == nil:
		f.Answer, f.Evidence = audit.Refused, "the handshake completed with an empty Certificate"
	case done.asked && remoteAlert(done.err):
		f.Answer, f.Evidence = audit.Accepted, "empty Certificate: "+plain(done.err)
	case done.asked:
		f.Answer, f.Evidence = audit.Undetermined, "empty Certificate: "+plain(done.err)
	default:
		return
	}
	x.asked = append(x.asked, f)
}
