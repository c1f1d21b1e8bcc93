package scanner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Lookup resolves a name, which ends in a dot if it has one.
type Lookup func(ctx context.Context, name string) ([]netip.Addr, error)

// Addresses resolves a host to all its addresses, in ascending order, each once.
func (ask Lookup) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	ips, err := ask.some(ctx, host)
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	slices.SortFunc(ips, netip.Addr.Compare)
	return slices.Compact(ips), err
}

// some resolves a host to one address at least.
func (ask Lookup) some(ctx context.Context, host string) ([]netip.Addr, error) {
	name := host
	if strings.Contains(name, ".") {
		// The final dot keeps a search list from turning it into another name.
		name = strings.TrimSuffix(name, ".") + "."
	}
	ips, err := ask(ctx, name)
	if err != nil {
		if d := new(net.DNSError); errors.As(err, &d) && d.IsNotFound {
			return nil, fmt.Errorf("no address for %s", host)
		}
		return nil, fmt.Errorf("resolving %s: %s", host, plain(err))
	}
	if len(ips) == 0 {
		return nil, fmt.Errorf("no address for %s", host)
	}
	return ips, nil
}
