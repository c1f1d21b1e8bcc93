package checks

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"tlsaudit/audit"
)

var endpointNodesAlike = &audit.Check{
	ID:    "endpoint.nodes_alike",
	Title: "All addresses of the name answer alike",
	Doc: "A name with several addresses is as weak as the weakest server behind it, and clients do not choose which one they meet. A node that was left out of a change is found by nobody " +
		"who looks at one address.",
	Detect: "With --all-addresses every address of the name is audited. Versions, suites, groups, leaf certificates and trust of each are compared with the first address, whose finding speaks " +
		"for all. What only one of two established is unknown, and so is a node that was not reached; differences found are told all the same. Not applicable where nothing was compared.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6125 section 1.5"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		if len(c.Observation.Nodes) == 0 && c.Observation.Target.Nodes == 0 {
			return []audit.Outcome{moot("no other address of the name is compared with this one")}
		}
		var out []audit.Outcome
		if len(c.Observation.Nodes) < c.Observation.Target.Nodes {
			out = append(out, undecided("", "%d further addresses of the name were not compared", c.Observation.Target.Nodes-len(c.Observation.Nodes)))
		}
		for i := range c.Observation.Nodes {
			switch n := &c.Observation.Nodes[i]; {
			case len(n.Differs) > 0:
				out = append(out, violated("", "%s: %s", n.IP, strings.Join(n.Differs, "; ")))
			case n.Reach != audit.ReachTLS && n.Reach != audit.ReachNoTLS:
				out = append(out, undecided("", "%s was not observed: %s", n.IP, n.Reason))
			case len(n.Open) > 0:
				out = append(out, undecided("", "%s: %s could not be compared", n.IP, strings.Join(n.Open, ", ")))
			}
		}
		if gap := suitesUnasked(c.Observation); gap != "" {
			out = append(out, undecided("", "%s", gap))
		}
		if out == nil {
			return []audit.Outcome{met("", "%d addresses answer alike", len(c.Observation.Nodes)+1)}
		}
		return out
	},
	Want: otherWant("Roll the same configuration and certificates out to every node behind the name, and take nodes that cannot have it out of DNS or the load balancer."),
	Examples: []audit.Example{
		example("a node with an older version", audit.Fail, nil, node(func(n *audit.Node) { n.Differs = []string{"TLSv1.0: accepted, not refused"} })),
		example("a difference beside what is open", audit.Fail, nil, node(func(n *audit.Node) {
			n.Differs, n.Open = []string{"leaf certificates: SHA-256 00, not SHA-256 7d"}, []string{"TLSv1.2 suites"}
		})),
		example("alike", audit.Pass, nil, node(func(*audit.Node) {})),
		example("a node that is down", audit.Unknown, nil, node(func(n *audit.Node) { n.Reach, n.Reason = audit.ReachUnreachable, "connection refused" })),
		example("suites not asked for at any", audit.Unknown, nil, node(func(*audit.Node) {}), func(o *audit.Observation) {
			o.Depth = audit.DepthQuick
			for i := range o.Versions {
				o.Versions[i].SuitesAnswer, o.Versions[i].Suites = audit.NotAsked, nil
			}
		}),
		example("suites not known to the end", audit.Unknown, nil, node(func(n *audit.Node) { n.Open = []string{"TLSv1.2 suites"} })),
		example("unreachable itself", audit.Unknown, nil, node(func(*audit.Node) {}), func(o *audit.Observation) {
			nodes := o.Nodes
			unreachable(o)
			o.Nodes = nodes
		}),
		example("one address", audit.NotApplicable, nil),
	},
}

// suitesUnasked says that suites were not asked for, so that nothing tells
// whether they are alike; it is empty if they were.
func suitesUnasked(o *audit.Observation) string {
	for _, f := range o.Versions {
		if f.Answer == audit.Accepted && f.SuitesAnswer == audit.NotAsked {
			what := fmt.Sprintf("whether all addresses accept the same %s suites", f.Version)
			return cmp.Or(o.NotAskedAt(what, audit.DepthStandard), what+" was not asked")
		}
	}
	return ""
}

// node gives the name of the endpoint another address.
func node(edit func(*audit.Node)) change {
	return func(o *audit.Observation) {
		o.Target.IP, o.Target.Nodes = netip.MustParseAddr("192.0.2.1"), 1
		o.Nodes = []audit.Node{{IP: netip.MustParseAddr("192.0.2.2"), Reach: audit.ReachTLS}}
		edit(&o.Nodes[0])
	}
}
