package gateway

import (
	"slices"
	"strings"
)

var eximConfiguration = &Format{
	Name: "exim", Title: "Exim configuration: routers and smtp transports", Product: "Exim",
	Detect: func(_, text string) bool {
		return strings.Contains(text, "begin transports") || strings.Contains(text, "begin routers")
	},
	read: readExim,
}

// readExim makes rows of the routers, in their order, each with what its
// transport demands. A transport no router of the file uses becomes a row of
// which it is not known whom it is for. What limits a router, or a list of
// hosts, in a way that is not read here makes the row undecided.
func readExim(s *source) (*Table, error) {
	f, err := s.eximFile()
	if err != nil {
		return nil, err
	}
	t := &Table{}
	used := map[string]bool{}
	routes, err := f.allRoutes(s, used)
	if err != nil {
		return nil, err
	}
	if routes, err = inOrder(s, routes); err != nil {
		return nil, err
	}
	for _, r := range routes {
		if err := s.addExim(t, r.router.at, f.routeRows(r)); err != nil {
			return nil, err
		}
	}
	for _, transport := range f.transports {
		if used[transport.name] || transport.options["driver"].text != "smtp" && transport.doubt == "" {
			continue
		}
		base := Row{Name: transport.name, Direction: Outbound, Place: s.place(transport.at)}
		base.undecide("no router in the file uses the transport")
		if err := s.addExim(t, transport.at, f.transportRows(transport, base)); err != nil {
			return nil, err
		}
	}
	if len(t.Rows) == 0 {
		return nil, s.fault(at{1, 1}, "name the file that holds the routers and transports", "no smtp transport")
	}
	return t, nil
}

// transport finds a transport; nil if the file has none of that name.
func (f *eximFile) transport(name string) *eximBlock {
	i := slices.IndexFunc(f.transports, func(b *eximBlock) bool { return b.name == name })
	if i < 0 {
		return nil
	}
	return f.transports[i]
}

// allRoutes lists the ways out to other hosts, in the order of the routers.
func (f *eximFile) allRoutes(s *source, used map[string]bool) ([]*eximRoute, error) {
	var all []*eximRoute
	ended := ""
	members := 0
	for _, router := range f.routers {
		routes, err := f.routes(s, router)
		if err != nil {
			return nil, err
		}
		whole := false
		for _, r := range routes {
			whole = whole || r.whole
			if transport := f.transport(r.transport); transport != nil {
				used[r.transport] = true
				if transport.local() {
					continue
				}
				if transport.options["driver"].text != "smtp" {
					r.row.undecide("what the transport " + quote(r.transport) + " does is not in the file")
				}
			} else if !r.mayDeliver() {
				continue
			}
			if ended != "" {
				r.row.undecide(ended)
			}
			if members += len(r.leaves); members > maxMembers {
				return nil, s.fault(router.at, "split the file", "more than %d members", maxMembers)
			}
			all = append(all, r)
		}
		more, known := router.truth("more", true)
		if len(routes) > 0 && !whole && (!more || !known) && !routes[0].positive && ended == "" {
			ended = "the router " + quote(router.name) + " before it ends the routing of what it does not take (more is false)"
		}
	}
	return all, nil
}

// mayDeliver reports whether a route whose transport is not in the file can
// lead to another host. A redirect router makes other addresses, which begin
// anew; it matters where they do not begin at the first router.
func (r *eximRoute) mayDeliver() bool {
	o := r.router.options
	_, elsewhere := o["redirect_router"]
	return r.transport != "" || r.router.included || r.router.doubt != "" || elsewhere ||
		!slices.Contains([]string{"redirect", "accept", "dnslookup", "ipliteral", "iplookup"}, o["driver"].text)
}

// local reports whether a transport certainly leads to no other host.
func (b *eximBlock) local() bool {
	return b.doubt == "" && slices.Contains([]string{"appendfile", "autoreply", "lmtp", "pipe", "queuefile"}, b.options["driver"].text)
}

// routeRows are the rows of one route.
func (f *eximFile) routeRows(r *eximRoute) []Row {
	base := r.row
	transport := f.transport(r.transport)
	switch {
	case r.leftOut || base.Disabled:
		base.Level = Opportunistic
		return []Row{base}
	case r.router.included || transport == nil:
		base.Level = Opportunistic
		base.undecide("the transport " + quote(r.transport) + " is not in the file")
		return []Row{base}
	}
	if r.router.options["driver"].text == "accept" {
		base.Note = hostsOfTransport
	}
	return f.transportRows(transport, base)
}

