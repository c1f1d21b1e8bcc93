package scanner

import (
	"context"
	"net"
	"time"

	"tlsaudit/audit"
)

// Protocol is an application protocol and what it takes to reach TLS in it.
type Protocol struct {
	audit.Protocol
	// Upgrade is the dialogue in clear that comes before TLS; nil when the
	// connection begins with TLS.
	Upgrade []Step
	// PerHost is the number of connections held to one address and port at a
	// time, Rate the number opened per second, unless Options say otherwise.
	PerHost int
	Rate    float64
	// Budget bounds the scan of one endpoint.
	Budget time.Duration
	// NoSSLv2 says that an SSLv2 hello means something else in this protocol.
	NoSSLv2 bool
	// begin, when set, asks what only this protocol has, before TLS is asked.
	begin func(context.Context, *endpoint) companion
}

// companion is a question of one protocol that runs alongside the TLS posture.
type companion interface {
	// within is given a completed TLS session, if there is one.
	within(net.Conn)
	// conclude writes down the answer when the posture is known.
	conclude(context.Context, *endpoint, *audit.Observation)
}

// Protocols lists every protocol a target may name.
var Protocols = []*Protocol{&https, &smtp, &smtps, &sametime, &anyTLS, &mailDomain}

// protocolByName returns the protocol of that name, or nil.
func protocolByName(name string) *Protocol {
	for _, p := range Protocols {
		if p.Name == name {
			return p
		}
	}
	return nil
}
