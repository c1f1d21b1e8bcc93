package dnsq

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"tlsaudit/audit"
)

const (
	// timeout bounds the wait for one answer, tries how often a question is put,
	// to the resolvers in turn.
	timeout = 2 * time.Second
	tries   = 2
	// inFlight bounds the questions under way.
	inFlight = 32
	// maxAliases bounds the CNAMEs followed, maxRecords the records kept of one
	// answer, maxCached the answers kept.
	maxAliases = 8
	maxRecords = 100
	maxCached  = 1 << 16
)

// Options are the settings of a Resolver.
type Options struct {
	// Servers are the resolvers to ask, in order.
	Servers []netip.AddrPort
	// Validates says that the servers check signatures and that what comes from
	// them can be believed, wherever they are.
	Validates bool
	// Timeout bounds the wait for one answer; 0 means 2 s.
	Timeout time.Duration
}

// Resolver asks resolvers. It may be used by many goroutines at once.
type Resolver struct {
	opt    Options
	slots  *semaphore.Weighted
	flight singleflight.Group

	mu    sync.Mutex
	cache map[question]*answer
}

// question is what is asked: a name in lower case with a final dot, and a type.
type question struct {
	name  string
	qtype uint16
}

func (q question) key() string { return strconv.Itoa(int(q.qtype)) + " " + q.name }

// answer is how a question ended, with the records of the type asked for.
type answer struct {
	audit.Lookup
	records []dns.RR
	clipped bool
}

// New returns a resolver that asks the given servers.
func New(opt Options) (*Resolver, error) {
	if len(opt.Servers) == 0 {
		return nil, errors.New("no DNS resolver is configured")
	}
	if opt.Timeout <= 0 {
		opt.Timeout = timeout
	}
	return &Resolver{opt: opt, slots: semaphore.NewWeighted(inFlight), cache: map[question]*answer{}}, nil
}

// System returns the resolvers that a file in the form of resolv.conf names, three
// at most, as the C library takes them.
func System(file string) ([]netip.AddrPort, error) {
	c, err := dns.ClientConfigFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the system's resolvers: %w", err)
	}
	var list []netip.AddrPort
	for _, s := range c.Servers[:min(len(c.Servers), 3)] {
		if ip, err := netip.ParseAddr(s); err == nil {
			list = append(list, netip.AddrPortFrom(ip, 53))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s names no resolver", file)
	}
	return list, nil
}

// ParseServer reads the address of a resolver: "127.0.0.1", "[::1]:5353" or
// "192.0.2.53:53". The port is 53 if none is given.
func ParseServer(text string) (netip.AddrPort, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(ip, 53), nil
	}
	server, err := netip.ParseAddrPort(text)
	if err != nil || server.Port() == 0 {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address of a DNS resolver", text)
	}
	return server, nil
}

// lookup answers a question from memory, or puts it. The caller's context bounds
// the wait; the question itself goes on for others who want to know.
func (r *Resolver) lookup(ctx context.Context, name string, qtype uint16) *answer {
	q := question{dns.CanonicalName(name), qtype}
	if _, ok := dns.IsDomainName(q.name); !ok || q.name == "." && qtype != dns.TypeSOA {
		return q.failed(audit.LookupFailed, "not a name the DNS can hold")
	}
	r.mu.Lock()
	known := r.cache[q]
	r.mu.Unlock()
	if known != nil {
		return known
	}
	done := r.flight.DoChan(q.key(), func() (v any, err error) {
		defer func() {
			if p := recover(); p != nil {
				v = q.failed(audit.LookupFailed, fmt.Sprintf("internal error: %v", p))
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*tries*r.opt.Timeout)
		defer cancel()
		a := r.follow(ctx, q)
		if a.Answered() || a.Outcome == audit.LookupBogus {
			r.keep(q, a)
		}
		return a, nil
	})
	select {
	case result := <-done:
		return result.Val.(*answer)
	case <-ctx.Done():
		return q.failed(audit.LookupTimeout, "the time was up before an answer came")
	}
}

func (r *Resolver) keep(q question, a *answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.cache) < maxCached {
		r.cache[q] = a
	}
}

func (q question) failed(outcome audit.LookupOutcome, reason string) *answer {
	a := q.answer()
	a.Outcome, a.Reason, a.Secure = outcome, reason, audit.Undetermined
	return a
}

func (q question) answer() *answer {
	return &answer{Lookup: audit.Lookup{Name: plainName(q.name), Type: dns.TypeToString[q.qtype]}}
}

// follow puts a question, and again for the end of an alias if the resolver left
// that to the one who asks.
func (r *Resolver) follow(ctx context.Context, q question) *answer {
	out, at := q.answer(), q.name
	out.Secure = audit.Accepted
	for {
		reply, fault := r.put(ctx, question{at, q.qtype})
		if fault != nil {
			fault.Lookup.Name, fault.Aliases = out.Name, out.Aliases
			return fault
		}
		out.Secure = worse(out.Secure, reply.secure)
		end, fresh, ok := out.read(reply.msg, at, q.qtype)
		switch {
		case !ok:
			fault := q.failed(audit.LookupFailed, "the aliases (CNAME) form a loop, or there are more than "+strconv.Itoa(maxAliases))
			fault.Aliases = out.Aliases
			return fault
		case len(out.records) > 0:
			out.Outcome = audit.LookupFound
		case reply.msg.Rcode == dns.RcodeNameError:
			out.Outcome = audit.LookupNoName
		case fresh && !hasSOA(reply.msg):
			at = end
			continue
		default:
			out.Outcome = audit.LookupNoData
		}
		return out
	}
}

// read takes aliases and records out of a reply: from the name asked for to the
// end of its aliases, and the records of the type there. fresh tells that there
// was an alias; ok is false where they do not end.
func (a *answer) read(msg *dns.Msg, at string, qtype uint16) (end string, fresh, ok bool) {
	aliases := map[string]string{}
	for _, rr := range msg.Answer {
		if c, is := rr.(*dns.CNAME); is && c.Hdr.Class == dns.ClassINET && qtype != dns.TypeCNAME {
			aliases[dns.CanonicalName(c.Hdr.Name)] = dns.CanonicalName(c.Target)
		}
	}
	for aliases[at] != "" {
		at, fresh = aliases[at], true
		if name := plainName(at); len(a.Aliases) == maxAliases || slices.Contains(a.Aliases, name) || name == a.Name {
			return at, fresh, false
		}
		a.Aliases = append(a.Aliases, plainName(at))
	}
	for _, rr := range msg.Answer {
		h := rr.Header()
		if h.Rrtype != qtype || h.Class != dns.ClassINET || dns.CanonicalName(h.Name) != at {
			continue
		}
		if len(a.records) == maxRecords {
			a.clipped = true
			break
		}
		a.records = append(a.records, rr)
	}
	return at, fresh, true
}

// worse is the security of two answers that are needed together.
func worse(a, b audit.Answer) audit.Answer {
	if a == audit.Refused || b == audit.Refused {
		return audit.Refused
	}
	if a == audit.Accepted && b == audit.Accepted {
		return audit.Accepted
	}
	return audit.Undetermined
}

func hasSOA(msg *dns.Msg) bool {
	return slices.ContainsFunc(msg.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeSOA })
}

// plainName is a name without its final dot.
func plainName(name string) string {
	if n := len(name); n > 1 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}
