package scanner

import (
	"context"
	"slices"

	"tlsaudit/audit"
)

// inquiry is a group of questions to an endpoint that speaks TLS, put one group
// after another when its versions, suites and groups are known and the full
// handshake is done. An inquiry writes what it learns into the features of a
// version (version.asked), or into a part of the observation that is its own.
type inquiry struct {
	name string
	// depth is the shallowest one at which it is put.
	depth string
	// intrusive: it may disturb a server, or fill its log, and is put only to
	// those whose owner agreed (Options.Intrusive).
	intrusive bool
	// ask puts the questions. It honours ctx, and leaves not asked what it did
	// not come to.
	ask func(ctx context.Context, e *endpoint, versions []*version, o *audit.Observation)
}

// inquiries lists them in the order in which they are put: the kindest first,
// what may disturb a server last.
var inquiries = []inquiry{
	{name: "finite-field groups", depth: DepthStandard, ask: askFinite},
	{name: "the order of groups", depth: DepthStandard, ask: askGroupOrder},
	{name: "signature schemes", depth: DepthDeep, ask: askSchemes},
	{name: "schemes of TLS 1.3", depth: DepthStandard, ask: askObedience},
	{name: "sessions", depth: DepthStandard, ask: askSessions},
	{name: "reused keys", depth: DepthStandard, ask: askReuse},
	{name: "primes", depth: DepthStandard, ask: askPrimes},
	{name: "the key exchange", depth: DepthStandard, ask: concludeKeyExchange},
	{name: "server names", depth: DepthDeep, ask: askNames},
	{name: "application protocols", depth: DepthDeep, ask: askProtocols},
	{name: "unusual hellos", depth: DepthDeep, ask: askTolerance},
	{name: "mail in plain text", depth: DepthStandard, ask: askEnforced},
	{name: "known flaws", depth: DepthDeep, ask: askFlaws},
	{name: "the padding of every suite", depth: DepthDeep, intrusive: true, ask: askPaddingAnywhere},
}

// inquire puts the inquiries of the scan's depth.
func (e *endpoint) inquire(ctx context.Context, versions []*version, o *audit.Observation) {
	for _, q := range inquiries {
		if ctx.Err() != nil || e.isGone() {
			return
		}
		if slices.Index(audit.Depths, e.s.opt.Depth) < slices.Index(audit.Depths, q.depth) {
			continue
		}
		if q.intrusive && !e.s.opt.Intrusive {
			continue
		}
		func() {
			defer e.contain("the questions about "+q.name, nil)
			q.ask(ctx, e, versions, o)
		}()
	}
}
