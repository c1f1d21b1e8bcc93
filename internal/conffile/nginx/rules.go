package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var rules = []*confdoc.Rule{
	{
		ID: "NGX-01", Check: "config.protocol", Title: "ssl_protocols in force allow no version below the policy's", Of: confdoc.OfServer,
		Doc: "The protocol versions of an address and port are those of its default server: a good line elsewhere, or in another server of the same port, does not help. " +
			"Two ssl_protocols on one level add up.",
		Detect: "The versions in force after includes, inheritance, the default server and ssl_conf_command; without any directive the default of nginx. nginx CHANGES: TLS 1.0 and 1.1 are off by default from 1.27.3, TLS 1.3 is on by default from 1.23.4. They are assumed on where nobody vouches for a version. It is unknown where a level or an include is not there.",
		Level:  audit.Must, Severity: audit.High, Confidence: "verified",
		Refs:  []string{"https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_protocols", "https://nginx.org/en/CHANGES"},
		Text:  "ssl_protocols TLSv1.2 TLSv1.3;   in http {}, and no other ssl_protocols; in any case in the default server of the port",
		Judge: oldVersions,
	},
	{
		ID: "NGX-02", Check: "config.protocol", Title: "proxy_ssl_protocols and its sisters offer upstreams no version below the policy's", Of: confdoc.OfClient,
		Doc:    "nginx is the client of an upstream server; what it offers there is set apart from what it accepts.",
		Detect: "The versions of proxy_ssl_protocols, grpc_ssl_protocols or uwsgi_ssl_protocols in force. Without a directive it depends on the version of nginx, and is unknown without one. nginx CHANGES: TLS 1.0 and 1.1 are off by default from 1.27.3.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_protocols", "https://nginx.org/en/CHANGES"},
		Text:  "proxy_ssl_protocols TLSv1.2 TLSv1.3;   (grpc_ssl_protocols, uwsgi_ssl_protocols)",
		Judge: oldVersions,
	},
	{
		ID: "NGX-03", Check: "config.certificate", Title: "certificates of upstream servers are verified", Of: confdoc.OfClient,
		Doc:    "proxy_ssl_verify is off by default: nginx then talks to whoever answers.",
		Detect: "proxy_ssl_verify, grpc_ssl_verify or uwsgi_ssl_verify in force is not on.",
		Level:  audit.May, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify"},
		Text:  "proxy_ssl_verify on; proxy_ssl_trusted_certificate FILE; proxy_ssl_name NAME;",
		Judge: unverified,
	},
	{
		ID: "NGX-04", Check: "config.transport", Title: "port 443 speaks TLS", Of: confdoc.OfServer,
		Doc:    "Without the word ssl behind listen nginx speaks plain HTTP, on port 443 as anywhere.",
		Detect: "A server of http on port 443 whose address no server marks with ssl.",
		Level:  audit.Should, Severity: audit.High, Confidence: "documented",
		Text:  "listen 443 ssl;",
		Judge: plainHTTPS,
	},
	{
		ID: "NGX-05", Check: "config.protocol", Title: "ssl_protocols stand where they take effect", Of: confdoc.OfServer,
		Doc:    "Before nginx 1.29.2 the protocol versions of a server that is not the default of its address and port do nothing.",
		Detect: "A server that is not the default one has ssl_protocols of its own that differ from those of the default server.",
		Level:  audit.May, Severity: audit.Low, Confidence: "verified",
		Text:  "Move ssl_protocols into http {}, or into the default server of the port.",
		Judge: idleVersions,
	},
	{
		ID: "NGX-06", Check: "config.ciphers", Title: "no cipher string of the file selects a suite without encryption, without authentication, or with a broken cipher", Of: confdoc.OfListener,
		Doc:    "Such suites give no protection at all against those who can read or change the traffic.",
		Detect: "Suites of the cipher string in force with null encryption, anonymous key exchange, export strength, RC4, RC2, DES, 3DES or IDEA. It is unknown where only some of the versions of OpenSSL that may be meant allow them.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Text:  "ssl_ciphers " + strings.Join(confdoc.StrongSuites, ":") + ";",
		Judge: brokenSuites,
	},
}

