package scanner

import (
	"time"

	"tlsaudit/audit"
)

// sips is asked nothing of SIP itself: over TLS it begins with the handshake.
var sips = Protocol{
	Protocol: audit.Protocol{Name: "sips", Ports: []uint16{5061}, Title: "SIP over TLS (RFC 5630)"},
	PerHost:  3,
	Rate:     10,
	Budget:   2 * time.Minute,
}
