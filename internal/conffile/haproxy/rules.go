package haproxy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var rules = []*confdoc.Rule{
	{
		ID: "HAP-01", Check: "config.protocol", Title: "no global option, bind or line of a crt-list admits a version below the policy's", Of: confdoc.OfServer,
		Doc: "A bind's own words beat the global defaults, and a line of a crt-list beats the bind for its names: TLS 1.0 may then be seen with the right server name only. " +
			"no-tlsv10 and its sisters do nothing beside ssl-min-ver, ssl-max-ver or force-.",
		Detect: "The range of versions HAProxy makes of the words in force where the bind stands. Without ssl-min-ver it begins at TLS 1.2 from HAProxy 2.2 on; before, and where a crt-list or a variable is not known, it is unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "verified",
		Refs:  []string{"https://docs.haproxy.org/2.6/configuration.html#5.1-ssl-min-ver"},
		Text:  "ssl-default-bind-options ssl-min-ver TLSv1.2   in the section global, above all binds, and no weaker word on a bind or in a crt-list",
		Judge: oldVersions,
	},
	{
		ID: "HAP-01", Check: "config.protocol", Title: "no global option, bind or line of a crt-list admits a version below the policy's", Of: confdoc.OfDocument,
		Doc:    "A weak global default waits for the next bind that brings no words of its own, also where all there are now do, or where there is none.",
		Detect: "The range of versions that ssl-min-ver, ssl-max-ver and force- of ssl-default-bind-options come to at the end of the file.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"https://docs.haproxy.org/2.6/configuration.html#3.2-ssl-default-bind-options"},
		Text:  "ssl-default-bind-options ssl-min-ver TLSv1.2   in the section global, above all binds",
		Judge: weakDefaults,
	},
	{
		ID: "HAP-02", Check: "config.protocol", Title: "servers are offered no version below the policy's", Of: confdoc.OfClient,
		Doc:    "HAProxy is the client of its servers; what it offers there is set apart from what it accepts.",
		Detect: "ssl-min-ver, ssl-max-ver and force- of the server line, of default-server and of ssl-default-server-options. Without any it depends on the library: unknown.",
		Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
		Refs:  []string{"https://docs.haproxy.org/2.6/configuration.html#5.2-ssl-min-ver"},
		Text:  "ssl-default-server-options ssl-min-ver TLSv1.2",
		Judge: oldVersions,
	},
	{
		ID: "HAP-03", Check: "config.certificate", Title: "certificates of servers are verified", Of: confdoc.OfClient,
		Doc:    "With verify none HAProxy talks to whoever answers.",
		Detect: "verify none on the server line or in default-server, or ssl-server-verify none in global; without either, certificates are verified.",
		Level:  audit.Should, Severity: audit.Medium, Confidence: "verified",
		Refs:  []string{"https://docs.haproxy.org/2.6/configuration.html#5.2-verify"},
		Text:  "server ... ssl verify required ca-file FILE verifyhost NAME",
		Judge: unverified,
	},
	{
		ID: "HAP-04", Check: "config.transport", Title: "servers are talked to in TLS", Of: confdoc.OfClient,
		Doc:    "A server line without ssl sends on in plain text what came in encrypted.",
		Detect: "A server line without ssl, its defaults included. For information: the network between may be trusted.",
		Level:  audit.May, Severity: audit.Low, Confidence: "documented",
		Text:  "server ... ssl verify required ca-file FILE verifyhost NAME",
		Judge: clearServer,
	},
	{
		ID: "HAP-05", Check: "config.transport", Title: "a bind with a certificate speaks TLS", Of: confdoc.OfServer,
		Doc:    "Without the word ssl the certificate of a bind does nothing, and the port speaks plain text.",
		Detect: "A bind with crt or crt-list and without ssl.",
		Level:  audit.Should, Severity: audit.High, Confidence: "verified",
		Text:  "bind ... ssl crt FILE",
		Judge: plainBind,
	},
	{
		ID: "HAP-06", Check: "config.ciphers", Title: "no cipher string of the file selects a suite without encryption, without authentication, or with a broken cipher", Of: confdoc.OfListener,
		Doc:    "Such suites give no protection at all against those who can read or change the traffic.",
		Detect: "Suites of the cipher string in force with null encryption, anonymous key exchange, export strength, RC4, RC2, DES, 3DES or IDEA. It is unknown where only some of the versions of OpenSSL that may be meant allow them.",
		Level:  audit.Should, Severity: audit.High, Confidence: "documented",
		Text:  "ssl-default-bind-ciphers " + strings.Join(confdoc.StrongSuites, ":"),
		Judge: brokenSuites,
	},
}

func brokenSuites(c *confdoc.Case) []confdoc.Result {
	if c.Listener.TLS == audit.Refused {
		return confdoc.Moot("no TLS is spoken here")
	}
	return c.Doc.Syntax.(*parser).ciphers.Broken(c.Listener, stringsOf(c.Listener))
}

func oldVersions(c *confdoc.Case) (results []confdoc.Result) {
	if c.Listener.TLS == audit.Refused {
		return confdoc.Moot("no TLS is spoken here")
	}
	for _, fact := range c.Listener.Versions {
		if fact.Version >= c.Min {
			continue
		}
		place := audit.Place{}
		switch {
		case fact.Place != nil:
			place = *fact.Place
		case c.Listener.Place != nil:
			place = *c.Listener.Place
		}
		switch fact.Answer {
		case audit.Accepted, audit.Latent:
			if !c.Listener.Server() && fact.Place == nil {
				results = append(results, confdoc.Undecided(place, fmt.Sprintf("%s is offered or not: %s", fact.Version, fact.Evidence)))
				continue
			}
			r := confdoc.Violated(place, fmt.Sprintf("%s is allowed, %s or later is wanted: %s", fact.Version, c.Min, fact.Evidence)).Wants(audit.Want{MinVersion: c.Min})
			r.Evidence = fact.Evidence
			results = append(results, r)
		case audit.Undetermined, audit.NotAsked:
			results = append(results, confdoc.Undecided(place, fmt.Sprintf("%s: %s", fact.Version, fact.Evidence)))
		}
	}
	return results
}

func unverified(c *confdoc.Case) []confdoc.Result {
	p, ok := c.Doc.Syntax.(*parser)
	s, is := c.Listener.Scope.(*server)
	if !ok || !is || !s.ssl {
		return confdoc.Moot("no TLS is spoken here")
	}
	if p.verify(s) != "none" {
		return nil
	}
	g := s.settings.value("verify")
	if g == nil {
		return []confdoc.Result{confdoc.Violated(p.unverified.place(), "ssl-server-verify none: the server's certificate is not verified")}
	}
	return []confdoc.Result{confdoc.Violated(g.place(), "verify none: the server's certificate is not verified")}
}

func clearServer(c *confdoc.Case) []confdoc.Result {
	if s, ok := c.Listener.Scope.(*server); ok && !s.ssl {
		return []confdoc.Result{confdoc.Violated(s.line.place(), "no ssl: the server is talked to in plain text")}
	}
	return nil
}

func plainBind(c *confdoc.Case) []confdoc.Result {
	b, ok := c.Listener.Scope.(*bind)
	if !ok || b.ssl || len(b.certificates) == 0 {
		return nil
	}
	g := b.certificates[0]
	r := confdoc.Violated(g.place(), g.word.text+" without ssl: the port speaks plain text")
	return []confdoc.Result{r.With(conftree.Edit{File: g.line.file, Start: g.word.start, End: g.word.start, Text: "ssl "})}
}
