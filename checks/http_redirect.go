package checks

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

var httpRedirect = &audit.Check{
	ID:    "http.redirect",
	Title: "Plain HTTP leads on to https",
	Doc:   "Who types a name without https begins in plain text. A server that answers there with content, instead of the way to https, leaves all of the visit to be read and changed.",
	Detect: "Beside an endpoint at port 443, port 80 of the same address is asked for / once. A redirect to https is in order, content or a redirect that stays in plain HTTP is not. A closed " +
		"port, or one that speaks no HTTP, has nothing to lead on. Unknown if no answer came, or one that is an error without content; other ports are not asked.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 6797 section 7.2", "RFC 9325 section 3.2"},
	Protocols: []string{"https"},
	Params:    noParams,
	Run:       runRedirect,
	Want: otherWant("Answer every request in plain HTTP with a permanent redirect to https (Apache httpd: Redirect permanent / https://HOST/; nginx: return 301 https://$host$request_uri), " +
		"or close port 80."),
	Examples: []audit.Example{
		example("content in plain HTTP", audit.Fail, nil, served(func(h *audit.HTTP) { h.Plain = &audit.PlainHTTP{Answer: audit.Accepted, Status: 200} })),
		example("on to plain HTTP", audit.Fail, nil, served(func(h *audit.HTTP) { h.Plain.Location = "http://example.com" })),
		example("on to https", audit.Pass, nil, served(nil)),
		example("an error", audit.Unknown, nil, served(func(h *audit.HTTP) { h.Plain = &audit.PlainHTTP{Answer: audit.Accepted, Status: 404} })),
		example("closed", audit.NotApplicable, nil, served(func(h *audit.HTTP) { h.Plain = &audit.PlainHTTP{Answer: audit.Refused, Reason: "port 80 is closed"} })),
		example("no answer", audit.Unknown, nil, served(func(h *audit.HTTP) {
			h.Plain = &audit.PlainHTTP{Answer: audit.Undetermined, Reason: "port 80: no connection within 5s"}
		})),
		example("at depth quick", audit.Unknown, nil, served(func(h *audit.HTTP) { h.Plain = nil }), func(o *audit.Observation) { o.Depth = audit.DepthQuick }),
		example("another port", audit.Unknown, nil, served(func(h *audit.HTTP) { h.Plain = nil }), func(o *audit.Observation) { o.Target.Port = 8443 }),
		example("unreachable", audit.Unknown, nil, unreachable),
	},
}

func runRedirect(c *audit.Case) []audit.Outcome {
	o := c.Observation
	if o.HTTP == nil || o.HTTP.Plain == nil {
		gap := o.NotAskedAt("the answer in plain HTTP", audit.DepthStandard)
		switch {
		case o.Reach != audit.ReachTLS:
			gap = o.Lacks(audit.NeedTLS)
		case gap != "":
		case o.Target.Port != 443:
			gap = "plain HTTP is asked beside port 443 only"
		default:
			gap = "no request in plain HTTP was made"
		}
		return []audit.Outcome{undecided("", "%s", gap)}
	}
	p := o.HTTP.Plain
	answered := fmt.Sprintf("GET / in plain HTTP: status %d", p.Status)
	switch {
	case p.Answer == audit.Refused:
		return []audit.Outcome{moot("nothing is served in plain HTTP: %s", p.Reason)}
	case p.Answer != audit.Accepted:
		return []audit.Outcome{undecided(p.Reason, "the request in plain HTTP was not answered")}
	case strings.HasPrefix(p.Location, "https://"):
		return []audit.Outcome{met(answered, "plain HTTP leads on to %s", p.Location)}
	case p.Location != "":
		return []audit.Outcome{violated(answered, "plain HTTP leads on to %s", p.Location)}
	case p.Status/100 == 2:
		return []audit.Outcome{violated(answered, "plain HTTP is answered with content")}
	}
	return []audit.Outcome{undecided(answered, "plain HTTP is answered with status %d, neither content nor a way to https", p.Status)}
}
