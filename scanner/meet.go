package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// The alerts that refuse what the hello says beside TLS (RFC 6066 section 3,
// RFC 7301 section 3.2).
const (
	alertName = 112
	alertALPN = 120
)

// greeting holds the replies to the first questions, which need not be put
// again; nil are those that were not put.
type greeting struct{ tls12, tls13 *reply }

// meet finds out whether there is TLS at all, with as few connections as that
// takes: TLS 1.2, TLS 1.3 if that is refused, and if there is no TLS in the
// answers short hellos for servers that drop anything newer. It settles which
// name and application protocols all further hellos carry.
func (e *endpoint) meet(ctx context.Context, versions []*version, o *audit.Observation) (g greeting) {
	r := e.greet(ctx, e.hello12)
	switch {
	case r.hit():
		o.Reach = audit.ReachTLS
		return greeting{tls12: &r}
	case r.tls():
		o.Reach, g.tls12 = audit.ReachTLS, &r
	default:
		e.meetOlder(ctx, versions, o, r)
		if o.Reach != audit.ReachTLS {
			return g
		}
	}
	name, protocols := e.sni, len(e.alpn)
	r13 := e.greet(ctx, e.hello13Question)
	g.tls13 = &r13
	if e.sni != name || len(e.alpn) != protocols {
		g.tls12 = nil // it was asked for otherwise
	}
	return g
}

// ask13 goes by the answer to the first question about TLS 1.3. What other versions accept
// with the name and without application protocols is not asked about otherwise:
// without the name there may be another certificate.
func (e *endpoint) ask13(ctx context.Context, x *version, r reply) {
	if e.objection(&r) {
		x.leaveOpen(r, "an earlier version takes the same name and protocols")
		return
	}
	e.askVersion(ctx, x, &r)
}

func (e *endpoint) hello12() question {
	return e.offer(audit.TLSv12, stylePlain, candidatesFor(audit.TLSv12))
}

func (e *endpoint) hello13Question() question {
	return e.offer(audit.TLSv13, stylePlain, candidatesFor(audit.TLSv13))
}

// greet puts the first question about a version, and again without the name or
// with application protocols if the server insists.
func (e *endpoint) greet(ctx context.Context, q func() question) reply {
	r := e.askTimes(ctx, q(), 3)
	for e.objection(&r) {
		if r.Alert == alertName {
			// The name is refused, not TLS.
			e.note(fmt.Sprintf("the server refuses the name %s (%s); asked without a name", e.sni, r.text()))
			e.sni = ""
		} else {
			e.note("the server insists on an application protocol; h2 and http/1.1 were offered")
			e.alpn = []string{"h2", "http/1.1"}
		}
		r = e.ask(ctx, q())
	}
	return r
}

// objection reports whether r refuses not TLS, but what the hello says besides,
// and that can be changed.
func (e *endpoint) objection(r *reply) bool {
	return r.Outcome == wire.Alert && (r.Alert == alertName && e.sni != "" || r.Alert == alertALPN && e.alpn == nil)
}

// meetOlder asks a server that does not answer TLS 1.2 in TLS for other
// versions, and says why there is no TLS if there is none.
func (e *endpoint) meetOlder(ctx context.Context, versions []*version, o *audit.Observation, r reply) {
	ssl2, ssl3, tls10, tls12, tls13 := versions[0], versions[1], versions[2], versions[4], versions[5]
	tls12.leaveOpen(r, "")
	if r.upgrade != nil || r.Outcome == wire.DialFailed || r.Outcome == wire.Cancelled || r.Outcome == wire.Nothing {
		if r.upgrade != nil || e.proto.upgrades() {
			tls12.Answer, tls12.Evidence = audit.NotAsked, "" // no hello was sent
		}
		e.unmet(o, r)
		return
	}
	short := candidates().short
	if e.askEach(ctx, o,
		opening{tls13, e.hello13Question()},
		opening{tls10, e.offer(audit.TLSv10, styleMinimal, short)}) {
		return
	}
	// A server that hangs up may know SSL only; one that is silent is not
	// waited for again.
	if r.Outcome == wire.Closed || r.Outcome == wire.Reset {
		list := []opening{{ssl3, e.offer(audit.SSLv3, styleMinimal, short)}}
		if !e.proto.NoSSLv2 {
			list = append(list, opening{ssl2, question{hello: wire.SSL2Hello(), about: "SSLv2"}})
		}
		if e.askEach(ctx, o, list...) {
			return
		}
	}
	e.unmet(o, r)
}

// opening is a first question about a version.
type opening struct {
	x *version
	q question
}

// askEach puts several questions once and at the same time. It reports whether
// one of them was answered in TLS; if none, the versions are left open.
func (e *endpoint) askEach(ctx context.Context, o *audit.Observation, list ...opening) bool {
	replies := make([]reply, len(list))
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() { replies[i] = e.askTimes(ctx, list[i].q, 1) })
	}
	wg.Wait()
	if slices.ContainsFunc(replies, func(r reply) bool { return r.tls() }) {
		o.Reach = audit.ReachTLS
		return true
	}
	for i := range list {
		list[i].x.leaveOpen(replies[i], "")
	}
	return false
}

// unmet says why there was no TLS.
func (e *endpoint) unmet(o *audit.Observation, r reply) {
	o.Reason = r.text()
	switch {
	case e.isSpent():
		o.Reach, o.Reason = audit.ReachUnknown, e.goneFor().Error()
	case r.Outcome == wire.Cancelled:
		o.Reach = audit.ReachUnknown
		if r.Err != nil {
			o.Reason = plain(r.Err)
		}
	case r.upgrade != nil && r.upgrade.kind == upgradeRefused, r.Outcome == wire.NotTLS:
		o.Reach = audit.ReachNoTLS
	case isOurs(r.Err):
		o.Reach, o.Reason = audit.ReachUnknown, plain(r.Err)
	case r.upgrade != nil && r.upgrade.kind == upgradeTemporary:
		o.Reach = audit.ReachUnknown
		o.Reason += fmt.Sprintf(", %d times", r.tries)
	default:
		o.Reach = audit.ReachUnreachable
		if r.Outcome == wire.DialFailed && r.Err != nil {
			o.Reason = plain(r.Err)
		}
	}
}
