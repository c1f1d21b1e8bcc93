package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// maxClients bounds the clients told.
const maxClients = 5000

// addClients declares every way nginx talks TLS to upstreams. The same target
// with the same settings is told once.
func (p *parser) addClients(t *tree) {
	seen := map[string]bool{}
	for _, c := range t.clients() {
		l := p.client(c)
		key := l.Listener
		for _, s := range l.Settings {
			key += fmt.Sprintf("\n%s %s %s:%d:%d", s.Key, s.Value, s.Place.File, s.Place.Line, s.Place.Col)
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(seen) > maxClients {
			p.bound(c.pass, fmt.Sprintf("more than %d upstreams: the others are not told", maxClients))
			return
		}
		p.doc.Listeners = append(p.doc.Listeners, l)
	}
}

func (p *parser) client(c *client) *confdoc.Listener {
	place := c.pass.place()
	target := confdoc.RedactText(c.target)
	if at := strings.LastIndexByte(target, '@'); at >= 0 {
		scheme, _, _ := strings.Cut(target, "://")
		target = scheme + "://" + target[at+1:]
	}
	l := &confdoc.Listener{Scope: c}
	l.Declared = audit.Declared{Listener: c.prefix + "pass " + target, Role: audit.RoleClient, TLS: audit.Accepted, Plain: audit.Refused, Place: &place}
	version, known := p.r.Version("nginx")
	l.ProductVersion, l.Assumed = version, !known
	e := side{prefix: c.prefix, outer: c.scope, inner: c.scope}
	e.settings(l, upstreamTLS, nil, "")
	switch c.prefix {
	case "proxy_", "grpc_":
		if c.module == "http" {
			l.Protocol = "https"
		}
	}
	if strings.HasPrefix(c.target, "$") && c.module != "stream" {
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		l.Gaps = append(l.Gaps, "whether TLS is spoken depends on a variable in "+c.prefix+"pass")
	}
	p.declare(l, e, p.protocolsOf(c.scope, c.prefix+"ssl_protocols"))
	l.Features = slices.Clip(l.Features)
	return l
}
