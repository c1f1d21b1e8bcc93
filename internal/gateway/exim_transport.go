package gateway

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// eximPart is what a transport does with some hosts.
type eximPart struct {
	// names or addresses are the hosts; the last part is for all others.
	names     []string
	addresses []netip.Prefix
	// options are those that treat these hosts otherwise than the others.
	options   string
	demand    eximDemand
	undecided string
	note      string
	bits      int
}

// eximDemand is what the lists of a transport say of one host.
type eximDemand struct{ require, avoid, verify, cn, dane bool }

func (d eximDemand) level() Level {
	switch {
	case d.avoid:
		return None
	case d.dane: // the TLSA records take the place of chain and name
		return DANEOnly
	case d.require:
		return levelOf(d.verify, d.verify && d.cn)
	}
	return Opportunistic
}

// eximHostLists are the options that say which hosts are treated how, with
// what they are where not set.
var eximHostLists = []struct {
	name, usual string
	field       func(*eximDemand) *bool
}{
	{"hosts_avoid_tls", "", func(d *eximDemand) *bool { return &d.avoid }},
	{"hosts_require_tls", "", func(d *eximDemand) *bool { return &d.require }},
	{"hosts_require_dane", "", func(d *eximDemand) *bool { return &d.dane }},
	{"tls_verify_hosts", "", func(d *eximDemand) *bool { return &d.verify }},
	{"tls_verify_cert_hostnames", "*", func(d *eximDemand) *bool { return &d.cn }},
}

// transportParts takes a transport apart by the hosts its lists name: those
// that are treated otherwise than all others, the most specific first, and
// these last.
func (f *eximFile) transportParts(transport *eximBlock) []eximPart {
	if parts, ok := f.parts[transport]; ok {
		return parts
	}
	rest := eximPart{undecided: transport.doubt}
	lists := make([]eximList, len(eximHostLists))
	in, out := make([]memberSet, len(lists)), make([]memberSet, len(lists))
	var names []string
	var addresses []netip.Prefix
	protocol := transport.options["protocol"].text
	for i, o := range eximHostLists {
		text := o.usual
		if given, ok := transport.options[o.name]; ok {
			text = given.text
		}
		l := f.list(text, eximHosts, 0)
		if o.name == "hosts_require_tls" && protocol == "smtps" {
			l = eximList{all: true}
		}
		// without TLS nothing is verified, and without that no name
		if i == 3 && lists[1].none() && lists[2].none() || i == 4 && lists[3].none() {
			l = eximList{}
		}
		if l.unknown && rest.undecided == "" {
			rest.undecided = o.name + " cannot be decided from the file"
			if strings.HasPrefix(o.name, "hosts_") && o.name != "hosts_require_dane" {
				rest.undecided = "hosts_require_tls or hosts_avoid_tls cannot be decided from the file"
			}
		}
		*o.field(&rest.demand) = l.all
		lists[i], in[i], out[i] = l, newMemberSet(l.names, l.addresses), newMemberSet(l.out.names, l.out.addresses)
		names, addresses = slices.Concat(names, l.names, l.out.names), slices.Concat(addresses, l.addresses, l.out.addresses)
	}
	if strings.Contains(protocol, "$") && rest.undecided == "" {
		rest.undecided = "protocol cannot be decided from the file"
	}
	var parts []eximPart
	add := func(n string, p netip.Prefix, within bool, has func(memberSet) bool) {
		part := eximPart{undecided: rest.undecided}
		for i, o := range eximHostLists {
			value := has(in[i])
			if lists[i].all {
				value = !has(out[i])
			}
			if *o.field(&part.demand) = value; value != *o.field(&rest.demand) {
				part.options += ", " + o.name
			}
		}
		if part.demand.level() == rest.demand.level() && !within {
			return
		}
		last := len(parts) - 1
		if last < 0 || parts[last].demand != part.demand || n != "" && (n[0] == '*') != (parts[last].names != nil && parts[last].names[0][0] == '*') || (n == "") != (parts[last].names == nil) {
			part.options = strings.TrimPrefix(part.options, ", ")
			parts, last = append(parts, part), last+1
		}
		if n != "" {
			parts[last].names = append(parts[last].names, n)
		} else {
			parts[last].addresses = append(parts[last].addresses, p)
		}
	}
	every := newMemberSet(names, addresses)
	slices.SortFunc(names, func(a, b string) int {
		// exact names before patterns, narrow patterns before wide ones
		return cmp.Or(cmp.Compare(strings.Count(a, "*"), strings.Count(b, "*")), -cmp.Compare(strings.Count(a, ".")*strings.Count(a, "*"), strings.Count(b, ".")*strings.Count(b, "*")), strings.Compare(a, b))
	})
	for _, n := range slices.Compact(names) {
		add(n, netip.Prefix{}, every.hasName(n, 1), func(s memberSet) bool { return s.hasName(n, 0) })
	}
	slices.SortFunc(addresses, func(a, b netip.Prefix) int {
		return cmp.Or(-cmp.Compare(a.Bits(), b.Bits()), a.Addr().Compare(b.Addr()))
	})
	for _, p := range slices.Compact(addresses) {
		add("", p, every.hasPrefix(p, 1), func(s memberSet) bool { return s.hasPrefix(p, 0) })
	}
	parts = append(parts, rest)
	for i := range parts {
		parts[i].settle(transport, len(names) > 0 && len(addresses) > 0)
	}
	f.parts[transport] = parts
	return parts
}

