package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// tiny is the number of suites, besides the signalling value, which no server
// finds too many.
const tiny = 15

// verdict is what one offer of a list came to.
type verdict uint8

const (
	open    verdict = iota // nothing can be concluded
	taken                  // one of the list was chosen
	none                   // the whole list was refused
	dropped                // silence, and no hello this long was ever answered
	balked                 // the hello was found faulty: the list may be too long
)

// refusal reports whether the server said in so many words that it takes none
// of what was offered: handshake_failure, protocol_version or
// insufficient_security (RFC 8446 section 6.2). Any other alert may be about
// something else.
func (r *reply) refusal() bool {
	return r.Outcome == wire.Alert && (r.Alert == 40 || r.Alert == 70 || r.Alert == 71)
}

// failure reports alert 40, which says that nothing offered is shared.
func (r *reply) failure() bool { return r.Outcome == wire.Alert && r.Alert == 40 }

// faulty reports whether the server found the hello itself wrong:
// illegal_parameter or decode_error. So say those with a bound on the list.
func (r *reply) faulty() bool {
	return r.Outcome == wire.Alert && (r.Alert == 47 || r.Alert == 50)
}

// tooMany reports whether r, the reply to q, may be about the number of suites
// in q: not if the server has dealt with as many.
func (e *endpoint) tooMany(q question, r *reply) bool {
	n := countSuites(q.hello)
	if !r.faulty() || n <= tiny+1 {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.good == nil || n > countSuites(e.good.hello)
}

// countSuites counts the suites in a hello, 0 if it is none of TLS.
func countSuites(hello []byte) int {
	const session = 5 + 4 + 2 + 32 // record and message headers, version, random
	if len(hello) <= session || hello[0] != 22 {
		return 0
	}
	at := session + 1 + int(hello[session])
	if len(hello) < at+2 {
		return 0
	}
	return (int(hello[at])<<8 | int(hello[at+1])) / 2
}

// judge judges the reply to q, an offer of list at version v; chosen names the
// member of the list in a reply. What is no refusal in so many words is one
// only by inference: the peer must answer a control probe, and the same
// question must then be met in the same way again. r becomes the reply that
// decided.
func (e *endpoint) judge(ctx context.Context, q question, r *reply, v audit.Version, chosen func(*reply) uint16, list []uint16) verdict {
	sort := func(r *reply) verdict {
		switch {
		case r.is(v) && slices.Contains(list, chosen(r)):
			return taken
		case r.hit(), r.refusal():
			// A hit outside the list was not offered. Servers with a fixed idea do
			// this at the end of an elimination, and it is no acceptance.
			return none
		case e.tooMany(q, r):
			return balked
		case r.quiet() && !e.answersLength(q):
			return dropped
		}
		return open
	}
	was := sort(r)
	if was != open || !r.quiet() && r.Outcome != wire.Alert || !e.confirmed(ctx, r.ended) {
		return was
	}
	again := e.askTimes(ctx, q, 1)
	is := sort(&again)
	switch {
	case is == taken:
		e.sawFlaky()
	case is == open && (again.quiet() || again.Outcome == wire.Alert):
		is = none
	}
	*r = again
	return is
}

// verdict is judge for suites.
func (e *endpoint) verdict(ctx context.Context, q question, r *reply, v audit.Version, _ uint16, suites []uint16) verdict {
	return e.judge(ctx, q, r, v, chosenSuite, suites)
}

func chosenSuite(r *reply) uint16 { return r.Suite }
func chosenGroup(r *reply) uint16 { return r.Group }

// suiteAsker offers suites at an accepted version.
func (e *endpoint) suiteAsker(x *version) func(context.Context, []uint16) (uint16, reply, verdict) {
	return func(ctx context.Context, suites []uint16) (uint16, reply, verdict) {
		q := e.offer(x.Version, x.style, suites)
		r := e.ask(ctx, q)
		v := e.judge(ctx, q, &r, x.Version, chosenSuite, suites)
		return r.Suite, r, v
	}
}

func unanswered(r reply, v verdict) string {
	if v == dropped {
		return r.text() + "; no hello of this length was answered"
	}
	return r.text()
}
