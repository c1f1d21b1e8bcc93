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
	// connection begins with TLS, or Negotiate speaks.
	Upgrade []Step
	// Replies is how the peer's part of Upgrade is read; nil is mailReplies.
	Replies replies
	// Negotiate speaks the dialogue where lines and steps cannot describe it.
	Negotiate func(context.Context, *dialogue) error
	// PerHost is the number of connections held to one address and port at a
	// time, Rate the number opened per second, unless Options say otherwise.
	PerHost int
	Rate    float64
	// Budget bounds the scan of one endpoint.
	Budget time.Duration
	// Most bounds the connections of one scan, for servers that lock out who
	// breaks off too many; 0 is no bound.
	Most int
	// NoSSLv2 says that an SSLv2 hello means something else in this protocol.
	NoSSLv2 bool
	// silent: the request for TLS has no reply but the handshake.
	silent bool
	// begin, when set, asks what only this protocol has, before TLS is asked.
	begin func(context.Context, *endpoint) companion
}

// upgrades reports whether something is said in clear before TLS begins.
func (p *Protocol) upgrades() bool { return p.Upgrade != nil || p.Negotiate != nil }

// companion is a question of one protocol that runs alongside the TLS posture.
type companion interface {
	// within is given a completed TLS session, if there is one. It reports
	// whether the session goes on: nothing is owed on either side.
	within(net.Conn) (goesOn bool)
	// conclude writes down the answer when the posture is known.
	conclude(context.Context, *endpoint, *audit.Observation)
}

// Protocols lists every protocol a target may name. Where two list a port, the
// first has it.
var Protocols = []*Protocol{
	&https, &smtp, &smtps, &lmtp, &imap, &imaps, &pop3, &pop3s, &sieve, &nntp, &nntps, &ftp, &ftps,
	&ldap, &ldaps, &xmppClient, &xmppServer, &xmpps, &sips, &postgres, &mysql, &sametime, &anyTLS, &mailDomain,
}

// protocolByName returns the protocol of that name, or nil.
func protocolByName(name string) *Protocol {
	for _, p := range Protocols {
		if p.Name == name {
			return p
		}
	}
	return nil
}
