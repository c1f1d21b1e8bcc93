package gateway

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// eximHarmless are the options of routers that neither limit whom a router is
// for nor lead its mail elsewhere. What is not among them makes the row
// undecided: an option nobody modelled is one that may limit.
var eximHarmless = []string{
	"cannot_route_message", "caseful_local_part", "debug_print", "disable_logging", "dnssec_request_domains", "dnssec_require_domains", "domains", "driver",
	"dsn_lasthop", "errors_to", "expn", "fail_defer_domains", "fail_verify", "fail_verify_recipient", "fail_verify_sender", "group", "headers_add",
	"headers_remove", "host_all_ignored", "host_find_failed", "hosts_randomize", "ignore_target_hosts", "initgroups", "ipv4_only", "ipv4_prefer",
	"log_as_local", "more", "mx_domains", "mx_fail_domains", "qualify_single", "retry_use_local_part", "rewrite_headers", "route_data", "route_list",
	"same_domain_copy_routing", "srv_fail_domains", "transport", "user", "verify", "verify_recipient", "verify_sender",
}

// eximSwitches are harmless only with the value they have anyway. A router for
// verification only is one of its own kind.
var eximSwitches = map[string]bool{"verify_only": false, "unseen": false, "address_test": true, "check_local_user": false, "check_secondary_mx": false, "check_srv": false}

// eximRoute is one way out of a router: a part of its domains, with the
// transport for it.
type eximRoute struct {
	router    *eximBlock
	transport string
	row       Row
	// leaves are the domains an otherwise open router does not take.
	leaves []string
	// whole says that it takes all the router is for, positive that this is a
	// list of domains; leftOut is set for what a router leaves.
	whole, positive, leftOut bool
}

// truth reads a switch: "name", "no_name", or one of the words.
func (b *eximBlock) truth(name string, usual bool) (value, known bool) {
	o, ok := b.options[name]
	switch strings.ToLower(o.text) {
	case "true", "yes":
		return true, true
	case "false", "no":
		return false, true
	}
	return usual, !ok
}

// undecide marks a row of which it is not certain whom it takes.
func (r *Row) undecide(reason string) {
	if r.Undecided == "" {
		r.Undecided = reason
	}
	r.Match.Partial = true
}

// routerMatch reads whom a router is for. What limits it in a way that is not
// read makes the row undecided; its fields then say at most whom it takes.
func (f *eximFile) routerMatch(router *eximBlock, r *Row) (leaves []string) {
	for _, name := range slices.Sorted(maps.Keys(router.options)) {
		text := router.options[name].text
		usual, isSwitch := eximSwitches[name]
		value, known := router.truth(name, usual)
		switch {
		case isSwitch && known && (value == usual || name == "verify_only"), slices.Contains(eximHarmless, name):
		case name == "self" && slices.Contains([]string{"freeze", "defer", "fail", "send"}, text):
		case name == "address_data" && !strings.Contains(text, "$"):
		default:
			r.undecide("the router is limited, or led elsewhere, by " + clip(name) + " too")
		}
	}
	if router.doubt != "" {
		r.undecide(router.doubt)
	}
	switch driver := router.options["driver"].text; driver {
	case "dnslookup", "manualroute", "accept":
	case "ipliteral":
		r.undecide("the router takes only addresses at an address literal")
	default:
		r.undecide("whom a router with the driver " + quote(driver) + " takes is not in the file")
	}
	domains, ok := router.options["domains"]
	if !ok {
		r.Match.Any = true
		return nil
	}
	l := f.list(domains.text, eximDomains, 0)
	if l.unknown {
		r.undecide("the list of domains " + quote(domains.text) + " cannot be decided from the file")
		return nil
	}
	r.Match.Any, r.Match.Domains, r.Match.Addresses = l.all, l.names, l.addresses
	return l.out.names
}

// routes are the ways out of a router: one, or for manualroute one for each of
// its rules.
func (f *eximFile) routes(s *source, router *eximBlock) ([]*eximRoute, error) {
	row := Row{Name: router.name, Direction: Outbound, Place: s.place(router.at)}
	leaves := f.routerMatch(router, &row)
	transport := router.options["transport"].text
	route := &eximRoute{router: router, transport: transport, row: row, leaves: leaves, positive: !row.Match.Any && !row.Match.Empty()}
	route.whole = router.options["driver"].text != "manualroute"
	if router.included {
		route.row.Match = Match{Any: true, Partial: true}
		return []*eximRoute{route}, nil
	}
	if only, known := router.truth("verify_only", false); only || !known {
		route.row.Disabled, route.row.Note = only && known, "verify_only: the router never delivers"
		route.whole = true
		return []*eximRoute{route}, nil
	}
	if router.options["driver"].text != "manualroute" {
		return []*eximRoute{route}, nil
	}
	rules, separator := router.options["route_list"].text, ";"
	if data, ok := router.options["route_data"]; ok {
		rules, separator = "* "+data.text, "\x00"
		if strings.Contains(data.text, "$") {
			route.row.undecide("route_data is looked up when mail is sent")
			return []*eximRoute{route}, nil
		}
	}
	if rest, ok := strings.CutPrefix(rules, "<"); ok && rest != "" {
		separator, rules = rest[:1], rest[1:]
	}
	var list []*eximRoute
	members := 0
	for rule := range splitQuoted(rules, separator) {
		one := *route
		if !f.rule(eximWords(rule), &one) {
			continue
		}
		if members += len(one.row.Match.Domains); members > maxMembers || len(list) >= maxRows {
			return nil, s.fault(router.at, "split the file", "more than %d rules, or %d members of them", maxRows, maxMembers)
		}
		list = append(list, &one)
	}
	if rules == "" {
		route.row.undecide("the manualroute router has no rules in the file")
		list = append(list, route)
	}
	if len(list) > 1 {
		for _, r := range list {
			r.row.Name += " (" + clip(strings.Join(r.row.Match.Domains[:min(len(r.row.Match.Domains), 1)], "")) + ")"
			r.row.Name = strings.TrimSuffix(r.row.Name, " ()")
		}
	}
	return list, nil
}

