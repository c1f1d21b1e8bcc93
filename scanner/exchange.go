package scanner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"tlsaudit/scanner/wire"
)

// Backoffs before a further try: after a connection that went unanswered, and
// after a peer that asked us to come back later.
var (
	retryWaits    = []time.Duration{300 * time.Millisecond, time.Second, time.Second, 2 * time.Second}
	throttleWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
)

// breath is left between questions put alone.
const breath = 100 * time.Millisecond

// errGone is the reason for questions not put any more.
var errGone = errors.New("the endpoint no longer answers what it answered before")

// ask puts a question until it is answered in some definite way, or several
// tries went unanswered: a peer under load drops connections, and that must
// not look like a refusal.
func (e *endpoint) ask(ctx context.Context, q question) reply {
	return e.askTimes(ctx, q, e.tries())
}

func (e *endpoint) askTimes(ctx context.Context, q question, tries int) (r reply) {
	if why := e.goneFor(); why != nil {
		return reply{Flight: wire.Flight{Err: why}}
	}
	alive := e.isAlive()
	for try := 1; ; try++ {
		wait := e.timing.patience(e.timing.hello, try >= tries)
		if r.Outcome == wire.Timeout && !e.isHeard() {
			wait = e.timing.hello / 4 // it had its time; this is for a connection lost on the way
		}
		e.turn.RLock()
		r = e.attempt(ctx, q, wait)
		e.turn.RUnlock()
		r.tries = try
		if e.concluded(ctx, q, &r) {
			return r
		}
		waits := retryWaits
		if r.throttled() {
			waits, tries = throttleWaits, len(throttleWaits)+1
		}
		if try >= tries || try > 1 && r.awaited() && !e.isHeard() {
			break // a peer that was never heard is not waited for a third time
		}
		wait = e.timing.scaled(waits[min(try, len(waits))-1])
		if r.throttled() {
			e.host.strained(wait)
		}
		if !sleep(ctx, wait+rand.N(wait/4+1)) {
			r.cancel(ctx)
			return r
		}
	}
	if alive && !r.throttled() && r.Outcome != wire.Timeout && e.alone(ctx, q, tries, &r) {
		return r
	}
	if r.throttled() || r.Outcome == wire.DialFailed {
		e.leave()
	}
	return r
}

// awaited reports whether a connection was made and time ran out on it, before
// TLS or in it.
func (r *reply) awaited() bool {
	return r.Outcome == wire.Timeout || r.upgrade == nil && r.Outcome == wire.DialFailed && timedOut(r.Err)
}

// isHeard reports whether the peer has ever answered in TLS.
func (e *endpoint) isHeard() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.good != nil || e.longest > 0
}

// alone puts a question several times while no other is put, with a breath
// before each for a peer that takes one connection at a time. Questions in
// turns can fall into step with a peer that drops every n-th connection, as a
// load balancer with a dead server behind it does; then one of them would meet
// the dead server each time.
func (e *endpoint) alone(ctx context.Context, q question, tries int, r *reply) bool {
	e.turn.Lock()
	defer e.turn.Unlock()
	for range tries {
		if !sleep(ctx, e.timing.scaled(breath)) {
			r.cancel(ctx)
			return true
		}
		n := r.tries + 1
		*r = e.attempt(ctx, q, e.timing.hello)
		r.tries = n
		if e.concluded(ctx, q, r) {
			return true
		}
	}
	return false
}

// concluded reports whether a reply needs no further try, and files it if so.
func (e *endpoint) concluded(ctx context.Context, q question, r *reply) bool {
	if e.s.verbose {
		e.s.opt.Logf("%s %s: %s", e.target.Subject(), q.about, r.text())
	}
	switch {
	case r.Outcome == wire.Nothing: // there was no connection left to put it on
		return true
	case ctx.Err() != nil && !r.hit():
		r.cancel(ctx)
		return true
	case r.throttled(), r.quiet(), r.upgrade == nil && r.Outcome == wire.DialFailed, r.Outcome == wire.NotTLS && e.isAlive():
		if !r.awaited() || e.isHeard() {
			e.host.strained(0) // what was never heard is not known to be strained
		}
		return false
	}
	e.settle(q, r, r.tries > 1)
	return true
}

// settle files a definite reply.
func (e *endpoint) settle(q question, r *reply, repeated bool) {
	e.host.answered()
	if repeated {
		e.sawFlaky()
	}
	if r.tls() {
		e.sawAnswer(len(q.hello))
	}
	if r.hit() {
		e.timing.observe(r.waited)
		if r.Stop == wire.Timeout {
			e.timing.stalled()
		}
		e.sawGood(q, r)
		if !q.foreign {
			e.sawCertificates(&r.Flight, !q.bare)
			e.sawCertificateRequest(&r.Flight)
		}
		e.sawPrime(&r.Flight)
		e.sawValue(&r.Flight)
	}
}

// attempt opens one connection and puts the question once. The first byte of
// the answer is waited for as long as first says, counted from the hello.
func (e *endpoint) attempt(ctx context.Context, q question, first time.Duration) (r reply) {
	defer func() {
		if p := recover(); p != nil {
			r.Outcome, r.Err = wire.Malformed, fmt.Errorf("internal error: %v", p)
			e.note(fmt.Sprintf("internal error in an exchange (%s): %v", q.about, p))
		}
		r.ended = e.tick()
		if r.quiet() || r.Outcome == wire.DialFailed {
			e.timing.sent(r.quiet())
		}
	}()
	c, release, err := e.connect(ctx)
	defer release()
	r.began = e.tick()
	switch {
	case outOfBudget(err):
		r.Err = err
		return r
	case err != nil:
		r.Outcome, r.Err = wire.DialFailed, dialFault(err, e.timing.connect)
		return r
	}
	defer abort(c)
	if err := e.upgrade(ctx, c); err != nil {
		// The hello was never sent, so this can be no answer to it.
		r.Outcome, r.Err = wire.DialFailed, err
		errors.As(err, &r.upgrade)
		return r
	}
	full := e.timing.hello
	if q.until == wire.UntilKeyExchange {
		full = e.timing.exchange
	}
	patient := newPatientConn(c, first, e.timing.between())
	if q.read != nil {
		wait, cancel := context.WithTimeout(ctx, full)
		defer cancel()
		r.Flight = q.read(wait, patient)
	} else {
		r.Flight = wire.Exchange(deadline{ctx, patient.began.Add(full)}, patient, q.hello, q.until)
	}
	r.waited = patient.waited()
	if r.Outcome == wire.NotTLS {
		e.sawText(r.First)
	}
	return r
}

// deadline is a context for wire.Exchange and net.Dialer alone, which put the
// deadline on the connection: nothing ends with it, so it needs no timer, as
// those of package context do.
type deadline struct {
	context.Context
	at time.Time
}

// Deadline implements context.Context.
func (d deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// upgrade leads a fresh connection to the point where TLS begins.
func (e *endpoint) upgrade(ctx context.Context, c net.Conn) error {
	if !e.proto.upgrades() {
		return nil
	}
	d := dialogue{conn: c, name: e.s.opt.EHLO, peer: e.target.Name(), timing: e.timing}
	err := d.run(ctx, e.proto, e.firstUpgrade())
	e.hear(&d.heard, err)
	return err
}

// sleep waits and reports whether the context is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
