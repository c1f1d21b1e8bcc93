package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
)

// tree is what Document.Syntax holds.
type tree struct {
	parser *parser
	main   *scope
	// servers are all server blocks in the order nginx reads them.
	servers []*server
}

// server is a server block.
type server struct {
	*scope
	listens []listen
	names   []string
}

// site is a server on some of its addresses that share a default server.
type site struct {
	server   *server
	listens  []listen
	standard *server // the default server, which may be server itself
	tls      bool
	quic     bool
	// strings are the cipher strings in force.
	strings *confdoc.OpenSSL
}

// client is the side of nginx that talks TLS to an upstream server.
type client struct {
	*scope
	prefix string // "proxy_", "grpc_" or "uwsgi_"
	pass   *directive
	target string
	// strings are the cipher strings in force.
	strings *confdoc.OpenSSL
}

// stringsOf returns the cipher strings of a listener with TLS.
func stringsOf(l *confdoc.Listener) *confdoc.OpenSSL {
	switch scope := l.Scope.(type) {
	case *site:
		return scope.strings
	case *client:
		return scope.strings
	}
	return nil
}

// collect finds the servers below a level.
func (p *parser) collect(s *scope, to []*server) []*server {
	for _, inner := range s.inner {
		switch inner.kind {
		case inModule:
			to = p.collect(inner, to)
		case inServer:
			if len(to) == maxServers {
				p.bound(inner.block, fmt.Sprintf("more than %d servers: the others are not told", maxServers))
				return to
			}
			one := &server{scope: inner, listens: p.listensOf(inner)}
			names := inner.own["server_name"]
			if inner.module == "mail" { // inherited there, and there only
				names, _ = inner.lookup("server_name")
			}
			for _, d := range names {
				for _, w := range d.args() {
					one.names = append(one.names, strings.ToLower(w.text))
				}
			}
			to = append(to, one)
		}
	}
	return to
}

// sites finds each address's default server and splits servers by it.
func (t *tree) sites() (sites []*site) {
	type group struct {
		standard, first *server
		ssl             bool
	}
	groups := map[string]*group{}
	keyOf := func(s *server, l *listen) string { return fmt.Sprintf("%s %s %t", s.module, l.key, l.quic) }
	for _, s := range t.servers {
		for i := range s.listens {
			l := &s.listens[i]
			g := groups[keyOf(s, l)]
			if g == nil {
				g = &group{first: s}
				groups[keyOf(s, l)] = g
			}
			if g.first != s && t.parser.alone(s.module) {
				t.parser.refuse(l.dir.file, l.dir.start, "duplicate address and port pair", "one server for each address and port")
			}
			g.ssl = g.ssl || l.ssl || l.quic
			if l.standard {
				if g.standard != nil {
					t.parser.refuse(l.dir.file, l.dir.start, "a duplicate default server for "+l.bind, "leave one default_server")
				}
				g.standard = s
			}
		}
	}
	for _, s := range t.servers {
		var own []*site
		for i := range s.listens {
			l := s.listens[i]
			g := groups[keyOf(s, &l)]
			standard := g.standard
			if standard == nil {
				standard = g.first
			}
			tls := g.ssl || legacySSL(standard.scope)
			at := slices.IndexFunc(own, func(o *site) bool { return o.standard == standard && o.tls == tls && o.quic == l.quic && !l.quic })
			if at < 0 {
				own = append(own, &site{server: s, standard: standard, tls: tls, quic: l.quic})
				at = len(own) - 1
			}
			own[at].listens = append(own[at].listens, l)
		}
		sites = append(sites, own...)
	}
	return sites
}

// alone reports whether an address may have one server only: always in mail, in
// stream before 1.25.5.
func (p *parser) alone(module string) bool {
	since, known := p.r.Since("nginx", "1.25.5")
	return module == "mail" || module == "stream" && known && !since
}

// legacySSL reports whether "ssl on", a directive of older versions, makes all
// addresses of a server speak TLS.
func legacySSL(s *scope) bool {
	on, _ := s.on("ssl")
	return on
}

// clients finds where nginx talks TLS to upstreams.
func (t *tree) clients() (list []*client) {
	var walk func(s *scope)
	walk = func(s *scope) {
		if s.kind == inServer || s.kind == inLocation || s.kind == inMain {
			for _, prefix := range prefixes {
				for _, d := range s.own[prefix+"pass"] {
					if len(d.args()) != 1 {
						continue
					}
					target := d.words[1].text
					if encrypts(s, prefix, target) {
						list = append(list, &client{scope: s, prefix: prefix, pass: d, target: target})
					}
				}
			}
		}
		for _, inner := range s.inner {
			walk(inner)
		}
	}
	walk(t.main)
	return list
}

// encrypts reports whether a target is, or may be, talked to in TLS.
func encrypts(s *scope, prefix, target string) bool {
	lower := strings.ToLower(target)
	switch {
	case s.module == "stream":
		on, _ := s.on("proxy_ssl")
		return on
	case strings.HasPrefix(target, "$"): // "$scheme://" and whole addresses
		return true
	case prefix == "uwsgi_":
		return strings.HasPrefix(lower, "suwsgi://")
	case prefix == "grpc_":
		return strings.HasPrefix(lower, "grpcs://")
	}
	return strings.HasPrefix(lower, "https://")
}
