package maildomain

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// hosts finds the mail hosts of a domain (RFC 5321 section 5.1).
func (l *Looker) hosts(ctx context.Context, d *audit.MailDomain) {
	look, list, clipped := l.opt.Resolver.MX(ctx, d.Domain)
	d.MX, d.Clipped = look, clipped || len(list) > maxHosts
	switch {
	case look.Outcome == audit.LookupNoData:
		x := l.exchanger(ctx, d.Domain, 0)
		if x.IPv4.Absent() && x.IPv6.Absent() {
			return // neither: nobody takes its mail
		}
		d.Implicit, d.Hosts = true, []audit.MailExchanger{x}
		return
	case look.Outcome != audit.LookupFound:
		return
	case len(list) == 1 && list[0].Host == ".":
		d.NullMX = true
		return
	}
	for _, mx := range list[:min(len(list), maxHosts)] {
		if fault := unfit(mx.Host); fault != "" {
			d.Faults = append(d.Faults, fmt.Sprintf("the MX %s is %s: no mail can be sent to it", quote(mx.Host), fault))
			d.Hosts = append(d.Hosts, audit.MailExchanger{Host: mx.Host, Preference: mx.Preference, Addresses: []netip.Addr{}, Fault: fault})
			continue
		}
		x := l.exchanger(ctx, mx.Host, mx.Preference)
		if aliases := slices.Concat(x.IPv4.Aliases, x.IPv6.Aliases); len(aliases) > 0 {
			x.Fault = "an alias"
			d.Faults = append(d.Faults, fmt.Sprintf("the MX %s is an alias (CNAME) for %s, which it must not be (RFC 2181 section 10.3)", quote(mx.Host), quote(aliases[len(aliases)-1])))
		}
		if x.IPv4.Absent() && x.IPv6.Absent() {
			d.Faults = append(d.Faults, fmt.Sprintf("the MX %s has no address", quote(mx.Host)))
		}
		d.Hosts = append(d.Hosts, x)
	}
}

// exchanger looks up the addresses of one mail host.
func (l *Looker) exchanger(ctx context.Context, host string, preference uint16) audit.MailExchanger {
	x := audit.MailExchanger{Host: host, Preference: preference, Addresses: []netip.Addr{}}
	var four, six []netip.Addr
	x.IPv4, four = l.opt.Resolver.A(ctx, host)
	x.IPv6, six = l.opt.Resolver.AAAA(ctx, host)
	x.Addresses = append(append(x.Addresses, four...), six...)
	return x
}

// unfit says why a name cannot be that of a mail host, or returns nothing.
func unfit(host string) string {
	if host == "." {
		return "empty beside others (RFC 7505 section 3)"
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "an address in place of a name (RFC 5321 section 5.1)"
	}
	if len(host) > 253 || !strings.Contains(host, ".") {
		return "no full host name"
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "no host name"
		}
	}
	return ""
}

// quote makes what came from the network fit to stand in a sentence.
func quote(s string) string {
	if len(s) > 256 {
		s = s[:256] + "..."
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:*") == "" && s != "" {
		return s
	}
	return strconv.QuoteToASCII(s)
}
