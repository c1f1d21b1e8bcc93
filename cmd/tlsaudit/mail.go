package main

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq"
	"tlsaudit/internal/maildomain"
)

// systemResolvers is where the machine says which resolvers it asks.
const systemResolvers = "/etc/resolv.conf"

// mailFlags say whom to ask about names.
type mailFlags struct {
	resolvers []string
	validates bool
}

func (f *mailFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.resolvers, "resolver", nil, "look names, and the TLSA records of mail servers, up with the DNS resolver at this `ADDRESS` (repeatable; default for mx: targets: those of the system)")
	flags.BoolVar(&f.validates, "resolver-validates", false, "the resolver checks DNSSEC signatures and the way to it is safe; one on this machine is asked whether it does")
}

// validate refuses what is no address, before anything is opened.
func (f *mailFlags) validate() error {
	for _, text := range f.resolvers {
		if _, err := dnsq.ParseServer(text); err != nil {
			return usageError("--resolver: "+err.Error(), "write 127.0.0.1, [::1]:5353 or 192.0.2.53:53")
		}
	}
	return nil
}

// resolver is the one to ask.
func (f *mailFlags) resolver() (*dnsq.Resolver, error) {
	var servers []netip.AddrPort
	for _, text := range f.resolvers {
		s, err := dnsq.ParseServer(text)
		if err != nil {
			return nil, err
		}
		servers = append(servers, s)
	}
	if len(servers) == 0 {
		var err error
		if servers, err = dnsq.System(systemResolvers); err != nil {
			return nil, &audit.InputError{Cause: "no DNS resolver to ask about mail domains: " + err.Error(), Hint: "name one: --resolver 127.0.0.1", Err: err}
		}
	}
	return dnsq.New(dnsq.Options{Servers: servers, Validates: f.validates})
}

// mail is what a run knows about mail domains; nil if it has none to do with.
type mail struct {
	resolver  *dnsq.Resolver
	looker    *maildomain.Looker
	expansion *maildomain.Expansion
	// hosts are the names of the mail hosts.
	hosts map[string]bool
	// always is set when every name is to be looked up with the resolver.
	always bool
}

// lookUpMail looks up the mail domains among the targets and puts their hosts
// into the source, beside what is there.
func (a *app) lookUpMail(ctx context.Context, f *auditFlags, s *source) (*mail, error) {
	if s.stored != nil {
		return nil, nil
	}
	var domains []audit.Target
	if s.targets != nil {
		for t, err := range s.targets {
			if err != nil {
				return nil, err
			}
			if t.IsDomain() {
				domains = append(domains, t)
			}
		}
	}
	if len(domains)+len(f.mail.resolvers) == 0 {
		return nil, nil
	}
	m := &mail{hosts: map[string]bool{}, always: len(f.mail.resolvers) > 0}
	var err error
	if m.resolver, err = f.mail.resolver(); err != nil {
		return nil, err
	}
	m.looker = maildomain.New(maildomain.Options{Resolver: m.resolver, Anchors: s.anchors, Now: a.now, Dial: a.dialPolicy, AskAll: m.always})
	m.expansion = m.looker.Expand(ctx, domains)
	for i := range m.expansion.Hosts {
		m.hosts[m.expansion.Hosts[i].Host] = true
	}
	if len(domains) > 0 {
		err = m.join(s)
	}
	return m, err
}

// join adds the hosts to the targets: one that is listed already stays as it is
// listed, and learns which domains it serves.
func (m *mail) join(s *source) error {
	s.nodes = append(s.nodes, nodesOfHosts(m.expansion.Hosts)...)
	hosts := map[string]*audit.Target{}
	for i := range m.expansion.Hosts {
		hosts[m.expansion.Hosts[i].Subject()] = &m.expansion.Hosts[i]
	}
	listed := map[string]bool{}
	for t, err := range s.targets {
		if err != nil {
			return err
		}
		if hosts[t.Subject()] != nil {
			listed[t.Subject()] = true
		}
	}
	s.count += len(hosts) - len(listed)
	if gaps := m.expansion.Gaps; len(gaps) > 0 && s.gap == "" {
		s.gap = strings.Join(gaps[:min(len(gaps), 3)], "; ")
		if len(gaps) > 3 {
			s.gap += fmt.Sprintf("; +%d more", len(gaps)-3)
		}
	}
	s.targets = m.all(s.targets, hosts, listed)
	return nil
}

func (m *mail) all(named iter.Seq2[audit.Target, error], hosts map[string]*audit.Target, listed map[string]bool) iter.Seq2[audit.Target, error] {
	served := map[string][]string{} // by the subject of a host without address
	for _, h := range m.expansion.Hosts {
		h.IP = netip.Addr{}
		served[h.Subject()] = h.Domains
	}
	return func(yield func(audit.Target, error) bool) {
		for t, err := range named {
			if h := hosts[t.Subject()]; err == nil && h != nil {
				t.Domains, t.Nodes = h.Domains, h.Nodes
			} else if err == nil {
				t.Domains = served[t.Subject()]
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
		for _, t := range m.expansion.Hosts {
			if !listed[t.Subject()] && !yield(t, nil) {
				return
			}
		}
	}
}

// nodesOfHosts groups the addresses of hosts that have several, to be compared,
// and tells the first of each how many follow.
func nodesOfHosts(hosts []audit.Target) (groups [][]audit.Target) {
	type name struct {
		host string
		port uint16
	}
	var order []name
	nodes := map[name][]int{}
	for i := range hosts {
		if n := (name{hosts[i].Host, hosts[i].Port}); hosts[i].IP.IsValid() {
			if nodes[n] == nil {
				order = append(order, n)
			}
			nodes[n] = append(nodes[n], i)
		}
	}
	for _, n := range order {
		hosts[nodes[n][0]].Nodes = len(nodes[n]) - 1
		var group []audit.Target
		for _, i := range nodes[n] {
			group = append(group, hosts[i])
		}
		if len(group) > 1 {
			groups = append(groups, group)
		}
	}
	return groups
}

// lookup looks names up where the mail domains were, as far as they are theirs.
func (m *mail) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if m != nil && (m.always || m.hosts[strings.TrimSuffix(name, ".")]) {
		return m.resolver.Hosts(ctx, name)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// scan adds to the scan of an endpoint what is known from the DNS; a mail domain
// is known already.
func (m *mail) scan(scan func(context.Context, audit.Target) *audit.Observation) func(context.Context, audit.Target) *audit.Observation {
	if m == nil {
		return scan
	}
	return func(ctx context.Context, t audit.Target) *audit.Observation {
		if o := m.expansion.Domains[t.Subject()]; o != nil {
			return o
		}
		o := scan(ctx, t)
		if o == nil {
			return nil
		}
		o.Target = t // an earlier run may not have known its domains
		m.looker.Attach(ctx, o, m.expansion)
		return o
	}
}

// notices are what is wrong with the MX records of domains.
func (m *mail) notices() (list []string) {
	if m == nil {
		return nil
	}
	for _, o := range m.expansion.Domains {
		for _, fault := range o.Notes {
			list = append(list, o.Target.Host+": "+fault)
		}
	}
	slices.Sort(list)
	return list[:min(len(list), audit.MaxNamed)]
}
