package scanner

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// flaw is what one probe for a known flaw came to. A refusal is not yet a fact:
// negative is when it was met, and something must be answered after it.
type flaw struct {
	x        *version
	fact     audit.FeatureFact
	negative uint64
}

func (f *flaw) set(a audit.Answer, format string, args ...any) {
	f.fact.Answer, f.fact.Evidence = a, fmt.Sprintf(format, args...)
}

// askFlaws puts the probes for known flaws, each at the newest version at which
// it makes sense; where none does, the suites and features say so already, and
// nothing is asked. None completes a handshake that is not a right one, and none
// sends a request.
func askFlaws(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	var found []flaw
	for _, probe := range []func(context.Context, *version) []flaw{
		e.askCCS, e.askHeartbleed, e.askROBOT, e.askTicketbleed, e.askPadding,
	} {
		for _, x := range slices.Backward(versions) {
			if x.Answer != audit.Accepted || x.Version < audit.TLSv10 || x.Version > audit.TLSv12 || len(x.hits) == 0 {
				continue
			}
			if facts := probe(ctx, x); facts != nil {
				found = append(found, facts...)
				break
			}
		}
		if ctx.Err() != nil || e.isGone() {
			break
		}
	}
	e.fileFlaws(ctx, found)
}

// fileFlaws makes facts of what was found. One control probe serves all the
// refusals before it.
func (e *endpoint) fileFlaws(ctx context.Context, found []flaw) {
	for _, f := range found {
		f.fact.Version = f.x.Version
		if f.fact.Answer == audit.Refused && !e.confirmed(ctx, f.negative) {
			f.fact.Answer = audit.Undetermined
			f.fact.Evidence += "; no control probe succeeded"
		}
		f.x.asked = append(f.x.asked, f.fact)
	}
}

// conversation is a hello and what is done in the session it opens.
type conversation struct {
	x      *version
	suites []uint16
	about  string
	edit   func(*wire.Hello)
	act    func(context.Context, *wire.Session) error
}

// converse opens a session and acts in it. An error says why there was nothing
// to learn: the server did not come to ServerHelloDone, or act failed.
func (e *endpoint) converse(ctx context.Context, t conversation) (r reply, err error) {
	h := e.hello(t.x.Version, t.x.style, t.suites)
	h.ETM = false // sessions are keyed without it
	if t.edit != nil {
		t.edit(h)
	}
	r = e.ask(ctx, question{
		read: func(ctx context.Context, c net.Conn) wire.Flight {
			s := wire.Begin(ctx, c, h)
			defer s.End()
			if err = errNoSession; s.Open() {
				if p, ok := c.(*patientConn); ok {
					p.relax()
				}
				err = t.act(ctx, s)
			}
			return s.Flight
		},
		until: wire.UntilKeyExchange, bare: h.Minimal,
		about: t.x.Version.String() + ", " + t.about,
	})
	switch {
	case ctx.Err() != nil:
		return r, context.Cause(ctx)
	case !r.is(t.x.Version) || errors.Is(err, errNoSession):
		return r, fmt.Errorf("the server did not come to ServerHelloDone: %s", r.text())
	}
	return r, err
}

var errNoSession = errors.New("no session")

// react is Session.React with a wait that suits the server; times makes it
// longer.
func (e *endpoint) react(ctx context.Context, s *wire.Session, times int) wire.Reaction {
	return s.React(ctx, time.Duration(times)*e.timing.reaction())
}

// ended reports a reaction that says nothing, and may come of something else.
func ended(r wire.Reaction) bool { return r.Outcome == wire.Closed }

// reactionText describes a reaction, as evidence.
func reactionText(r wire.Reaction) string {
	switch {
	case r.Outcome == wire.Alert:
		return fmt.Sprintf("alert %d %s", r.Alert, tlsreg.AlertName(r.Alert))
	case r.Outcome == wire.Closed:
		return "end of the connection"
	case r.Outcome == wire.Timeout:
		return "silence"
	case r.Record == 20:
		return "ChangeCipherSpec"
	case r.Record != 0:
		return fmt.Sprintf("a record of type %d with %d bytes", r.Record, r.Length)
	}
	return r.Outcome.String()
}

// rsaKey reads the key of the certificate a server showed.
func rsaKey(f *wire.Flight) (wire.PublicKey, error) {
	if len(f.Certificates) == 0 {
		return wire.PublicKey{}, errors.New("the server showed no certificate")
	}
	c, err := x509.ParseCertificate(f.Certificates[0])
	if err != nil {
		return wire.PublicKey{}, fmt.Errorf("the certificate cannot be read: %w", err)
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return wire.PublicKey{}, errors.New("the certificate has no RSA key")
	}
	return wire.PublicKey{N: key.N, E: key.E}, nil
}

// suitesWith returns accepted suites of a kind, in the order found.
func (x *version) suitesWith(is func(tlsreg.Suite) bool) (suites []uint16) {
	for _, h := range x.hits {
		if s, ok := tlsreg.SuiteByCode(audit.Code(h.code)); ok && is(s) {
			suites = append(suites, h.code)
		}
	}
	return suites
}

// anySuites are those to offer when the probe does not depend on one.
func (x *version) anySuites() []uint16 {
	return x.sessionSuites(func(tlsreg.Suite) bool { return true })
}

// did reports whether the server was found to do something at this version.
func (x *version) did(name audit.Feature) bool {
	return slices.ContainsFunc(slices.Concat(x.seenFeatures(false), x.asked), func(f audit.FeatureFact) bool {
		return f.Name == name && f.Version == x.Version && f.Answer == audit.Accepted
	})
}
