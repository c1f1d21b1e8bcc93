package scanner

import (
	"time"

	"tlsaudit/audit"
)

var anyTLS = Protocol{
	Protocol: audit.Protocol{Name: "tls", Title: "any service that begins with TLS, such as WebSphere administration (8879, 9043, 9443)"},
	PerHost:  16,
	Rate:     10,
	Budget:   2 * time.Minute,
}
