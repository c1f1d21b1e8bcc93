package maildomain

import (
	"context"
	"net"
	"net/netip"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq"
	"tlsaudit/internal/pki"
)

const (
	// maxHosts bounds the mail hosts of a domain, maxAddresses those of a host,
	// maxTexts and maxText the TXT records kept and their length in bytes,
	// maxTLSA the TLSA records of a host.
	maxHosts     = 32
	maxAddresses = 16
	maxTexts     = 8
	maxText      = 1024
	maxTLSA      = 32
	// fetchTime bounds one request for a policy; RFC 8461 section 3.3 suggests a
	// minute, which is for those who come back.
	fetchTime = 15 * time.Second
)

// Resolver asks the DNS; a *dnsq.Resolver is one.
type Resolver interface {
	A(ctx context.Context, name string) (audit.Lookup, []netip.Addr)
	AAAA(ctx context.Context, name string) (audit.Lookup, []netip.Addr)
	MX(ctx context.Context, domain string) (look audit.Lookup, list []dnsq.MX, clipped bool)
	TXT(ctx context.Context, name string) (look audit.Lookup, list []string, clipped bool)
	TLSA(ctx context.Context, name string) (look audit.Lookup, list []dnsq.TLSA, clipped bool)
	Alias(ctx context.Context, name string) audit.Lookup
}

// Options are the settings of a Looker.
type Options struct {
	Resolver Resolver
	// Anchors decide whether the certificate of a policy's host is trusted; nil
	// leaves it unasked.
	Anchors *pki.Anchors
	// Now is the clock of assessments.
	Now func() time.Time
	// Dial, when set, replaces the network for the request of a policy.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// AskAll asks for the TLSA records of every SMTP endpoint that is known by
	// name, also of those no mail domain led to.
	AskAll bool
}

// Looker finds out about mail domains. It may be used by many goroutines at once.
type Looker struct{ opt Options }

// New returns a Looker.
func New(opt Options) *Looker {
	if opt.Dial == nil {
		opt.Dial = new(net.Dialer).DialContext
	}
	return &Looker{opt}
}

// Domain looks a mail domain up.
func (l *Looker) Domain(ctx context.Context, domain string) *audit.MailDomain {
	d := &audit.MailDomain{Domain: domain, Hosts: []audit.MailExchanger{}}
	l.hosts(ctx, d)
	d.MTASTS = l.sts(ctx, domain)
	d.TLSRPT = l.reporting(ctx, domain)
	return d
}
