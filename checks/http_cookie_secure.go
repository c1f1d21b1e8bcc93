package checks

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

var httpCookieSecure = &audit.Check{
	ID:    "http.cookie_secure",
	Title: "Cookies are sent over TLS only (Secure)",
	Doc: "A cookie without the attribute Secure is sent in plain HTTP as well, where a single image from http://HOST/ is enough to make a browser show it to everybody on the path. A session " +
		"goes with it.",
	Detect: "One GET / is made in the full handshake, and each Set-Cookie of the response looked at; values are not kept. Nobody logs in: unknown if that response sets no cookie, since " +
		"those a login sets are the ones that matter.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 6265 section 5.2.5", "RFC 6265 section 8.3"},
	Needs:     []audit.Need{audit.NeedTLS},
	Protocols: []string{"https"},
	Params:    noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		h, gap := overTLS(c.Observation)
		if gap != nil {
			return gap
		}
		if len(h.Cookies) == 0 {
			return []audit.Outcome{undecided(fmt.Sprintf("GET /: status %d", h.Status), "the response sets no cookie, and those of a login were not seen")}
		}
		var open []string
		for _, cookie := range h.Cookies {
			if !cookie.Secure {
				open = append(open, cookie.Name)
			}
		}
		if open != nil {
			return []audit.Outcome{violated("", "without Secure: %s", strings.Join(open, ", "))}
		}
		return []audit.Outcome{met("", "%d cookies set, each with Secure", len(h.Cookies))}
	},
	Want: otherWant("Give every cookie the attribute Secure (Apache httpd: Header edit Set-Cookie ^(.*)$ \"$1; Secure\"; nginx: proxy_cookie_flags ~ secure; Java: cookie-config with secure true)."),
	Examples: []audit.Example{
		example("without Secure", audit.Fail, nil, served(func(h *audit.HTTP) { h.Cookies = append(h.Cookies, audit.Cookie{Name: "lang"}) })),
		example("with Secure", audit.Pass, nil, served(nil)),
		example("no cookie", audit.Unknown, nil, served(func(h *audit.HTTP) { h.Cookies = nil })),
		example("no HTTP", audit.Unknown, nil, served(func(h *audit.HTTP) {
			*h = audit.HTTP{Answer: audit.Refused, Reason: "the answer is no HTTP response"}
		})),
		example("unreachable", audit.Unknown, nil, unreachable),
	},
}
