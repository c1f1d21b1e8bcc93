package checks

import (
	"net/netip"

	"tlsaudit/audit"
)

// overTLS returns what the response over TLS was, or why nothing can be said
// about it.
func overTLS(o *audit.Observation) (*audit.HTTP, []audit.Outcome) {
	h := o.HTTP
	switch {
	case h == nil && o.Reach != audit.ReachTLS:
		return nil, []audit.Outcome{undecided("", "%s", o.Lacks(audit.NeedTLS))}
	case h == nil:
		return nil, []audit.Outcome{undecided("", "no HTTP request was made")}
	case h.Answer == audit.Refused:
		return nil, []audit.Outcome{undecided(h.Reason, "the endpoint does not answer a request in HTTP")}
	case h.Answer != audit.Accepted:
		return nil, []audit.Outcome{undecided(h.Reason, "the request was not answered")}
	}
	return h, nil
}

// isAddress reports whether the endpoint is named by an address.
func isAddress(t *audit.Target) bool {
	_, err := netip.ParseAddr(t.Name())
	return err == nil
}

// served gives the endpoint the response of a web server, with some changes.
func served(edit func(*audit.HTTP)) change {
	return func(o *audit.Observation) {
		o.HTTP = &audit.HTTP{
			Answer: audit.Accepted, Status: 200, Cookies: []audit.Cookie{{Name: "session", Secure: true}},
			HSTS:  &audit.HSTS{Value: "max-age=63072000; includeSubDomains", MaxAge: 63072000, IncludeSubDomains: true},
			Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 301, Location: "https://www.example.com"},
		}
		if edit != nil {
			edit(o.HTTP)
		}
	}
}
