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

// Addresses resolves a name to all its addresses, in ascending order, each once.
func Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	ips, err := lookup(ctx, host)
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	slices.SortFunc(ips, netip.Addr.Compare)
	return slices.Compact(ips), err
}

// lookup resolves a name to one address at least.
func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	name := host
	if strings.Contains(name, ".") {
		// The final dot keeps a search list from turning it into another name.
		name = strings.TrimSuffix(name, ".") + "."
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
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
