package gateway

import (
	"net/netip"
	"strings"
)

// eximList is what a list of domains or hosts comes to.
type eximList struct {
	// all is every one but those left out; otherwise it is those named.
	all, unknown bool
	names        []string
	addresses    []netip.Prefix
	out          eximMembers
}

// eximMembers are those an open list leaves out.
type eximMembers struct {
	names     []string
	addresses []netip.Prefix
}

func (l *eximList) none() bool {
	return !l.all && !l.unknown && len(l.names)+len(l.addresses) == 0
}

// The two kinds of named lists, which have names of their own.
const (
	eximDomains = "domainlist "
	eximHosts   = "hostlist "
)

const (
	// maxEximDepth bounds lists within lists, maxEximItems all the items that
	// are read for all of them.
	maxEximDepth = 8
	maxEximItems = maxMembers
)

// list reads a list. Exim goes through it from left to right and stops at the
// first item that matches; behind the end the answer is yes if the last item
// was an exception. Of this are read: items alone, exceptions alone, and
// exceptions before "*". All else, and what is expanded or looked up, is
// unknown.
func (f *eximFile) list(text, kind string, depth int) (l eximList) {
	if strings.Contains(text, "$") || depth > maxEximDepth {
		return eximList{unknown: true}
	}
	separator := ":"
	if rest, ok := strings.CutPrefix(text, "<"); ok && rest != "" {
		separator, text = rest[:1], rest[1:]
	}
	const doubled = "\x00"
	text = strings.ReplaceAll(text, separator+separator, doubled)
	var out eximList
	negative := 0
	for item := range strings.SplitSeq(text, separator) {
		item = strings.TrimSpace(strings.ReplaceAll(item, doubled, separator))
		if item == "" {
			continue
		}
		if f.items++; f.items > maxEximItems {
			return eximList{unknown: true}
		}
		without, exception := strings.CutPrefix(item, "!")
		if !exception {
			f.item(item, kind, depth, &l)
		} else {
			negative++
			f.exception(strings.TrimSpace(without), kind, depth, &out)
		}
		switch {
		case l.unknown || out.unknown || exception && !l.none():
			return eximList{unknown: true} // an exception behind items opens the list again
		case out.all && negative > 0:
			return eximList{} // "! *": nobody
		case l.all:
			l.names, l.addresses = nil, nil
			l.out = eximMembers{append(l.out.names, out.names...), append(l.out.addresses, out.addresses...)}
			return l // what follows is never looked at
		}
	}
	switch {
	case negative > 0 && !l.none():
		return eximList{unknown: true}
	case negative > 0:
		return eximList{all: true, out: eximMembers{out.names, out.addresses}}
	}
	return l
}

// exception reads what stands behind an exclamation mark. The words for the
// host itself leave out no peer.
func (f *eximFile) exception(item, kind string, depth int, out *eximList) {
	if kind == eximDomains && (item == "@" || item == "@[]") {
		return
	}
	if name, ok := strings.CutPrefix(item, "+"); ok && kind == eximDomains {
		if named, found := f.lists[kind+name]; found && depth < maxEximDepth && onlyPlain(named.text) {
			for inner := range strings.SplitSeq(named.text, ":") {
				if inner = strings.TrimSpace(inner); inner == "" {
					continue
				}
				if f.items++; f.items > maxEximItems {
					out.unknown = true
					return
				}
				f.exception(inner, kind, depth+1, out)
			}
			return
		}
	}
	f.item(item, kind, depth, out)
	if len(out.out.names)+len(out.out.addresses) > 0 {
		out.unknown = true
	}
}

// onlyPlain reports whether a list can be taken apart at its colons.
func onlyPlain(text string) bool {
	return !strings.ContainsAny(text, "$!<") && !strings.Contains(text, "::")
}

func (f *eximFile) item(item, kind string, depth int, l *eximList) {
	if item == "*" {
		l.all = true
		return
	}
	if item == "@" && kind == eximDomains && f.hostname != "" {
		item = f.hostname
	}
	if name, ok := strings.CutPrefix(item, "+"); ok {
		named, found := f.lists[kind+name]
		if !found {
			l.unknown = true
			return
		}
		inner := f.list(named.text, kind, depth+1)
		l.all, l.unknown = l.all || inner.all, l.unknown || inner.unknown
		l.out = eximMembers{append(l.out.names, inner.out.names...), append(l.out.addresses, inner.out.addresses...)}
		if inner.all && len(l.names)+len(l.addresses) > 0 {
			l.unknown = l.unknown || len(inner.out.names)+len(inner.out.addresses) > 0
		}
		l.names, l.addresses = append(l.names, inner.names...), append(l.addresses, inner.addresses...)
		if len(l.names)+len(l.addresses) > maxMembers {
			*l = eximList{unknown: true}
		}
		return
	}
	if p, fault := Address(item); fault == nil {
		l.addresses = append(l.addresses, p)
		return
	}
	d, fault := Domain(item)
	if fault != nil || strings.HasPrefix(d, ".") || !strings.Contains(item, ".") && hasUpper(item) {
		l.unknown = true // a word in capitals is a macro that is not defined here
		return
	}
	l.names = append(l.names, d)
}

func hasUpper(s string) bool { return strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }

// memberSet answers whether names and networks lie in a list.
type memberSet struct {
	names    map[string]bool
	prefixes map[netip.Prefix]bool
}

func newMemberSet(names []string, addresses []netip.Prefix) memberSet {
	s := memberSet{map[string]bool{}, map[netip.Prefix]bool{}}
	for _, n := range names {
		s.names[strings.TrimPrefix(n, "*")] = true
	}
	for _, p := range addresses {
		s.prefixes[p] = true
	}
	return s
}

// hasName reports whether all names of a pattern are in the set; from is 1 to
// ask for wider patterns only.
func (s memberSet) hasName(pattern string, from int) bool {
	for _, w := range wider(pattern)[from:] {
		if s.names[w] {
			return true
		}
	}
	return false
}

// hasPrefix does the same for a network.
func (s memberSet) hasPrefix(p netip.Prefix, from int) bool {
	for bits := p.Bits() - from; bits >= 0; bits-- {
		if s.prefixes[netip.PrefixFrom(p.Addr(), bits).Masked()] {
			return true
		}
	}
	return false
}

// above returns every pattern that takes in some member of the set.
func above(names []string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		for _, w := range wider(n) {
			set[w] = true
		}
	}
	return set
}
