package scanner

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// Scan observes one target. It always returns an observation, at the latest
// when ctx ends or the target's budget is spent; what was not established by
// then is undetermined.
func (s *Scanner) Scan(ctx context.Context, t audit.Target) (o *audit.Observation) {
	o = &audit.Observation{
		Target: t, Reach: audit.ReachUnknown, Started: s.opt.Now().UTC(), Depth: s.opt.Depth,
		Posture: audit.Posture{Versions: unasked(), Groups: []audit.GroupFact{}, Chains: []audit.Chain{}},
	}
	defer func() {
		if p := recover(); p != nil {
			s.opt.Logf("%s: panic: %v\n%s", t.Subject(), p, debug.Stack())
			o.Reach, o.Reason = audit.ReachUnknown, fmt.Sprintf("internal error: %v", p)
			o.Posture = audit.Posture{Versions: unasked(), Groups: []audit.GroupFact{}, Chains: []audit.Chain{}}
		}
		o.Finished = s.opt.Now().UTC()
	}()
	proto := protocolByName(t.Protocol)
	if proto == nil {
		o.Reason = fmt.Sprintf("%q is not a protocol", t.Protocol)
		return o
	}
	timing := newTiming(proto.Budget, s.opt.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timing.budget, fmt.Errorf("the budget of %s for one endpoint is spent", timing.budget))
	defer cancel()
	resolving, done := context.WithTimeout(ctx, timing.connect)
	addr, err := resolve(resolving, &t)
	done()
	if err != nil {
		o.Reach, o.Reason = audit.ReachUnreachable, err.Error()
		if ctx.Err() != nil {
			o.Reach, o.Reason = audit.ReachUnknown, context.Cause(ctx).Error()
		}
		return o
	}
	o.Address = addr
	e := &endpoint{s: s, target: t, proto: proto, addr: addr, timing: timing, sni: serverName(&t)}
	e.host = s.hosts.enter(addr, cmp.Or(max(0, s.opt.PerHost), proto.PerHost), s.rate(proto, addr.Addr()))
	defer s.hosts.leave(addr)
	defer func() { o.Connections = int(e.connections.Load()) }()
	e.observe(ctx, o)
	return o
}

// rate is the number of connections per second; loopback needs no sparing.
func (s *Scanner) rate(p *Protocol, ip netip.Addr) float64 {
	if s.opt.Rate > 0 || ip.IsLoopback() {
		return max(0, s.opt.Rate)
	}
	return p.Rate
}

func unasked() []audit.VersionFact {
	facts := make([]audit.VersionFact, len(audit.Versions))
	for i, v := range audit.Versions {
		facts[i] = newVersion(v).VersionFact
	}
	return facts
}

