package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"tlsaudit/audit"
)

// sametime is the community port of HCL Sametime, which may answer the Virtual
// Places protocol in clear, TLS, or both. An SSLv2 hello begins with 0x80,
// which is a keep-alive there, and is never sent.
var sametime = Protocol{
	Protocol: audit.Protocol{Name: "sametime", Ports: []uint16{1533}, Title: "HCL Sametime community (Virtual Places or TLS)"},
	PerHost:  3,
	Rate:     10,
	Budget:   2 * time.Minute,
	NoSSLv2:  true,
	begin:    func(ctx context.Context, e *endpoint) companion { return &legacy{first: e.askVP(ctx)} },
}

// legacy asks whether a community port still speaks without TLS.
type legacy struct {
	first  vpReply
	inside string // the answer to a VP handshake within TLS
}

// vpReply is the outcome of one VP probe.
type vpReply struct {
	vpAnswer
	err    error
	dialed bool
}

// silent reports that a handshake went out and not a byte came back.
func (r vpReply) silent() bool { return r.err != nil && r.dialed }

// decided reports that the answer tells the protocol.
func (r vpReply) decided() bool { return r.spoken || r.foreign }

func (r vpReply) describe() string {
	switch {
	case r.err == nil:
		return r.text
	case !r.dialed:
		return r.err.Error()
	case errors.Is(r.err, io.EOF):
		return "closed without a byte"
	case errors.Is(r.err, os.ErrDeadlineExceeded):
		return "no answer in time"
	}
	return "broken off: " + plain(r.err)
}

// askVP sends one VP handshake on a connection of its own; again if there was
// no connection.
func (e *endpoint) askVP(ctx context.Context) (r vpReply) {
	for try := range 3 {
		r = e.askVPOnce(ctx)
		e.s.opt.Logf("%s Virtual Places: %s", e.target.Subject(), r.describe())
		if r.dialed || ctx.Err() != nil || outOfBudget(r.err) || !sleep(ctx, e.timing.scaled(retryWaits[try])) {
			return r
		}
	}
	return r
}

func (e *endpoint) askVPOnce(ctx context.Context) (r vpReply) {
	defer e.contain("a Virtual Places probe", func() { r = vpReply{vpAnswer: vpAnswer{text: "internal error"}, dialed: true} })
	c, release, err := e.connect(ctx)
	defer release()
	if err != nil {
		return vpReply{err: dialFault(err, e.timing.connect)}
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(e.timing.vp))
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r.dialed = true
	if _, r.err = c.Write(vpHandshake); r.err == nil {
		r.vpAnswer, r.err = readVP(c)
	}
	return r
}

// within repeats the question inside a completed TLS session: an answer there
// shows that it is a Sametime port and not something else with TLS.
func (l *legacy) within(c net.Conn) (goesOn bool) {
	if _, err := c.Write(vpHandshake); err != nil {
		return false
	}
	if a, err := readVP(c); err == nil && a.spoken {
		l.inside = a.text
	}
	return false
}

// conclude puts the two probes together.
func (l *legacy) conclude(ctx context.Context, e *endpoint, o *audit.Observation) {
	s := &audit.Sametime{Verdict: audit.SametimeUndetermined, TLS: audit.Undetermined, Legacy: audit.Undetermined}
	o.Sametime = s
	for _, f := range o.Versions {
		if f.Answer == audit.Accepted {
			s.TLS = audit.Accepted
		}
	}
	last, silent := l.askAgain(ctx, e, s.TLS == audit.Accepted)
	s.Answered = last.describe()
	switch {
	case last.spoken:
		s.Legacy = audit.Accepted
		if last.acknowledged {
			s.ServerVersion = fmt.Sprintf("%d.%d", last.major, last.minor)
		}
	case last.foreign:
		s.Legacy = audit.Refused
	case silent && e.confirmed(ctx, e.tick()):
		s.Legacy = audit.Refused
	case silent:
		s.Answered += ", but a ClientHello was not answered after it either"
	}
	if s.Legacy == audit.Accepted && s.TLS != audit.Accepted && o.Reach != audit.ReachTLS && ctx.Err() == nil {
		l.withoutTLS(ctx, e, o)
	}
	s.Verdict, s.Reason = sametimeVerdict(s, o)
	if l.inside != "" {
		e.note("Virtual Places inside TLS: " + l.inside)
	}
}

// askAgain repeats a question that was not decided, and reports whether the
// answer was silence each time: with TLS answering before and after, that is
// an answer. A peer with which nothing is heard in TLS is not waited for again.
func (l *legacy) askAgain(ctx context.Context, e *endpoint, tls bool) (last vpReply, silent bool) {
	last = l.first
	if last.decided() || last.silent() && !tls || e.isGone() {
		return last, false
	}
	silent = last.silent()
	for range e.tries() - 1 {
		if ctx.Err() != nil {
			return last, false
		}
		r := e.askVP(ctx)
		if r.decided() {
			return r, false
		}
		silent = silent && r.silent()
		if !r.silent() || last.silent() {
			last = r
		}
	}
	return last, silent && ctx.Err() == nil
}

// withoutTLS decides whether silence to a ClientHello means that there is no
// TLS: the legacy protocol reads it as the length of a frame and waits, or
// hangs up, but still answers its own handshake. That needs ClientHellos that
// were sent: a connection that was not made says nothing.
func (l *legacy) withoutTLS(ctx context.Context, e *endpoint, o *audit.Observation) {
	if o.Reach != audit.ReachNoTLS && e.timing.silence() < 2 {
		return
	}
	if again := e.askVP(ctx); again.spoken {
		o.Sametime.TLS = audit.Refused
		o.Reach = audit.ReachNoTLS
		o.Reason = "the port speaks Virtual Places and did not answer a ClientHello: " + o.Reason
	}
}

func sametimeVerdict(s *audit.Sametime, o *audit.Observation) (audit.SametimeVerdict, string) {
	switch {
	case s.Legacy == audit.Accepted && s.TLS == audit.Accepted:
		return audit.SametimeBoth, ""
	case s.Legacy == audit.Accepted && s.TLS == audit.Refused:
		return audit.SametimeLegacyOnly, ""
	case s.Legacy == audit.Refused && s.TLS == audit.Accepted:
		return audit.SametimeTLSOnly, ""
	case s.Legacy == audit.Refused && o.Reach == audit.ReachNoTLS:
		// Both were answered, in some other protocol.
		s.TLS = audit.Refused
		return audit.SametimeNeither, "the port speaks another protocol: " + s.Answered
	case s.Legacy == audit.Accepted:
		return audit.SametimeUndetermined, "Virtual Places is answered; whether TLS is too was not established"
	}
	if s.TLS == audit.Accepted {
		return audit.SametimeUndetermined, "TLS is answered; whether Virtual Places is too was not established: " + s.Answered
	}
	return audit.SametimeUndetermined, "neither protocol was answered: " + s.Answered
}
