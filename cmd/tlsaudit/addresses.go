package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"tlsaudit/audit"
)

// Bounds on --all-addresses.
const (
	// maxAddresses is how many addresses of one name are audited.
	maxAddresses = 64
	// maxLookups is how many names are resolved at the same time.
	maxLookups = 16
)

// everywhere makes a target of each address of each name. A name that cannot be
// resolved stays what it is: the scan says so. Names are resolved once, so that
// the list is the same each time it is read.
func (s source) everywhere(ctx context.Context, resolve func(context.Context, string) ([]netip.Addr, error)) (source, error) {
	list := s.targets
	hosts, err := resolveAll(ctx, s, resolve)
	if err != nil {
		return s, err
	}
	s.targets = func(yield func(audit.Target, error) bool) {
		seen := map[string]bool{} // a name may be listed beside one of its addresses
		for t, err := range list {
			if err != nil {
				yield(t, err)
				return
			}
			for _, node := range nodesOf(t, hosts) {
				if subject := node.Subject(); !seen[subject] {
					seen[subject] = true
					if !yield(node, nil) {
						return
					}
				}
			}
		}
	}
	grouped := map[string]bool{}
	for t, err := range list {
		if err != nil {
			return s, err
		}
		if nodes := nodesOf(t, hosts); len(nodes) > 1 && !grouped[t.Subject()] {
			grouped[t.Subject()] = true
			s.nodes = append(s.nodes, nodes)
		}
	}
	s.count = 0
	for _, err := range s.targets {
		if err != nil {
			return s, err
		}
		s.count++
	}
	s.gap = joinGaps(s.gap, omitted(hosts))
	return s, nil
}

// nodesOf are the targets in place of one.
func nodesOf(t audit.Target, hosts map[string][]netip.Addr) []audit.Target {
	ips := hosts[t.Host]
	if t.IP.IsValid() || len(ips) == 0 || t.IsDomain() {
		return []audit.Target{t}
	}
	nodes := make([]audit.Target, min(len(ips), maxAddresses))
	for i := range nodes {
		nodes[i] = t
		nodes[i].IP = ips[i]
	}
	nodes[0].Nodes = len(nodes) - 1
	return nodes
}

// resolveAll resolves the names among the targets; those it cannot are missing.
func resolveAll(ctx context.Context, s source, resolve func(context.Context, string) ([]netip.Addr, error)) (map[string][]netip.Addr, error) {
	hosts := map[string][]netip.Addr{}
	var mu sync.Mutex
	var work sync.WaitGroup
	places := make(chan struct{}, maxLookups)
	asked := map[string]bool{}
	defer work.Wait()
	for t, err := range s.targets {
		if err != nil {
			return nil, err
		}
		if _, literal := netip.ParseAddr(t.Host); literal == nil || t.IP.IsValid() || t.IsDomain() || asked[t.Host] {
			continue
		}
		asked[t.Host] = true
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			if ips, err := resolve(ctx, t.Host); err == nil {
				mu.Lock()
				defer mu.Unlock()
				hosts[t.Host] = ips
			}
		})
	}
	work.Wait()
	return hosts, nil
}

// omitted says which names have more addresses than are audited.
func omitted(hosts map[string][]netip.Addr) string {
	n, example := 0, ""
	for host, ips := range hosts {
		if len(ips) > maxAddresses {
			if n++; example == "" || host < example {
				example = host
			}
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s has %d addresses, of which %d were audited", example, len(hosts[example]), maxAddresses)
	}
	return fmt.Sprintf("%d names have more than %d addresses, of which no more were audited, such as %s", n, maxAddresses, example)
}

func joinGaps(gaps ...string) string {
	var list []string
	for _, g := range gaps {
		if g != "" {
			list = append(list, g)
		}
	}
	return strings.Join(list, "; ")
}
