package scanner

import (
	"context"
	"net"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// applicationProtocols are the names to offer by the protocol of the target, of
// the registry "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs".
var applicationProtocols = map[string][]string{
	"https":       {"h2", "http/1.1", "http/1.0"},
	"imap":        {"imap"},
	"imaps":       {"imap"},
	"pop3":        {"pop3"},
	"pop3s":       {"pop3"},
	"ftp":         {"ftp"},
	"ftps":        {"ftp"},
	"nntp":        {"nntp"},
	"nntps":       {"nntp"},
	"sieve":       {"managesieve"},
	"xmpp-client": {"xmpp-client"},
	"xmpp-server": {"xmpp-server"},
	"postgres":    {"postgresql"},
	"sips":        {"sip/2"},
}

// askProtocols lists the application protocols a server takes: what it chooses
// is taken off the offer, until it chooses none.
func askProtocols(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	left := slices.Clone(applicationProtocols[e.target.Protocol])
	x := newestOf(versions)
	if len(left) == 0 || x == nil || x.style == styleMinimal {
		return
	}
	f := audit.FeatureFact{Name: audit.FeatureApplicationProtocols, Version: x.Version, Answer: audit.Undetermined}
	var taken []string
	for len(left) > 0 && ctx.Err() == nil {
		r := e.offerProtocols(ctx, x, left)
		f.Evidence = r.text()
		i := slices.Index(left, r.ALPN)
		switch refused := r.Alert == alertALPN && (r.Outcome == wire.Alert || r.Stop == wire.Alert); {
		case refused, r.is(x.Version) && r.ALPN == "" && (r.Done || x.Version < audit.TLSv13):
			left = nil
			f.Answer = audit.Refused
		case !r.is(x.Version):
			x.asked = append(x.asked, f)
			return
		case i < 0:
			f.Evidence += " with " + protocolName(r.ALPN) + ", which was not offered"
			x.asked = append(x.asked, f)
			return
		default:
			taken = append(taken, r.ALPN)
			left = slices.Delete(left, i, i+1)
		}
	}
	if ctx.Err() != nil {
		return
	}
	if len(taken) > 0 {
		f.Answer, f.Value = audit.Accepted, strings.Join(taken, ", ")
	}
	x.asked = append(x.asked, f)
}

func (e *endpoint) offerProtocols(ctx context.Context, x *version, names []string) reply {
	q := question{until: wire.UntilKeyExchange, bare: true, about: x.Version.String() + ", " + strings.Join(names, " ")}
	names = slices.Clone(names)
	if x.Version == audit.TLSv13 {
		q.read = func(ctx context.Context, c net.Conn) wire.Flight {
			return wire.ReadTLS13(ctx, c, wire.Hello13{SNI: e.sni, ALPN: names}).Flight
		}
	} else {
		h := e.hello(x.Version, x.style, x.sessionSuites(func(tlsreg.Suite) bool { return true }))
		h.ALPN, h.OCSP = names, false
		q.hello, q.until = h.AppendTo(nil), wire.UntilServerHello
	}
	return e.ask(ctx, q)
}

// newestOf returns the newest accepted version with extensions, or nil.
func newestOf(versions []*version) (newest *version) {
	for _, x := range versions {
		if x.Answer == audit.Accepted && x.Version >= audit.TLSv10 && len(x.hits) > 0 {
			newest = x
		}
	}
	return newest
}
