package gateway

import (
	"net/netip"
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
// which it is not known whom it is for.
func readExim(s *source) (*Table, error) {
	f, err := s.eximFile()
	if err != nil {
		return nil, err
	}
	t := &Table{}
	used := map[string]bool{}
	for _, router := range f.routers {
		name := router.options["transport"].text
		if name == "" {
			continue
		}
		i := slices.IndexFunc(f.transports, func(b *eximBlock) bool { return b.name == name })
		if i >= 0 && f.transports[i].options["driver"].text != "smtp" {
			used[name] = true
			continue
		}
		base := Row{Name: router.name, Direction: Outbound, Place: s.place(router.at)}
		f.routerMatch(router, &base)
		var rows []Row
		if i < 0 {
			base.Level, base.Undecided = Opportunistic, "the transport "+quote(name)+" is not in the file"
			rows = []Row{base}
		} else {
			used[name] = true
			rows = f.transportRows(f.transports[i], base)
		}
		if err := s.addExim(t, router.at, rows); err != nil {
			return nil, err
		}
	}
	for _, transport := range f.transports {
		if used[transport.name] || transport.options["driver"].text != "smtp" {
			continue
		}
		base := Row{Name: transport.name, Direction: Outbound, Place: s.place(transport.at), Undecided: "no router in the file uses the transport"}
		base.Match.Partial = true
		if err := s.addExim(t, transport.at, f.transportRows(transport, base)); err != nil {
			return nil, err
		}
	}
	if len(t.Rows) == 0 {
		return nil, s.fault(at{1, 1}, "name the file that holds the routers and transports", "no smtp transport")
	}
	return t, nil
}

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

// routerMatch reads whom a router is for.
func (f *eximFile) routerMatch(router *eximBlock, r *Row) {
	for _, o := range []string{"condition", "senders", "local_parts"} {
		if _, ok := router.options[o]; ok {
			r.Undecided, r.Match.Partial = "the router is limited by "+o+" too", true
		}
	}
	if router.doubt != "" {
		r.Undecided, r.Match.Partial = router.doubt, true
	}
	domains, ok := router.options["domains"]
	if !ok {
		r.Match.Any = true
	} else if l := f.list(domains.text, 0); l.unknown {
		r.Undecided, r.Match.Partial = "the list of domains "+quote(domains.text)+" cannot be decided from the file", true
	} else {
		r.Match.Any, r.Match.Partial = l.all, r.Match.Partial || l.except
		r.Match.Domains, r.Match.Addresses = l.names, l.addresses
	}
	if driver := router.options["driver"].text; driver != "dnslookup" && driver != "" && r.Undecided == "" {
		r.Note = "the next hop comes from a " + clip(driver) + " router, not from MX records"
	}
}

// eximList is what a list of domains or hosts comes to.
type eximList struct {
	all, except, unknown bool
	names                []string
	addresses            []netip.Prefix
}

func (l *eximList) none() bool {
	return !l.all && !l.unknown && len(l.names)+len(l.addresses) == 0
}

// list reads a list. What is expanded, looked up or mixed with exceptions is
// unknown; exceptions alone leave everything else.
func (f *eximFile) list(text string, depth int) (l eximList) {
	if strings.Contains(text, "$") || depth > 8 {
		return eximList{unknown: true}
	}
	separator := ":"
	if rest, ok := strings.CutPrefix(text, "<"); ok && rest != "" {
		separator, text = rest[:1], rest[1:]
	}
	const doubled = "\x00"
	text = strings.ReplaceAll(text, separator+separator, doubled)
	negative, positive := 0, 0
	for item := range strings.SplitSeq(text, separator) {
		item = strings.TrimSpace(strings.ReplaceAll(item, doubled, separator))
		if item == "" {
			continue
		}
		if strings.HasPrefix(item, "!") {
			negative++
			continue
		}
		positive++
		f.item(item, depth, &l)
	}
	switch {
	case negative > 0 && positive == 0:
		return eximList{all: true, except: true}
	case negative > 0:
		l.unknown = true
	}
	return l
}

func (f *eximFile) item(item string, depth int, l *eximList) {
	if item == "*" {
		l.all = true
		return
	}
	if name, ok := strings.CutPrefix(item, "+"); ok {
		named, found := f.lists[name]
		if !found {
			l.unknown = true
			return
		}
		inner := f.list(named.text, depth+1)
		l.all, l.unknown = l.all || inner.all, l.unknown || inner.unknown || inner.except
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
	if fault != nil || strings.HasPrefix(d, ".") {
		l.unknown = true
		return
	}
	l.names = append(l.names, d)
}

// transportRows are the rows of one router: one for the hosts TLS is required
// of, if these are some only, and one for all others.
func (f *eximFile) transportRows(transport *eximBlock, base Row) []Row {
	option := func(name, usual string) eximList {
		if o, ok := transport.options[name]; ok {
			return f.list(o.text, 0)
		}
		return f.list(usual, 0)
	}
	require, avoid := option("hosts_require_tls", ""), option("hosts_avoid_tls", "")
	if transport.options["protocol"].text == "smtps" {
		require = eximList{all: true}
	}
	if transport.doubt != "" && base.Undecided == "" {
		base.Undecided = transport.doubt
	}
	if (require.unknown || avoid.unknown) && base.Undecided == "" {
		base.Undecided = "hosts_require_tls or hosts_avoid_tls cannot be decided from the file"
	}
	enforced, rest := base, base
	f.eximDemand(option, transport, &enforced)
	rest.Level = Opportunistic
	if avoid.all {
		rest.Level, rest.Note = None, "hosts_avoid_tls: TLS is never tried"
		enforced.Note = "hosts_avoid_tls contradicts hosts_require_tls: mail cannot be delivered"
	}
	switch {
	case require.all:
		return []Row{enforced}
	case require.unknown || require.none():
		return []Row{rest}
	}
	enforced.Name = base.Name + " (hosts_require_tls)"
	enforced.Match = Match{Domains: require.names, Addresses: require.addresses, HostsOnly: true, Partial: true}
	return []Row{enforced, rest}
}

// eximDemand reads what a transport demands where it requires TLS.
func (f *eximFile) eximDemand(option func(name, usual string) eximList, transport *eximBlock, r *Row) {
	verify, names, dane := option("tls_verify_hosts", ""), option("tls_verify_cert_hostnames", "*"), option("hosts_require_dane", "")
	r.Level = Encrypt
	anchors, given := transport.options["tls_verify_certificates"]
	switch {
	case verify.all && (!given || anchors.text != ""):
		r.Level = levelOf(true, names.all)
		if names.unknown && r.Undecided == "" {
			r.Undecided = "tls_verify_cert_hostnames cannot be decided from the file"
		}
	case verify.all && r.Undecided == "":
		r.Undecided = "tls_verify_hosts without tls_verify_certificates"
	case verify.unknown && r.Undecided == "":
		r.Undecided = "tls_verify_hosts cannot be decided from the file"
	case !verify.none():
		r.Note = "tls_verify_hosts verifies some hosts only"
	}
	if dane.all && !r.Level.Chain() {
		r.Level = DANEOnly
	}
	r.MinBits = eximStrength(transport.options["tls_require_ciphers"].text)
}

// eximStrength reads a cipher string, in either dialect, as far as that is
// safe: only priority strings of GnuTLS limit TLS 1.3 too, and a string that
// names weak suites promises nothing.
func eximStrength(text string) int {
	upper := strings.ToUpper(text)
	switch {
	case strings.HasPrefix(upper, "SECURE256") && !strings.Contains(upper, "+"):
		return 256
	case strings.Contains(text, "$"):
		return 0
	}
	for piece := range strings.FieldsFuncSeq(upper, func(c rune) bool { return c == ':' || c == ',' || c == ' ' }) {
		if piece[0] == '!' || piece[0] == '-' {
			continue
		}
		for _, weak := range []string{"NULL", "LOW", "EXP", "DES", "RC4", "RC2", "IDEA", "SEED", "ALL", "COMPLEMENT", "SECLEVEL=0", "ARCFOUR"} {
			if strings.Contains(piece, weak) {
				return 0
			}
		}
	}
	return 128
}
