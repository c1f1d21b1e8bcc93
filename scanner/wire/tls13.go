package wire

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
)

// Hello13 describes the hello of a keyed TLS 1.3 exchange. Nil lists mean the
// defaults named.
type Hello13 struct {
	SNI  string
	ALPN []string
	// Suites: AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305 by default.
	Suites []uint16
	// Groups: readable13 by default.
	Groups []uint16
	// SigAlgs: SigAlgs13 by default. This list chooses the certificate.
	SigAlgs []uint16
	// CertSigAlgs, when set, are what may sign certificates; else SigAlgs
	// speaks of them as well.
	CertSigAlgs []uint16
	// Share is the group the first hello carries a share of, which must be one
	// of Groups; 0 means the first of them for which there is an
	// implementation. If there is none, the key_share is empty.
	Share     uint16
	OCSP, SCT bool
	Heartbeat bool
	Extra     []Extension
}

// Flight13 is the flight of a TLS 1.3 server up to CertificateVerify. In the
// embedded Flight, Extensions are those of ServerHello, SigAlg is the scheme of
// CertificateVerify, and Done says that CertificateVerify was reached.
type Flight13 struct {
	Flight
	// EncryptedExtensions are the types in that message, in order.
	EncryptedExtensions []uint16
	// Retried: the server asked for another share, or for a cookie back, with
	// a HelloRetryRequest, which was followed.
	Retried bool
}

// readable13 are all the groups the reader can make a share of. The first is
// the one it sends.
var readable13 = []uint16{
	groupX25519, groupP256, groupP384, groupP521, groupX25519MLKEM768, groupSecP256r1MLKEM768, groupSecP384r1MLKEM1024,
	groupMLKEM1024, groupMLKEM768, groupFFDHE2048, groupFFDHE3072, groupFFDHE4096,
}

// maxCookie bounds the cookie of a HelloRetryRequest. Real ones hold a hash
// and a few hundred bytes of state; one near 64 KiB would not leave room for
// the other extensions of the second hello.
const maxCookie = 8 << 10

// ReadTLS13 makes a TLS 1.3 key exchange on a fresh connection, following one
// HelloRetryRequest, and reads the encrypted flight up to CertificateVerify.
// It sends no Finished, checks no signature and leaves the connection
// unusable. If the server chooses what the reader cannot do (AES-CCM, another
// group, TLS 1.2), Outcome keeps the answer and Stop is Unsupported. The
// deadline is that of Exchange.
func ReadTLS13(ctx context.Context, c net.Conn, h Hello13) Flight13 {
	f := Flight13{}
	r := reader13{flight: &f, messages: messages{stream: stream{c: c}, flight: &f.Flight}}
	defer r.bind(ctx)()
	err := r.exchange(h)
	if errors.Is(err, errEmptyHello) {
		f.Err = err
		return f
	}
	r.conclude(ctx, err)
	return f
}

// reader13 is a keyed exchange in progress.
type reader13 struct {
	messages
	flight *Flight13
	hello  Hello
	pair   *keyPair // of the share sent; nil if there is none
	// transcript holds the messages that the handshake keys depend on.
	transcript []byte
	// whole: the messages behind ServerHello are put into the transcript, too,
	// and shared is kept, the secret of the key exchange, with greeted, the
	// length of the transcript up to ServerHello. A handshake that is completed
	// needs them.
	whole   bool
	shared  []byte
	greeted int
}

func (r *reader13) exchange(h Hello13) error {
	if err := r.begin(h); err != nil {
		return err
	}
	if err := r.first(false); err != nil {
		return err
	}
	secrets, err := r.serverHello()
	if err != nil {
		return err
	}
	if r.flight.Outcome == HelloRetryRequest {
		if err := r.retry(secrets); err != nil {
			return err
		}
		if secrets, err = r.serverHello(); err != nil {
			return err
		}
		if r.flight.Outcome == HelloRetryRequest {
			return malformed("a second HelloRetryRequest")
		}
	}
	if err := r.unlock(secrets.share); err != nil {
		return err
	}
	return r.encryptedFlight()
}

// begin sends the first hello.
func (r *reader13) begin(h Hello13) error {
	r.hello = Hello{
		Version: 0x0303, Versions: []uint16{0x0304}, SNI: h.SNI, ALPN: h.ALPN, OCSP: h.OCSP, SCT: h.SCT, Heartbeat: h.Heartbeat,
		Suites: h.Suites, Groups: h.Groups, SigAlgs: h.SigAlgs, CertSigAlgs: h.CertSigAlgs, Shares: []KeyShare{}, Extra: h.Extra,
	}
	if r.hello.Suites == nil {
		r.hello.Suites = []uint16{0x1301, 0x1302, 0x1303}
	}
	if r.hello.Groups == nil {
		r.hello.Groups = readable13
	}
	if r.hello.SigAlgs == nil {
		r.hello.SigAlgs = SigAlgs13
	}
	share := h.Share
	if i := slices.IndexFunc(r.hello.Groups, hasShare); share == 0 && i >= 0 {
		share = r.hello.Groups[i]
	}
	if hasShare(share) {
		if err := r.share(share); err != nil {
			return err
		}
	}
	return r.sendHello()
}

