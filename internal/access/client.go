package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops bounds how many proxies a request is believed to have come through.
const maxHops = 16

// origin tells whom a request comes from. Without trusted proxies that is the
// other end of the connection, whatever the request says.
type origin struct{ proxies []netip.Prefix }

func (o origin) trusted(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(o.proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// client is the address a request comes from. X-Forwarded-For is read from its
// end, as far as those who wrote it are trusted proxies; what a client puts at
// its beginning is never reached.
func (o origin) client(r *http.Request) netip.Addr {
	at := peer(r)
	if !o.trusted(at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := 0; n < maxHops && len(hops) > 0; n++ {
		text := strings.TrimSpace(hops[len(hops)-1])
		hops = hops[:len(hops)-1]
		hop, err := netip.ParseAddr(text)
		if err != nil {
			return at // the last proxy that said something legible
		}
		if at = hop.Unmap().WithZone(""); !o.trusted(at) {
			return at
		}
	}
	return at
}

// secure reports whether the client speaks TLS, to us or to a trusted proxy.
func (o origin) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	said := r.Header.Values("X-Forwarded-Proto")
	return o.trusted(peer(r)) && len(said) == 1 && strings.EqualFold(strings.TrimSpace(said[0]), "https")
}

// hosts are the names a request may ask for. A page of another site whose name
// is pointed at this server asks for its own name, and is refused.
type hosts []string

// LoopbackHosts are the names of this machine to itself.
var LoopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// allow reports whether a Host header names the server. Its port does not
// matter: a forwarded one differs, and it tells nothing about who asks.
func (h hosts) allow(header string) bool {
	name := header
	if host, port, err := net.SplitHostPort(header); err == nil {
		if port == "" || strings.Trim(port, "0123456789") != "" {
			return false
		}
		name = host
	} else if inner, ok := strings.CutPrefix(header, "["); ok {
		if name, ok = strings.CutSuffix(inner, "]"); !ok {
			return false
		}
	}
	return name != "" && slices.ContainsFunc(h, func(own string) bool { return strings.EqualFold(own, name) })
}

// loopback reports whether every name is one of this machine to itself.
func (h hosts) loopback() bool {
	return !slices.ContainsFunc(h, func(name string) bool {
		a, err := netip.ParseAddr(name)
		return !strings.EqualFold(name, "localhost") && (err != nil || !a.IsLoopback())
	})
}
