package scanner

import (
	"time"

	"tlsaudit/audit"
)

// lmtp is SMTP with another greeting (RFC 2033).
var lmtp = Protocol{
	Protocol: audit.Protocol{Name: "lmtp", Ports: []uint16{24}, Title: "LMTP with STARTTLS (RFC 2033)"},
	Upgrade: []Step{
		{Name: "greeting", Want: "220"},
		{Name: "LHLO", Send: "LHLO %s", Want: "250", Capability: "STARTTLS"},
		{Name: "STARTTLS", Send: "STARTTLS", Want: "220"},
	},
	PerHost: 2,
	Rate:    4,
	Budget:  5 * time.Minute,
}
