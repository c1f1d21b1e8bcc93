package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// guard keeps messages away from addresses that no receiver has: those of the
// machine's own link, where clouds keep their metadata and the credentials in
// it, and those that stand for no machine or for many. Looked at is the address
// that is dialled, so that no name and no answer of the DNS gets around it.
// Private and loopback addresses are where receivers of one's own are, and pass.
type guard struct {
	allowed []netip.Prefix
}

// errForbidden is what the guard refuses with.
var errForbidden = errors.New("the address is one of the machine's own link, of cloud metadata, or of no single machine; if a receiver is there, name it in allow_addresses")

// forbidden are the prefixes no receiver has. Beside link-local addresses: the
// metadata services that are elsewhere.
func forbidden() []netip.Prefix {
	var list []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", // this network, link-local, multicast and reserved
		"100.100.100.200/32", "192.0.0.0/24", "168.63.129.16/32", // metadata of clouds
		"::/128", "fe80::/10", "fec0::/10", "ff00::/8", // none, link-local, site-local, multicast
		"fd00:ec2::/32", "fd20:ce::/32", // metadata of clouds
	} {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

// check refuses forbidden addresses, also where one is wrapped into another:
// mapped, compatible, translated (RFC 6052) or tunnelled (6to4).
func (g guard) check(ip netip.Addr) error {
	for _, a := range inside(ip.WithZone("").Unmap()) {
		holds := func(p netip.Prefix) bool { return p.Contains(a) }
		if slices.ContainsFunc(forbidden(), holds) && !slices.ContainsFunc(g.allowed, holds) {
			return fmt.Errorf("%s: %w", ip, errForbidden)
		}
	}
	return nil
}

// inside returns an address and the IPv4 addresses it may stand for.
func inside(ip netip.Addr) []netip.Addr {
	all := []netip.Addr{ip}
	if !ip.Is6() {
		return all
	}
	b := ip.As16()
	four := func(at int) { all = append(all, netip.AddrFrom4([4]byte(b[at:at+4]))) }
	switch {
	case ip.IsLoopback():
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip), netip.MustParsePrefix("::/96").Contains(ip):
		four(12)
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		four(2)
	}
	return all
}

// control is called with each address before it is dialled.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("unreadable address %q: %w", address, err)
	}
	return g.check(at.Addr())
}

// dial opens a connection to what the guard lets pass.
func (g guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, Control: g.control}
	return d.DialContext(ctx, network, address)
}

const dialTimeout = 10 * time.Second
