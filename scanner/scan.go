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
	"time"

	"tlsaudit/audit"
)

// Scan observes one target. It always returns an observation, at the latest
// when ctx ends or the target's budget is spent; what was not established by
// then is undetermined.
//
// At depth quick no suites and groups are asked about; see ScanFor.
func (s *Scanner) Scan(ctx context.Context, t audit.Target) *audit.Observation {
	return s.ScanFor(ctx, t, nil)
}

// ScanFor is Scan for one who says what matters: depth quick asks about the
// suites and groups of q, and other depths about all of them whatever q says.
func (s *Scanner) ScanFor(ctx context.Context, t audit.Target, q *audit.Questions) (o *audit.Observation) {
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
	if t.IsDomain() {
		o.Reason = "a mail domain is looked up, not connected to"
		return o
	}
	began := time.Now()
	timing := newTiming(proto.Budget, s.opt.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timing.budget, fmt.Errorf("the budget of %s for one endpoint is spent", timing.budget))
	defer cancel()
	resolving, done := context.WithTimeout(ctx, timing.connect)
	addr, err := s.resolve(resolving, &t)
	done()
	if err != nil {
		o.Reach, o.Reason = audit.ReachUnreachable, err.Error()
		if ctx.Err() != nil {
			o.Reach, o.Reason = audit.ReachUnknown, context.Cause(ctx).Error()
		}
		return o
	}
	o.Address = addr
	e := &endpoint{s: s, target: t, questions: q, proto: proto, addr: addr, timing: timing, sni: serverName(&t)}
	e.host = s.hosts.enter(addr, s.opt.MaxConnections, cmp.Or(max(0, s.opt.PerHost), proto.PerHost), s.rate(proto, addr.Addr()))
	defer s.hosts.leave(addr)
	e.cost.began = began
	defer e.cost.write(o)
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
		if e.s.opt.SuitesOnly {
			e.askPreferences(ctx, versions)
		}
		e.askChaCha(ctx, versions)
	}
	whole := o.Reach == audit.ReachTLS && !e.s.opt.SuitesOnly
	if whole {
		e.askFeatures(ctx, versions)
	}
	for _, x := range versions {
		e.fileGroups(x)
	}
	if whole {
		var inside func(net.Conn) bool
		if extra != nil {
			inside = extra.within
		}
		if e.isAlive() && ctx.Err() == nil {
			o.Handshake = e.complete(ctx, versions, inside)
			e.inquire(ctx, versions, o)
		}
		for _, x := range versions {
			e.settleSigned(ctx, x)
			e.settleQuick(ctx, x)
		}
	}
	if o.Reach == audit.ReachTLS {
		e.settleVersions(ctx, versions)
	}
	if e.s.opt.SuitesOnly {
		for _, x := range versions {
			if x.Answer == audit.Accepted && x.Version != audit.SSLv2 {
				e.proveSuites(ctx, x)
			}
		}
	}
	if e.isTorn() { // perhaps noticed since the versions were reconciled
		for _, x := range versions {
			x.soften()
		}
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
	if s := o.StartTLS; s != nil && o.Reach == audit.ReachTLS && s.Offered == audit.Accepted && s.Accepted == audit.Undetermined && e.proto.silent {
		s.Accepted = audit.Accepted // the handshake is the reply
	}
	if ctx.Err() != nil {
		e.addNote("stopped early: " + context.Cause(ctx).Error())
		if o.Reach != audit.ReachTLS {
			o.Reason = cmp.Or(o.Reason, context.Cause(ctx).Error())
		}
	}
	slices.Sort(e.notes)
	o.Notes = e.notes
}

// askAll puts the questions about all versions, in parallel as far as the
// limits of the address allow.
func (e *endpoint) askAll(ctx context.Context, versions []*version, first greeting) {
	var wg sync.WaitGroup
	tls13 := once(ctx, func() reply {
		if first.tls13 != nil {
			return *first.tls13
		}
		return e.ask(ctx, e.hello13Question())
	})
	old := e.askOld(ctx, first.tls12, tls13)
	for i, x := range versions {
		newer := next(versions, i)
		// The newest version that says something about the suites of x: those
		// below it need not wait for one another.
		known := newer
		if newer != nil && first.tls12 != nil && first.tls12.is(audit.TLSv12) {
			known = versions[4]
		}
		wg.Go(func() {
			defer close(x.settled)
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
			switch x.Version {
			case audit.TLSv13:
				e.ask13(ctx, x, tls13())
			case audit.TLSv12:
				e.askVersion(ctx, x, first.tls12)
			default:
				if !old(x) {
					e.askOlder(ctx, x, newer, known)
				}
			}
			close(x.answered)
			if x.Answer == audit.Accepted {
				e.explore(ctx, x, known)
			}
		})
	}
	wg.Wait()
}

// fileGroups writes down the groups of a version, when as many questions as
// possible have been answered after the last refusal.
func (e *endpoint) fileGroups(x *version) {
	if x.file == nil {
		return
	}
	defer e.contain("the groups of "+x.Version.String(), nil)
	x.file()
	x.file = nil
}

// next returns the version above the one at i whose suites say something about
// it, or nil.
func next(versions []*version, i int) *version {
	if i+1 >= len(versions) || versions[i+1].Version == audit.TLSv13 {
		return nil
	}
	return versions[i+1]
}

// awaitAnswer waits until it is known whether a version is accepted. If it
// reports false, x must not be read, as with awaitSuites.
func (x *version) awaitAnswer(ctx context.Context) bool {
	if x == nil {
		return false
	}
	select {
	case <-x.settled:
	case <-x.answered:
	case <-ctx.Done():
		return false
	}
	return true
}

// awaitSuites waits until the suites of a version are known, or it is known
// that there are none. If it reports false, x still belongs to who asks about
// it, and must not be read.
func (x *version) awaitSuites(ctx context.Context) bool {
	if x == nil {
		return false
	}
	select {
	case <-x.settled:
	case <-x.listed:
	case <-ctx.Done():
		return false
	}
	return true
}

// explore asks everything the depth wants to know about an accepted version.
// newer is the one above it that says most about it, nil if none does.
func (e *endpoint) explore(ctx context.Context, x, newer *version) {
	if e.s.opt.Depth == DepthQuick {
		e.exploreQuick(ctx, x)
		return
	}
	if !e.searches(x) || !newer.awaitSuites(ctx) {
		newer = nil
	}
	e.askSuites(ctx, x, newer)
	x.list()
	if e.s.opt.SuitesOnly {
		return
	}
	// The questions that follow are answered with success by a peer that is
	// still there: they control the refusals before them at no cost.
	x.file = func() { e.seenGroups(x) }
	e.askOddAgain(ctx, x)
	switch {
	case x.Version == audit.TLSv13:
		x.file = e.askGroups13(ctx, x)
	case x.Version == audit.TLSv12, e.s.opt.Depth == DepthDeep:
		x.file = e.askGroups12(ctx, x)
	}
	e.askPreference(ctx, x)
	if x.Version == audit.TLSv13 {
		e.askCertificates13(ctx, x)
	}
	e.recheck(ctx, x)
	e.proveSuites(ctx, x)
	if x.Version < audit.TLSv13 {
		x.sawKinds()
	}
}
