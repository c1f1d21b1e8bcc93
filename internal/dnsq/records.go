package dnsq

import (
	"context"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"tlsaudit/audit"
)

// MX is one MX record; Host is in lower case without a final dot, and "." for
// none (RFC 7505 section 3).
type MX struct {
	Host       string
	Preference uint16
}

// TLSA is one TLSA record with its association data (RFC 6698 section 2.1).
type TLSA struct {
	Usage, Selector, Matching uint8
	Data                      []byte
}

// A looks up the IPv4 addresses of a name, AAAA its IPv6 addresses; in ascending
// order.
func (r *Resolver) A(ctx context.Context, name string) (audit.Lookup, []netip.Addr) {
	return r.addresses(ctx, name, dns.TypeA)
}

// AAAA looks up the IPv6 addresses of a name.
func (r *Resolver) AAAA(ctx context.Context, name string) (audit.Lookup, []netip.Addr) {
	return r.addresses(ctx, name, dns.TypeAAAA)
}

// Hosts returns the addresses of a name of both families, IPv4 first, as a scanner
// wants them: for a name without any the error is a *net.DNSError that says so.
func (r *Resolver) Hosts(ctx context.Context, name string) ([]netip.Addr, error) {
	four, list := r.A(ctx, name)
	six, more := r.AAAA(ctx, name)
	if list = slices.Concat(list, more); len(list) > 0 {
		return list, nil
	}
	for _, look := range []audit.Lookup{four, six} {
		if !look.Answered() {
			return nil, &net.DNSError{Name: name, Err: string(look.Outcome) + ": " + look.Reason, IsTimeout: look.Outcome == audit.LookupTimeout}
		}
	}
	return nil, &net.DNSError{Name: name, Err: "no such host", IsNotFound: true}
}

func (r *Resolver) addresses(ctx context.Context, name string, qtype uint16) (audit.Lookup, []netip.Addr) {
	a := r.lookup(ctx, name, qtype)
	var list []netip.Addr
	for _, rr := range a.records {
		raw := []byte(nil)
		switch rr := rr.(type) {
		case *dns.A:
			raw = rr.A.To4()
		case *dns.AAAA:
			raw = rr.AAAA
		}
		if ip, ok := netip.AddrFromSlice(raw); ok {
			list = append(list, ip.Unmap())
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return a.Lookup, slices.Compact(list)
}

// MX looks up the mail hosts of a domain, the most preferred first; clipped tells
// that there were more than are kept.
func (r *Resolver) MX(ctx context.Context, domain string) (look audit.Lookup, list []MX, clipped bool) {
	a := r.lookup(ctx, domain, dns.TypeMX)
	for _, rr := range a.records {
		if m, ok := rr.(*dns.MX); ok {
			list = append(list, MX{plainName(dns.CanonicalName(m.Mx)), m.Preference})
		}
	}
	slices.SortFunc(list, func(a, b MX) int {
		if a.Preference != b.Preference {
			return int(a.Preference) - int(b.Preference)
		}
		return strings.Compare(a.Host, b.Host)
	})
	return a.Lookup, slices.Compact(list), a.clipped
}

// TXT looks up texts, each with its strings joined (RFC 7208 section 3.3). What
// is not printable ASCII is escaped as \DDD.
func (r *Resolver) TXT(ctx context.Context, name string) (look audit.Lookup, list []string, clipped bool) {
	a := r.lookup(ctx, name, dns.TypeTXT)
	for _, rr := range a.records {
		if t, ok := rr.(*dns.TXT); ok {
			list = append(list, strings.Join(t.Txt, ""))
		}
	}
	slices.Sort(list)
	return a.Lookup, list, a.clipped
}

// TLSA looks up TLSA records, in order of their numbers.
func (r *Resolver) TLSA(ctx context.Context, name string) (look audit.Lookup, list []TLSA, clipped bool) {
	a := r.lookup(ctx, name, dns.TypeTLSA)
	for _, rr := range a.records {
		t, ok := rr.(*dns.TLSA)
		if !ok {
			continue
		}
		if data, err := hex.DecodeString(t.Certificate); err == nil {
			list = append(list, TLSA{t.Usage, t.Selector, t.MatchingType, data})
		}
	}
	slices.SortFunc(list, func(a, b TLSA) int {
		return slices.Compare(append([]byte{a.Usage, a.Selector, a.Matching}, a.Data...), append([]byte{b.Usage, b.Selector, b.Matching}, b.Data...))
	})
	return a.Lookup, list, a.clipped
}

// Alias asks whether a name is an alias, and says how that is known.
func (r *Resolver) Alias(ctx context.Context, name string) audit.Lookup {
	return r.lookup(ctx, name, dns.TypeCNAME).Lookup
}
