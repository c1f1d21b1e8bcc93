package scanner

import (
	"time"

	"tlsaudit/audit"
)

// smtp has PerHost and Rate lower than the rest: mail servers limit both, and
// write several log lines per connection.
var smtp = Protocol{
	Protocol: audit.Protocol{Name: "smtp", Ports: []uint16{25, 587}, Title: "SMTP with STARTTLS (RFC 3207)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "220"},
		{Name: "EHLO", Send: "EHLO %s", Want: "250", Capability: "STARTTLS", Fallback: "HELO %s"},
		{Name: "STARTTLS", Send: "STARTTLS", Want: "220"},
	},
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}
