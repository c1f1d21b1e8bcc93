package main

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// TestEverywhere: every address is a target, each once; what cannot be resolved
// stays, and what is too much is said.
func TestEverywhere(t *testing.T) {
	resolve := func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "www.example.com":
			return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, nil
		case "one.example.com":
			return []netip.Addr{netip.MustParseAddr("192.0.2.9")}, nil
		case "many.example.com":
			var list []netip.Addr
			for a := netip.MustParseAddr("192.0.2.0"); len(list) < 100; a = a.Next() {
				list = append(list, a)
			}
			return list, nil
		}
		return nil, errors.New("no address")
	}
	target := func(host, ip string) audit.Target {
		to := audit.Target{Protocol: "https", Host: host, Port: 443}
		if ip != "" {
			to.IP = netip.MustParseAddr(ip)
		}
		return to
	}
	list := []audit.Target{
		target("www.example.com", "192.0.2.1"), target("www.example.com", ""), target("gone.example.com", ""), target("192.0.2.7", ""),
		target("www.example.com", "192.0.2.77"), target("one.example.com", ""),
	}
	s, err := source{targets: each(list), count: len(list)}.everywhere(t.Context(), resolve)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for to, err := range s.targets {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimPrefix(to.Subject(), "https://"))
	}
	want := []string{
		"www.example.com:443?ip=192.0.2.1", "www.example.com:443?ip=2001%3Adb8%3A%3A1", "gone.example.com:443", "192.0.2.7:443", "www.example.com:443?ip=192.0.2.77",
		"one.example.com:443?ip=192.0.2.9",
	}
	if diff := cmp.Diff(want, got); diff != "" || s.count != len(want) || s.gap != "" {
		t.Errorf("%d, %q (-want +got):\n%s", s.count, s.gap, diff)
	}
	s, err = source{targets: each([]audit.Target{target("many.example.com", "")})}.everywhere(t.Context(), resolve)
	if err != nil || s.count != 64 || s.gap != "many.example.com has 100 addresses, of which 64 were audited" {
		t.Errorf("%d, %q, %v", s.count, s.gap, err)
	}
	broken := func(yield func(audit.Target, error) bool) { yield(audit.Target{}, errors.New("line 7")) }
	if _, err = (source{targets: broken}).everywhere(t.Context(), resolve); err == nil || !slices.Contains([]string{"line 7"}, err.Error()) {
		t.Errorf("a broken list: %v", err)
	}
}