// rule narrows a route to one rule of a manualroute router: a pattern for the
// domain, the hosts, and options. It is false for a rule that takes nobody.
func (f *eximFile) rule(w []string, r *eximRoute) bool {
	if len(w) == 0 {
		return false
	}
	var pattern eximList
	if strings.ContainsAny(w[0], "$!") {
		pattern.unknown = true
	} else {
		f.item(w[0], eximDomains, 0, &pattern)
	}
	m := &r.row.Match
	switch {
	case pattern.unknown || len(pattern.addresses)+len(pattern.out.names) > 0:
		r.row.undecide("the rule for " + quote(w[0]) + " cannot be decided from the file")
		return true
	case pattern.all:
		r.whole = true
	case m.Any:
		left, over := newMemberSet(r.leaves, nil), above(r.leaves)
		m.Any = false
		for _, p := range pattern.names {
			if left.hasName(p, 0) {
				continue
			}
			m.Domains = append(m.Domains, p)
			if over[strings.TrimPrefix(p, "*")] {
				r.row.undecide("the rule for " + quote(w[0]) + " takes less than that, since the router leaves out some domains")
			}
		}
		r.leaves = nil
	case m.Empty(): // whom the router is for is not known, but it takes no more than the rule
		m.Domains = pattern.names
	default:
		m.Domains, m.Addresses = intersect(m.Domains, pattern.names), nil
	}
	if !m.Any && m.Empty() && r.row.Undecided == "" {
		return false
	}
	hosts := ""
	if len(w) > 1 {
		hosts = w[1]
	}
	for _, o := range w[min(len(w), 2):] {
		if !slices.Contains([]string{"randomize", "no_randomize", "byname", "bydns", "bydns_a", "ipv4_only", "ipv4_prefer"}, o) {
			r.transport = o
		}
	}
	r.row.via(hosts)
	return true
}

// intersect keeps what both lists of patterns take.
func intersect(a, b []string) []string {
	inA, inB := newMemberSet(a, nil), newMemberSet(b, nil)
	var both []string
	for _, n := range a {
		if inB.hasName(n, 0) {
			both = append(both, n)
		}
	}
	for _, n := range b {
		if inA.hasName(n, 1) && !inB.hasName(n, 1) {
			both = append(both, n)
		}
	}
	slices.Sort(both)
	return slices.Compact(both)
}

// via reads the hosts mail is handed to, such as "a.example : b.example::26".
func (r *Row) via(text string) {
	r.Note = "the next hop comes from the router or its transport, not from MX records"
	text = strings.TrimSpace(text)
	separator := ":"
	if rest, ok := strings.CutPrefix(text, "<"); ok && rest != "" {
		separator, text = rest[:1], rest[1:]
	}
	const doubled = "\x00"
	text = strings.ReplaceAll(text, separator+separator, doubled)
	var ports []uint16
	for item := range strings.SplitSeq(text, separator) {
		item = strings.TrimSpace(strings.ReplaceAll(item, doubled, ":"))
		if item == "" || item == "+" {
			continue
		}
		host, port := item, uint16(0)
		if p, fault := Address(strings.Trim(item, "[]")); fault == nil && p.IsSingleIP() {
			host = p.Addr().String()
		} else if name, number, found := strings.Cut(item, ":"); found {
			n, err := strconv.ParseUint(number, 10, 16)
			if err != nil {
				r.undecide("the next hop " + quote(item) + " cannot be read")
				return
			}
			host, port = name, uint16(n)
		}
		d, fault := Domain(host)
		if p, no := Address(host); no == nil && p.IsSingleIP() {
			d, fault = p.Addr().String(), nil
		}
		if fault != nil || strings.HasPrefix(strings.TrimPrefix(d, "*"), ".") || hasUpper(item) && !strings.Contains(item, ".") || len(r.Match.Via) >= maxMX {
			r.undecide("the next hop " + quote(item) + " cannot be decided from the file")
			return
		}
		r.Match.Via, ports = append(slices.Clip(r.Match.Via), d), append(ports, port)
	}
	if len(ports) == 0 {
		r.undecide("the router names no next hop")
		return
	}
	if slices.Sort(ports); ports[0] != ports[len(ports)-1] {
		r.undecide("the next hops are asked at several ports")
	}
	r.Match.Port = ports[0]
}

// splitQuoted splits at a sign outside double quotes.
func splitQuoted(text, separator string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i < len(text); i++ {
			switch {
			case text[i] == '"':
				quoted = !quoted
			case !quoted && text[i] == separator[0] && i+1 < len(text) && text[i+1] == separator[0]:
				i++ // doubled: the sign itself
			case !quoted && text[i] == separator[0]:
				if !yield(text[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(text[start:])
	}
}

// eximWords splits a rule at blanks; a list of hosts with blanks is quoted.
func eximWords(rule string) []string {
	quoted := false
	list := strings.FieldsFunc(rule, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return !quoted && (c == ' ' || c == '\t')
	})
	for i := range list {
		list[i] = strings.Trim(list[i], `"`)
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
