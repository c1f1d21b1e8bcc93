package scanner

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
)

// The scan depths; see audit.
const (
	DepthQuick    = audit.DepthQuick
	DepthStandard = audit.DepthStandard
	DepthDeep     = audit.DepthDeep
)

// Depths lists the depths, shallowest first.
var Depths = audit.Depths

// Options are the settings of a Scanner. The zero value is usable.
type Options struct {
	// Depth is one of Depths; empty means standard.
	Depth string
	// Order asks for the server's whole order of suites where the server
	// decides, which takes about as many connections as there are suites, one
	// after another. Without it, and above depth deep, the suites are found as
	// a set, with who decides between them.
	Order bool
	// SuitesOnly leaves it at the versions, their suites and who decides.
	SuitesOnly bool
	// Intrusive allows what a server may suffer from, or fills its log: see the
	// inquiries. It adds to depth deep only.
	Intrusive bool
	// PerHost bounds connections to one address and port at a time; 0 leaves
	// it to the protocol.
	PerHost int
	// Rate bounds new connections per second to one address and port. 0 leaves
	// it to the protocol, and unbounded on loopback.
	Rate float64
	// MaxConnections bounds the connections a Scanner opens to one address and
	// port in its life; 0 is no bound. What is not known when they are spent is
	// undetermined, and says so.
	MaxConnections int
	// MaxInFlight bounds connections to all endpoints together; 0 means 256.
	MaxInFlight int
	// Timeout bounds the scan of one endpoint; 0 leaves it to the protocol. A
	// budget smaller than the protocol's shortens every other wait in
	// proportion.
	Timeout time.Duration
	// EHLO is the name given to mail servers; empty, or with characters that do
	// not belong into a command line, it is "localhost".
	EHLO string
	// PlainPort is where an https endpoint is asked in plain HTTP; 0 means port
	// 80, for endpoints at port 443 alone.
	PlainPort uint16
	// Anchors decide trust; nil leaves it unasked.
	Anchors *pki.Anchors
	// Now is the clock of Started, Finished and chain assessment; nil means
	// time.Now.
	Now func() time.Time
	// Logf, when set, receives one line per exchange.
	Logf func(format string, args ...any)
	// Dial, when set, replaces the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Lookup, when set, replaces the system's resolver: it returns the addresses
	// of a name, and for one without any a *net.DNSError that says so.
	Lookup Lookup
}

// Scanner scans endpoints. It may be used by many goroutines at once.
type Scanner struct {
	opt      Options
	hosts    hosts
	inFlight *semaphore.Weighted
	verbose  bool // somebody reads what is logged

	primality primality
	// certificates is shared by all scans: the chains of a fleet have much in
	// common.
	certificates *pki.Cache
}

// New returns a scanner with the given options.
func New(opt Options) *Scanner {
	if opt.Depth == "" {
		opt.Depth = DepthStandard
	}
	if opt.MaxInFlight <= 0 {
		opt.MaxInFlight = 256
	}
	if opt.EHLO == "" || strings.ContainsFunc(opt.EHLO, func(c rune) bool { return c <= ' ' || c > '~' }) {
		opt.EHLO = "localhost"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	verbose := opt.Logf != nil
	if !verbose {
		opt.Logf = func(string, ...any) {}
	}
	if opt.Lookup == nil {
		opt.Lookup = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	return &Scanner{opt: opt, verbose: verbose, inFlight: semaphore.NewWeighted(int64(opt.MaxInFlight)), certificates: pki.NewCache()}
}
