package scanner

import (
	"time"

	"tlsaudit/audit"
)

var smtps = Protocol{
	Protocol: audit.Protocol{Name: "smtps", Ports: []uint16{465}, Title: "SMTP submission over implicit TLS (RFC 8314)"},
	PerHost:  2,
	Rate:     4,
	Budget:   5 * time.Minute,
}