// observe works through the plan: is there TLS at all, which versions, then
// everything about the accepted ones, and last the full handshake.
func (e *endpoint) observe(ctx context.Context, o *audit.Observation) {
	versions := make([]*version, len(audit.Versions))
	for i, v := range audit.Versions {
		versions[i] = newVersion(v)
	}
	var extra companion
	if e.proto.begin != nil {
		extra = e.proto.begin(ctx, e)
	}
	first := e.meet(ctx, versions, o)
	if o.Reach == audit.ReachTLS {
		e.askAll(ctx, versions, first)
		e.reconcile(ctx, versions)
		e.askChaCha(ctx, versions)
		var inside func(net.Conn)
		if extra != nil {
			inside = extra.within
		}
		if e.isAlive() && ctx.Err() == nil {
			o.Handshake = e.complete(ctx, versions, inside)
		}
		e.settleVersions(ctx, versions)
	}
	e.fill(o, versions)
	if o.Reach == audit.ReachTLS {
		o.ChainsAnswer, o.ChainsEvidence = e.allChains(versions)
	}
	if extra != nil {
		extra.conclude(ctx, e, o)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	o.StartTLS = e.startTLS
	if ctx.Err() != nil {
		e.addNote("stopped early: " + context.Cause(ctx).Error())
		if o.Reach != audit.ReachTLS {
			o.Reason = cmp.Or(o.Reason, context.Cause(ctx).Error())
		}
	}
	slices.Sort(e.notes)
	o.Notes = e.notes
}

// meet finds out whether there is TLS at all, with as few connections as that
// takes: TLS 1.2, TLS 1.3, and a short TLS 1.0 hello for servers that drop
// anything newer. It returns the reply to the first.
func (e *endpoint) meet(ctx context.Context, versions []*version, o *audit.Observation) *reply {
	tls12, tls13, tls10 := versions[4], versions[5], versions[2]
	suites := candidatesFor(audit.TLSv12)
	r := e.askTimes(ctx, e.offer(audit.TLSv12, stylePlain, suites), 3)
	if r.Outcome == wire.Alert && r.Alert == 112 && e.sni != "" {
		// The name is refused, not TLS.
		e.note(fmt.Sprintf("the server refuses the name %s (%s); asked without a name", e.sni, r.text()))
		e.sni = ""
		r = e.ask(ctx, e.offer(audit.TLSv12, stylePlain, suites))
	}
	if r.Outcome == wire.Alert && r.Alert == 120 {
		e.note("the server insists on an application protocol; h2 and http/1.1 were offered")
		e.alpn = []string{"h2", "http/1.1"}
		r = e.ask(ctx, e.offer(audit.TLSv12, stylePlain, suites))
	}
	if r.tls() {
		o.Reach = audit.ReachTLS
		return &r
	}
	tls12.leaveOpen(r, "")
	if r.upgrade != nil || r.Outcome == wire.DialFailed || r.Outcome == wire.Cancelled || r.Outcome == wire.Nothing {
		if r.upgrade != nil || e.proto.Upgrade != nil {
			tls12.Answer, tls12.Evidence = audit.NotAsked, "" // no hello was sent
		}
		e.unmet(o, r)
		return nil
	}
	var wg sync.WaitGroup
	var r13, r10 reply
	wg.Go(func() { r13 = e.askTimes(ctx, e.offer(audit.TLSv13, stylePlain, candidatesFor(audit.TLSv13)), 1) })
	wg.Go(func() { r10 = e.askTimes(ctx, e.offer(audit.TLSv10, styleMinimal, candidates().short), 1) })
	wg.Wait()
	if r13.tls() || r10.tls() {
		o.Reach = audit.ReachTLS
		return nil
	}
	tls13.leaveOpen(r13, "")
	tls10.leaveOpen(r10, "")
	e.unmet(o, r)
	return nil
}

// unmet says why there was no TLS.
func (e *endpoint) unmet(o *audit.Observation, r reply) {
	o.Reason = r.text()
	switch {
	case r.Outcome == wire.Cancelled:
		o.Reach = audit.ReachUnknown
		if r.Err != nil {
			o.Reason = plain(r.Err)
		}
	case r.upgrade != nil && r.upgrade.kind == upgradeRefused, r.Outcome == wire.NotTLS:
		o.Reach = audit.ReachNoTLS
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

// askAll puts the questions about all versions, in parallel as far as the
// limits of the address allow.
func (e *endpoint) askAll(ctx context.Context, versions []*version, first *reply) {
	var wg sync.WaitGroup
	for _, x := range versions {
		wg.Go(func() {
			defer e.contain("the questions about "+x.Version.String(), func() {
				x.SuitesAnswer = audit.Undetermined
				if !x.Answer.Known() {
					x.Answer, x.Evidence = audit.Undetermined, "internal error"
				}
			})
			if x.Version == audit.SSLv2 {
				e.askSSLv2(ctx, x)
				return
			}
			var known *reply
			if x.Version == audit.TLSv12 {
				known = first
			}
			e.askVersion(ctx, x, known)
			if x.Answer == audit.Accepted {
				e.explore(ctx, x)
			}
		})
	}
	wg.Wait()
}

// explore asks everything the depth wants to know about an accepted version.
func (e *endpoint) explore(ctx context.Context, x *version) {
	if e.s.opt.Depth == DepthQuick {
		if x.Version == audit.TLSv13 {
			e.askCertificates13(ctx, x)
		} else {
			e.askCertificates12(ctx, x)
		}
		return
	}
	e.askSuites(ctx, x)
	// The questions that follow are answered with success by a peer that is
	// still there: they control the refusals before them at no cost.
	file := func() { e.seenGroups(x) }
	switch {
	case x.Version == audit.TLSv13:
		file = e.askGroups13(ctx, x)
	case x.Version == audit.TLSv12, e.s.opt.Depth == DepthDeep:
		file = e.askGroups12(ctx, x)
	}
	e.askPreference(ctx, x)
	e.recheck(ctx, x)
	e.proveSuites(ctx, x)
	if x.Version == audit.TLSv13 {
		e.askCertificates13(ctx, x)
	}
	file()
	if x.Version < audit.TLSv13 {
		x.sawKinds()
	}
}