// maxEximWork bounds the domains compared to put routers in order.
const maxEximWork = 2_000_000

// inOrder puts what a router leaves to later ones before it: the first row that
// matches governs, and no row can say "all but these". Since the router takes
// all else, later ones are for no more than that. Domains left out that no
// later router is known to take get a row that enforces nothing.
func inOrder(s *source, routes []*eximRoute) ([]*eximRoute, error) {
	var list []*eximRoute
	work := 0
	for len(routes) > 0 {
		r := routes[0]
		routes = routes[1:]
		if len(r.leaves) == 0 || !r.row.Match.Any || r.row.Undecided != "" || r.row.Disabled {
			list = append(list, r)
			continue
		}
		taken := newMemberSet(nil, nil)
		var later, moved []*eximRoute
		rest := r.leaves
		for _, next := range routes {
			if work += len(rest) + len(next.row.Match.Domains) + len(next.leaves); work > maxEximWork {
				return nil, s.fault(r.router.at, "split the file, or shorten the lists", "the router leaves out too many domains for the routers behind it")
			}
			if next.row.Disabled || !next.narrow(rest) {
				later = append(later, next)
				continue
			}
			moved = append(moved, next)
			if next.row.Undecided == "" {
				for _, d := range next.row.Match.Domains {
					taken.names[strings.TrimPrefix(d, "*")] = true
				}
				rest = remaining(r.leaves, taken)
			}
		}
		list, routes = append(list, moved...), later
		if len(rest) > 0 {
			row := Row{Name: clip(r.row.Name) + " (domains left out)", Direction: Outbound, Place: r.row.Place, Match: Match{Domains: rest},
				Note: "the router leaves these domains to delivery on this host: no other sends their mail"}
			if mayTake(moved, rest) {
				row.undecide("the router " + quote(r.row.Name) + " leaves these domains out, and which router takes them is not certain")
			}
			list = append(list, &eximRoute{router: r.router, row: row, leftOut: true})
		}
		list = append(list, r)
	}
	return list, nil
}

// narrow limits a route to some domains. It is false, and changes nothing, if
// none is left.
func (r *eximRoute) narrow(to []string) bool {
	m := &r.row.Match
	left := to
	if !m.Any && !m.Empty() {
		left = intersect(m.Domains, to)
	}
	if len(r.leaves) > 0 {
		left = remaining(left, newMemberSet(r.leaves, nil))
	}
	if len(left) == 0 {
		return false
	}
	if over := above(r.leaves); slices.ContainsFunc(left, func(d string) bool { return over[strings.TrimPrefix(d, "*")] }) {
		r.row.undecide("the router leaves out some of these domains")
	}
	m.Any, m.Domains, m.Addresses, r.leaves = false, left, nil, nil
	return true
}

// mayTake reports whether a later route may be for some of the domains.
func mayTake(routes []*eximRoute, domains []string) bool {
	in, over := newMemberSet(domains, nil), above(domains)
	return slices.ContainsFunc(routes, func(r *eximRoute) bool {
		m := &r.row.Match
		return !r.row.Disabled && (m.Any || m.Empty() || slices.ContainsFunc(m.Domains, func(d string) bool {
			return in.hasName(d, 0) || over[strings.TrimPrefix(d, "*")]
		}))
	})
}

// remaining lists the patterns that are not taken.
func remaining(patterns []string, taken memberSet) []string {
	var list []string
	for _, p := range patterns {
		if !taken.hasName(p, 0) {
			list = append(list, p)
		}
	}
	return list
}

// addExim adds rows, in their order.
func (s *source) addExim(t *Table, p at, rows []Row) error {
	for _, r := range rows {
		if err := s.count(t, p, len(r.Match.Domains)+len(r.Match.Addresses)); err != nil {
			return err
		}
		name, err := s.rowName(p, r.Name)
		if err != nil {
			return err
		}
		r.Name, r.Priority = name, len(t.Rows)+1
		t.Rows = append(t.Rows, r)
	}
	return nil
}
