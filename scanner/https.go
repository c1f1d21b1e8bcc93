package scanner

import (
	"context"
	"time"

	"tlsaudit/audit"
)

var https = Protocol{
	Protocol: audit.Protocol{Name: "https", Ports: []uint16{443, 8443}, Title: "HTTP over TLS"},
	PerHost:  16,
	Rate:     10,
	Budget:   2 * time.Minute,
	begin:    func(_ context.Context, e *endpoint) companion { return &web{e: e} },
}