// share makes a key pair of the group and puts it into the hello.
func (r *reader13) share(group uint16) error {
	pair, err := newKeyPair(group)
	if err != nil {
		return unsupported("the share: %w", err)
	}
	r.pair = pair
	r.hello.Shares = []KeyShare{{Group: group, Data: pair.public}}
	return nil
}

func (r *reader13) sendHello() error {
	records := r.hello.AppendTo(nil)
	if len(records) == 0 {
		return errEmptyHello
	}
	r.transcript = r.hello.appendMessage(r.transcript)
	return r.send(records)
}

// serverHello reads the next message, which must be a ServerHello of TLS 1.3,
// or a HelloRetryRequest.
func (r *reader13) serverHello() (helloSecrets, error) {
	message, err := r.next()
	if err != nil {
		return helloSecrets{}, err
	}
	if message[0] != typeServerHello {
		return helloSecrets{}, malformed("handshake message %d before ServerHello", message[0])
	}
	r.flight.Group = 0
	secrets, err := parseServerHello(message[4:], &r.flight.Flight)
	if err != nil {
		return secrets, err
	}
	if r.flight.Version != 0x0304 {
		return secrets, unsupported("the server chose version 0x%04X", r.flight.Version)
	}
	if _, ok := suite13Of(r.flight.Suite); !ok {
		return secrets, unsupported("no implementation of suite 0x%04X", r.flight.Suite)
	}
	if r.consumed != len(r.pending) {
		return secrets, malformed("clear-text messages behind ServerHello")
	}
	if r.flight.Outcome == HelloRetryRequest {
		// RFC 8446 section 4.4.1: a hash stands for the first hello.
		suite, _ := suite13Of(r.flight.Suite)
		h := suite.hash()
		h.Write(r.transcript)
		r.transcript = h.Sum([]byte{typeMessageHash, 0, 0, byte(h.Size())})
	}
	r.transcript = append(r.transcript, message...)
	return secrets, nil
}

// retry answers a HelloRetryRequest.
func (r *reader13) retry(secrets helloSecrets) error {
	group := r.flight.Group
	switch {
	case len(secrets.cookie) > maxCookie:
		return tooLarge("a cookie of %d bytes, more than the %d sent back", len(secrets.cookie), maxCookie)
	case group == 0 && len(secrets.cookie) == 0:
		return malformed("a HelloRetryRequest that changes nothing")
	case group != 0 && r.pair != nil && group == r.pair.group:
		return malformed("a HelloRetryRequest for group %d, whose share was sent", group)
	case group == 0 && r.pair == nil:
		return malformed("a HelloRetryRequest that names no group, although no share was sent")
	case group != 0 && !hasShare(group):
		return unsupported("no implementation of group %d", group)
	case group != 0 && !slices.Contains(r.hello.Groups, group):
		return malformed("a HelloRetryRequest for group %d, which was not offered", group)
	case group != 0:
		if err := r.share(group); err != nil {
			return err
		}
	}
	r.flight.Retried = true
	r.hello.Cookie = slices.Clone(secrets.cookie)
	r.hello.RecordVersion = 0x0303
	return r.sendHello()
}

// unlock derives the server's handshake key and sets the stream to it.
func (r *reader13) unlock(peer []byte) error {
	if r.pair == nil || r.flight.Group != r.pair.group {
		return malformed("a ServerHello with a share of group %d, which was not sent", r.flight.Group)
	}
	r.flight.Public = bytes.Clone(peer)
	secret, err := r.pair.secret(peer)
	if err != nil {
		return malformed("the share of the server: %w", err)
	}
	suite, _ := suite13Of(r.flight.Suite)
	d, err := suite.serverKey(secret, r.transcript)
	if err != nil {
		return unsupported("the key of suite 0x%04X: %w", r.flight.Suite, err)
	}
	r.open = d.open
	r.shared, r.greeted = secret, len(r.transcript)
	return nil
}

// encryptedFlight reads from EncryptedExtensions to CertificateVerify.
func (r *reader13) encryptedFlight() error {
	var last byte
	for {
		message, err := r.next()
		if err != nil {
			return err
		}
		if r.whole {
			r.transcript = append(r.transcript, message...)
		}
		done, err := r.flight.message(last, message[0], message[4:])
		if done || err != nil {
			return err
		}
		last = message[0]
	}
}
