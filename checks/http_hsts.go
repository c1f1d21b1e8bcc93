package checks

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tlsaudit/audit"
)

type hstsParams struct {
	minAge, recommended                int
	includeSubDomains, preload, always bool
}

var httpHSTS = &audit.Check{
	ID:    "http.hsts",
	Title: "Browsers are told to come back over TLS only (HSTS)",
	Doc: "A browser that knows the header Strict-Transport-Security of a host never again speaks plain HTTP to it, and lets nobody click a certificate warning away. Without it the first " +
		"request of every visit can be taken over on the way.",
	Detect: "One GET / is made in the full handshake, and the first Strict-Transport-Security of the response read as browsers do: a header with a fault in its syntax, a directive twice, or no " +
		"max-age is none. No redirect is followed. Unknown if no response came; with `always` also if the response was no error page, since those were not asked for.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 6797 section 6.1", "RFC 6797 section 7.1", "RFC 9325 section 3.2"},
	Needs:     []audit.Need{audit.NeedTLS},
	Protocols: []string{"https"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := hstsParams{
			minAge: r.int("min_age", 1, 1, math.MaxInt32), recommended: r.int("recommended", 0, 0, math.MaxInt32),
			includeSubDomains: r.bool("includeSubDomains", false), preload: r.bool("preload", false), always: r.bool("always", false),
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"min_age":           "least max-age in seconds (default 1)",
		"recommended":       "max-age in seconds below which is a warning (default none)",
		"includeSubDomains": "whether the directive includeSubDomains must be there (default false)",
		"preload":           "whether the directive preload must be there (default false)",
		"always":            "whether error pages must carry the header as well (default false)",
	},
	Run: runHSTS,
	Want: func(params any) audit.Want {
		p, _ := params.(hstsParams)
		value := fmt.Sprintf("max-age=%d", max(p.minAge, p.recommended, 31536000))
		if p.includeSubDomains {
			value += "; includeSubDomains"
		}
		if p.preload {
			value += "; preload"
		}
		return audit.Want{Other: fmt.Sprintf("Send the header Strict-Transport-Security: %s with every response over TLS (Apache httpd: Header always set Strict-Transport-Security \"%[1]s\"; "+
			"nginx: add_header Strict-Transport-Security \"%[1]s\" always). Begin with a short max-age: it cannot be taken back before it is over.", value)}
	},
	Examples: []audit.Example{
		example("no header", audit.Fail, nil, served(func(h *audit.HTTP) { h.HSTS = nil })),
		example("too short", audit.Fail, map[string]any{"min_age": 31536000}, served(func(h *audit.HTTP) { h.HSTS = &audit.HSTS{Value: "max-age=300", MaxAge: 300} })),
		example("max-age=0 takes it back", audit.Fail, nil, served(func(h *audit.HTTP) { h.HSTS = &audit.HSTS{Value: "max-age=0"} })),
		example("a directive twice", audit.Fail, nil, served(func(h *audit.HTTP) {
			h.HSTS = &audit.HSTS{Value: "max-age=300; max-age=63072000", Fault: "a directive is there twice"}
		})),
		example("subdomains are left out", audit.Fail, map[string]any{"includeSubDomains": true}, served(func(h *audit.HTTP) { h.HSTS.IncludeSubDomains = false })),
		example("less than recommended", audit.Warn, map[string]any{"recommended": 126144000}, served(nil)),
		example("two years", audit.Pass, map[string]any{"min_age": 63072000, "includeSubDomains": true}, served(nil)),
		example("error pages not seen", audit.Unknown, map[string]any{"always": true}, served(nil)),
		example("an error page", audit.Pass, map[string]any{"always": true}, served(func(h *audit.HTTP) { h.Status = 404 })),
		example("no response", audit.Unknown, nil, served(func(h *audit.HTTP) {
			*h = audit.HTTP{Answer: audit.Undetermined, Reason: "no handshake was completed"}
		})),
		example("not asked", audit.Unknown, nil),
		example("an address", audit.NotApplicable, nil, served(nil), func(o *audit.Observation) { o.Target.Host = "192.0.2.1" }),
		example("unreachable", audit.Unknown, nil, unreachable),
	},
}

func runHSTS(c *audit.Case) []audit.Outcome {
	if isAddress(c.Target) {
		return []audit.Outcome{moot("browsers heed no Strict-Transport-Security of a host that is named by its address")}
	}
	h, gap := overTLS(c.Observation)
	if gap != nil {
		return gap
	}
	p, s := c.Params.(hstsParams), h.HSTS
	switch {
	case s == nil:
		return []audit.Outcome{violated(fmt.Sprintf("GET /: status %d", h.Status), "there is no header Strict-Transport-Security")}
	case s.Fault != "":
		return []audit.Outcome{violated(s.Value, "browsers ignore the header Strict-Transport-Security: %s", s.Fault)}
	}
	var faults []string
	if s.MaxAge < int64(p.minAge) {
		faults = append(faults, fmt.Sprintf("max-age is %s, wanted are %s", seconds(s.MaxAge), seconds(int64(p.minAge))))
	}
	if p.includeSubDomains && !s.IncludeSubDomains {
		faults = append(faults, "includeSubDomains is missing")
	}
	if p.preload && !s.Preload {
		faults = append(faults, "preload is missing")
	}
	switch {
	case faults != nil:
		return []audit.Outcome{violated(s.Value, "Strict-Transport-Security: %s", strings.Join(faults, ", "))}
	case p.always && h.Status < 400:
		return []audit.Outcome{undecided(s.Value, "the header is in order in a response of status %d; error pages were not asked for", h.Status)}
	case s.MaxAge < int64(p.recommended):
		return []audit.Outcome{advice(s.Value, "max-age is %s, recommended are %s", seconds(s.MaxAge), seconds(int64(p.recommended)))}
	}
	return []audit.Outcome{met(s.Value, "Strict-Transport-Security for %s", seconds(s.MaxAge))}
}

// seconds renders a time, in whole days if it is that long.
func seconds(n int64) string {
	if day := int64(24 * time.Hour / time.Second); n >= day {
		return fmt.Sprintf("%d s (%d days)", n, n/day)
	}
	return fmt.Sprintf("%d s", n)
}
