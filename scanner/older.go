package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// askOld returns how to ask for TLS 1.0 and 1.1 with one hello, where that is
// worth as much as one each: it offers TLS 1.2 in the field every server reads,
// and the older versions in supported_versions, which a server of TLS 1.3 has
// to go by alone (RFC 8446 section 4.2.1). TLS 1.2 being accepted, alert 70 can
// only be about that list. A hello that goes up to TLS 1.1 would not do: some
// servers refuse it for what it names, though they take TLS 1.0.
//
// SSLv3 is in the list, but not settled by it: servers may honour it in its own
// hello alone. The function returned reports whether the version was settled.
func (e *endpoint) askOld(ctx context.Context, tls12 *reply, tls13 func() reply) func(x *version) bool {
	if tls12 == nil || !tls12.is(audit.TLSv12) {
		return func(*version) bool { return false }
	}
	listed := once(ctx, func() reply {
		if r := tls13(); !r.is(audit.TLSv13) {
			return reply{}
		}
		h := e.hello(audit.TLSv12, stylePlain, candidatesFor(audit.TLSv12))
		h.Versions = []uint16{uint16(audit.TLSv11), uint16(audit.TLSv10), uint16(audit.SSLv3)}
		return e.ask(ctx, question{hello: h.AppendTo(nil), until: wire.UntilKeyExchange, about: "TLSv1.1 and older"})
	})
	return func(x *version) bool {
		if x.Version == audit.SSLv3 {
			return false
		}
		r := listed()
		switch {
		case r.Outcome == wire.Alert && r.Alert == 70:
			x.refuse(r, " to a list of TLSv1.1 and older")
		case r.is(x.Version):
			e.askVersion(ctx, x, &r)
		default:
			return false
		}
		return true
	}
}

// askOlder asks for a version below TLS 1.2. A handshake failure there needs
// no doubt of its own if the version above it, which every client that offers
// it includes this one in, was refused as a version (RFC 5246 appendix E.1):
// nothing at or below it is spoken.
func (e *endpoint) askOlder(ctx context.Context, x, newer, known *version) {
	r := e.ask(ctx, e.offer(x.Version, stylePlain, candidatesFor(x.Version)))
	if r.failure() && newer.awaitAnswer(ctx) {
		if newer.Answer == audit.Refused && newer.words == 70 {
			x.refuse(r, "; "+newer.Version.String()+": "+newer.Evidence)
			return
		}
		if known.awaitSuites(ctx) && known.Answer == audit.Accepted && e.refusedAgain(ctx, x, known) {
			return
		}
	}
	e.askVersion(ctx, x, &r)
}

// refusedAgain doubts a handshake failure to all suites, by offering them again
// where known, a version above it, showed that this is worth as much as offering them
// kind by kind: the server reads lists to their end, and has what every kind of
// suite needs. It reports whether they were refused again.
func (e *endpoint) refusedAgain(ctx context.Context, x, known *version) bool {
	if !known.long {
		return false
	}
	for _, kind := range kindsFor(x.Version) {
		if !slices.ContainsFunc(kind, func(code uint16) bool { return slices.Contains(known.suites, code) }) {
			return false
		}
	}
	r := e.ask(ctx, e.offer(x.Version, stylePlain, candidatesFor(x.Version)))
	if !r.failure() {
		return false
	}
	x.refuse(r, "")
	return true
}
