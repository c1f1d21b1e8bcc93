package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// version is what is known about one protocol version while it is scanned.
type version struct {
	audit.VersionFact
	style style
	// first is the question that was answered, reply the answer; asked again
	// later, it must be answered alike.
	first question
	reply reply
	// hits are the suites in the order found, each with its flight.
	hits []hit
	// complete: the elimination came to its end; broken says why not;
	// suitesEnd is when its last refusal came.
	// limited: the suites were found in chunks, and their order is not the
	// server's.
	complete  bool
	limited   bool
	broken    string
	suitesEnd uint64
	// maybeLatent: refused by alert 80, which is latent if another version is
	// accepted.
	maybeLatent bool
	// negative is when the refusal came; answers after it make it count.
	negative uint64
	// groups are in the order found, the refused ones behind.
	groups []audit.GroupFact
}

// hit is one accepted suite.
type hit struct {
	code   uint16
	flight wire.Flight
}

// newVersion returns an unasked version, clean for JSON.
func newVersion(v audit.Version) *version {
	return &version{VersionFact: audit.VersionFact{Version: v, Suites: []audit.Suite{}}}
}

func (x *version) accept(q question, r reply, st style) {
	x.Answer, x.Evidence = audit.Accepted, r.text()
	x.first, x.reply, x.style = q, r, st
}

func (x *version) refuse(r reply, suffix string) {
	x.Answer, x.Evidence = audit.Refused, r.text()+suffix
	x.negative = r.ended
}

func (x *version) leaveOpen(r reply, why string) {
	x.Answer, x.Evidence = audit.Undetermined, r.text()
	if why != "" {
		x.Evidence += "; " + why
	}
}

// askVersion finds out whether the version is accepted. A first reply, if one
// is known, saves a connection.
func (e *endpoint) askVersion(ctx context.Context, x *version, first *reply) {
	suites := candidatesFor(x.Version)
	q := e.offer(x.Version, stylePlain, suites)
	var r reply
	if first != nil {
		r = *first
	} else {
		r = e.ask(ctx, q)
	}
	switch {
	case r.is(x.Version):
		x.accept(q, r, stylePlain)
		return
	case r.hit():
		// The server answered with a version it likes better. Only an older one
		// is an answer to the question.
		if audit.Version(r.Version) < x.Version {
			x.refuse(r, "")
		} else {
			x.leaveOpen(r, "a newer version than was asked for")
		}
		return
	case r.Outcome == wire.Alert && r.Alert == 70:
		x.refuse(r, "")
		return
	case r.Outcome != wire.Alert && !r.quiet():
		x.leaveOpen(r, "")
		return
	}
	e.doubt(ctx, x, r, suites)
}

// doubt asks once more, in other ways, before a refusal other than alert 70 is
// believed: the list of suites may be too long for the server, or an extension
// beyond it.
func (e *endpoint) doubt(ctx context.Context, x *version, r reply, suites []uint16) {
	type variant struct {
		style  style
		suites []uint16
		note   string
	}
	var variants []variant
	if x.Version == audit.TLSv13 {
		variants = []variant{
			{styleGrease, suites, "refuses an empty list of key shares"},
			{styleShares, suites, "sends no HelloRetryRequest; groups are those with a share supplied"},
		}
	} else {
		for chunk := range slices.Chunk(suites, maxChunk) {
			variants = append(variants, variant{stylePlain, chunk, "takes it only in a hello with fewer suites"})
		}
		if x.Version > audit.SSLv3 {
			// Without extensions and at most 255 bytes long.
			variants = append(variants, variant{styleMinimal, suites[:90], "takes it only in a hello without extensions"})
		}
	}
	last := r
	for _, v := range variants {
		q := e.offer(x.Version, v.style, v.suites)
		again := e.ask(ctx, q)
		switch {
		case again.is(x.Version):
			x.accept(q, again, v.style)
			e.note(x.Version.String() + ": the server " + v.note)
			return
		case again.hit():
			x.refuse(again, "")
			return
		case again.Outcome != wire.Alert && !again.quiet():
			x.leaveOpen(again, "")
			return
		}
		last = again
	}
	x.negative = last.ended
	if r.Outcome == wire.Alert {
		x.maybeLatent = r.Alert == 80 && x.Version < audit.TLSv12
		x.refuse(r, "")
		x.negative = last.ended
		return
	}
	if last.Outcome == wire.Alert {
		x.refuse(last, "")
		return
	}
	if !e.confirmed(ctx, last.ended) {
		x.leaveOpen(r, "no control probe succeeded")
		return
	}
	x.refuse(r, "; control probe answered")
	x.negative = last.ended
}

// askSSLv2 asks for SSLv2, whose answer lists all cipher kinds at once.
func (e *endpoint) askSSLv2(ctx context.Context, x *version) {
	if e.proto.NoSSLv2 {
		return
	}
	r := e.ask(ctx, question{hello: wire.SSL2Hello(), about: "SSLv2"})
	switch {
	case r.Outcome == wire.SSL2ServerHello:
		x.accept(question{}, r, stylePlain)
	case r.Outcome == wire.Alert, r.hit():
		x.refuse(r, "")
	case r.quiet(), r.Outcome == wire.NotTLS && e.confirmed(ctx, r.ended):
		if !e.confirmed(ctx, r.ended) {
			x.leaveOpen(r, "no control probe succeeded")
			return
		}
		x.refuse(r, "; control probe answered")
	default:
		x.leaveOpen(r, "")
	}
}