// settle adds to a part what does not depend on its hosts.
func (p *eximPart) settle(transport *eximBlock, mixed bool) {
	undecide := func(reason string) {
		if p.undecided == "" {
			p.undecided = reason
		}
	}
	if p.demand.avoid {
		p.note = "hosts_avoid_tls: TLS is never tried"
		if p.demand.require || p.demand.dane {
			p.note += ", though it is required: mail cannot be delivered"
		}
	}
	if p.demand.level().Encrypts() {
		p.bits = eximStrength(transport.options["tls_require_ciphers"].text)
	}
	anchors, given := transport.options["tls_verify_certificates"]
	switch {
	case !p.demand.level().Chain():
	case given && anchors.text == "":
		undecide("tls_verify_hosts without tls_verify_certificates")
		p.demand.verify = false
	case strings.Contains(anchors.text, "$"):
		undecide("tls_verify_certificates cannot be decided from the file")
		p.demand.verify = false
	}
	if mixed && (p.names != nil || p.addresses != nil) {
		undecide("some hosts are given by name and some by address, and may be the same")
	}
}

// transportRows are the rows of one router: one for each part of its transport.
func (f *eximFile) transportRows(transport *eximBlock, base Row) []Row {
	if o, ok := transport.options["hosts"]; ok {
		override, known := transport.truth("hosts_override", false)
		switch {
		case !known || strings.Contains(o.text, "$"):
			base.undecide("the next hop is decided when mail is sent")
		case override || base.Match.Via == nil && base.Note == hostsOfTransport:
			base.Match.Via = nil
			base.via(o.text)
		}
	} else if base.Note == hostsOfTransport {
		base.undecide("neither router nor transport names a next hop")
	}
	var rows []Row
	limited := !base.Match.Any || len(base.Match.Via) > 0
	for _, p := range f.transportParts(transport) {
		r := base
		r.Level, r.MinBits = p.demand.level(), p.bits
		if p.note != "" {
			r.Note = p.note
		}
		if r.Undecided == "" {
			r.Undecided = p.undecided
		}
		if p.names != nil || p.addresses != nil {
			r.Name = base.Name + " (" + p.options + ")"
			r.Match = Match{Domains: p.names, Addresses: p.addresses, HostsOnly: true, Partial: base.Match.Partial}
			if limited {
				r.undecide("the row is for these hosts where the router " + quote(base.Name) + " uses them, and for no other mail")
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// hostsOfTransport is the note of a route whose next hop the transport names.
const hostsOfTransport = "the next hop comes from the transport"
