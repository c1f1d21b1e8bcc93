package notify

import (
	"errors"
	"net/netip"
	"testing"
)

func TestGuard(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "192.168.1.1": true, "192.0.2.1": true, "2001:db8::1": true, "fd12::1": true, "100.64.0.1": true,
		"169.254.169.254": false, "169.254.1.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false,
		"100.100.100.200": false, "192.0.0.192": false, "168.63.129.16": false,
		"::": false, "fe80::1": false, "fe80::1%eth0": false, "ff02::1": false, "fec0::1": false, "fd00:ec2::254": false, "fd20:ce::254": false,
		"::ffff:169.254.169.254": false, "::169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "2002:a9fe:a9fe::1": false,
		"::ffff:10.0.0.1": true, "64:ff9b::c000:201": true,
	} {
		if err := (guard{}).check(netip.MustParseAddr(address)); (err == nil) != allowed || err != nil && !errors.Is(err, errForbidden) {
			t.Errorf("%s: %v", address, err)
		}
	}
	g := guard{allowed: []netip.Prefix{netip.MustParsePrefix("169.254.7.0/24")}}
	if g.check(netip.MustParseAddr("169.254.7.7")) != nil || g.check(netip.MustParseAddr("169.254.8.7")) == nil {
		t.Error("allow_addresses does not allow what it names, or more")
	}
	if g.control("tcp", "nonsense", nil) == nil {
		t.Error("an address nobody can read is dialled")
	}
}

// TestGuardDials: the guard looks at what is dialled, not at the name.
func TestGuardDials(t *testing.T) {
	for _, address := range []string{"169.254.169.254:80", "[::ffff:169.254.169.254]:80"} {
		if c, err := (guard{}).dial(t.Context(), "tcp", address); !errors.Is(err, errForbidden) {
			t.Errorf("%s: %v, %v", address, c, err)
		}
	}
}