// noTLS is the answer about a listener without TLS.
func noTLS(l *confdoc.Listener) []confdoc.Result {
	if l.TLS == audit.Refused {
		return confdoc.Moot("the listener speaks no TLS")
	}
	if s, ok := l.Scope.(*site); ok && l.TLS == audit.Undetermined && s.server.module == "stream" {
		return confdoc.Moot("nginx passes the bytes of the connection on as they are")
	}
	return nil
}

func brokenSuites(c *confdoc.Case) []confdoc.Result {
	if moot := noTLS(c.Listener); moot != nil {
		return moot
	}
	return c.Doc.Syntax.(*tree).parser.ciphers.Broken(c.Listener, stringsOf(c.Listener))
}

// below lists the versions below the policy's that are on, with where.
func oldVersions(c *confdoc.Case) (results []confdoc.Result) {
	if moot := noTLS(c.Listener); moot != nil {
		return moot
	}
	for _, fact := range c.Listener.Versions {
		if fact.Version >= c.Min {
			continue
		}
		place := placeOf(c.Listener, fact)
		switch fact.Answer {
		case audit.Accepted, audit.Latent:
			message := fmt.Sprintf("%s is allowed, %s or later is wanted: %s", fact.Version, c.Min, fact.Evidence)
			r := confdoc.Violated(place, message).Wants(audit.Want{MinVersion: c.Min})
			r.Evidence = fact.Evidence
			results = append(results, r)
		case audit.Undetermined, audit.NotAsked:
			evidence := fact.Evidence
			if evidence == "" {
				evidence = "the file does not say"
			}
			results = append(results, confdoc.Undecided(place, fmt.Sprintf("%s: %s", fact.Version, evidence)))
		}
	}
	return results
}

func placeOf(l *confdoc.Listener, fact audit.VersionFact) audit.Place {
	switch {
	case fact.Place != nil:
		return *fact.Place
	case l.Place != nil:
		return *l.Place
	}
	return audit.Place{}
}

func unverified(c *confdoc.Case) []confdoc.Result {
	e, ok := c.Listener.Scope.(*client)
	if !ok {
		return nil
	}
	name := e.prefix + "ssl_verify"
	if on, _ := e.on(name); on {
		return nil
	}
	place, message := e.pass.place(), "no "+name+": it is off by default, the upstream's certificate is not verified"
	if d := e.last(name); d != nil {
		place, message = d.place(), name+" off: the upstream's certificate is not verified"
	}
	return []confdoc.Result{confdoc.Violated(place, message)}
}

func plainHTTPS(c *confdoc.Case) []confdoc.Result {
	s, ok := c.Listener.Scope.(*site)
	if !ok || s.server.module != "http" || !slices.ContainsFunc(s.listens, func(l listen) bool { return l.port == "443" }) {
		return confdoc.Moot("no server of http on port 443")
	}
	if c.Listener.TLS != audit.Refused {
		return nil
	}
	for _, at := range s.listens {
		if at.port != "443" || at.dir == nil {
			continue
		}
		r := confdoc.Violated(at.dir.place(), "listen "+confdoc.RedactText(at.dir.value())+": port 443 without ssl speaks plain HTTP")
		if s.server.last("ssl_certificate") != nil {
			end := at.dir.words[len(at.dir.words)-1].end
			r.Edits = []conftree.Edit{at.dir.file.Replace(end, end, " ssl")}
		}
		return []confdoc.Result{r}
	}
	return nil
}

func idleVersions(c *confdoc.Case) []confdoc.Result {
	s, ok := c.Listener.Scope.(*site)
	if !ok || !s.tls || s.standard == s.server {
		return nil
	}
	own := s.server.own["ssl_protocols"]
	if len(own) == 0 {
		return nil
	}
	standard, _ := s.standard.lookup("ssl_protocols")
	if len(standard) == 1 && len(own) == 1 && strings.EqualFold(standard[0].value(), own[0].value()) {
		return nil
	}
	return []confdoc.Result{confdoc.Violated(own[0].place(), "ssl_protocols "+confdoc.RedactText(own[0].value())+": not in force before nginx "+ownProtocolsFrom+", the default server of the port decides")}
}
