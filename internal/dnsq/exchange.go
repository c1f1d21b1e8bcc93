package dnsq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"tlsaudit/audit"
)

const (
	// udpSize is what fits through any path in one piece (DNS flag day 2020).
	udpSize = 1232
	// maxStray bounds the datagrams read that are no answer to the question.
	maxStray = 16
)

// reply is a message that answers a question, by success or by saying that the
// name does not exist.
type reply struct {
	msg    *dns.Msg
	secure audit.Answer
}

// put asks the servers in turn until one answers. Its second result is set if
// none did.
func (r *Resolver) put(ctx context.Context, q question) (*reply, *answer) {
	if err := r.slots.Acquire(ctx, 1); err != nil {
		return nil, q.failed(audit.LookupTimeout, "the time was up before it was asked")
	}
	defer r.slots.Release(1)
	var last *answer
	for i := range max(tries, len(r.opt.Servers)) {
		server := r.opt.Servers[i%len(r.opt.Servers)]
		msg, err := r.exchange(ctx, server, q, false)
		switch {
		case err != nil:
			outcome, reason := audit.LookupFailed, err.Error()
			if n := net.Error(nil); errors.As(err, &n) && n.Timeout() {
				outcome, reason = audit.LookupTimeout, fmt.Sprintf("%s does not answer within %s", server, r.opt.Timeout)
			}
			last = q.failed(outcome, reason)
		case msg.Rcode == dns.RcodeServerFailure:
			if last = r.doubt(ctx, server, q, msg); last.Outcome == audit.LookupBogus {
				return nil, last
			}
		case msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError:
			last = q.failed(audit.LookupFailed, fmt.Sprintf("%s answers %s", server, rcode(msg.Rcode)))
		case !msg.RecursionAvailable && !msg.Authoritative && len(msg.Answer) == 0:
			last = q.failed(audit.LookupFailed, fmt.Sprintf("%s refers to other servers: it is no resolver", server))
		default:
			return &reply{msg, r.security(ctx, server, q, msg)}, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

// doubt finds out whether a failure is about signatures: the resolver says so
// (RFC 8914 section 4), or answers if it is told not to check (RFC 4035 section
// 3.2.2) and fails again if it is not: a failure may be one of the moment.
func (r *Resolver) doubt(ctx context.Context, server netip.AddrPort, q question, msg *dns.Msg) *answer {
	why := ""
	if opt := msg.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok && e.InfoCode >= dns.ExtendedErrorCodeDNSBogus && e.InfoCode <= dns.ExtendedErrorCodeNSECMissing {
				why = dns.ExtendedErrorCodeToString[e.InfoCode]
			}
		}
	}
	unchecked, err := r.exchange(ctx, server, q, true)
	answers := err == nil && (unchecked.Rcode == dns.RcodeSuccess || unchecked.Rcode == dns.RcodeNameError)
	if why == "" && answers {
		again, err := r.exchange(ctx, server, q, false)
		answers = err == nil && again.Rcode == dns.RcodeServerFailure
	}
	if why == "" && !answers {
		return q.failed(audit.LookupFailed, fmt.Sprintf("%s answers SERVFAIL", server))
	}
	if why != "" {
		why = ": " + why
	}
	a := q.failed(audit.LookupBogus, fmt.Sprintf("%s finds the signatures to be wrong%s", server, why))
	a.Secure = audit.Refused
	return a
}

// security says what the AD flag of an answer is worth.
func (r *Resolver) security(ctx context.Context, server netip.AddrPort, q question, msg *dns.Msg) audit.Answer {
	trusted := r.opt.Validates || server.Addr().Unmap().IsLoopback()
	switch {
	case trusted && msg.AuthenticatedData:
		return audit.Accepted
	case r.opt.Validates, trusted && r.vouches(ctx, server, q):
		return audit.Refused
	}
	return audit.Undetermined
}

// vouches reports whether a server validates: the root zone is signed.
func (r *Resolver) vouches(ctx context.Context, server netip.AddrPort, q question) bool {
	root := question{".", dns.TypeSOA}
	if q == root {
		return false
	}
	key := question{server.String(), dns.TypeSOA} // no name has a colon in it
	r.mu.Lock()
	known := r.cache[key]
	r.mu.Unlock()
	if known == nil {
		msg, err := r.exchange(ctx, server, root, false)
		if err != nil {
			return false
		}
		known = root.answer()
		if msg.AuthenticatedData {
			known.Secure = audit.Accepted
		}
		r.keep(key, known)
	}
	return known.Secure == audit.Accepted
}

// exchange asks one server once, over TCP if the answer does not fit a datagram.
func (r *Resolver) exchange(ctx context.Context, server netip.AddrPort, q question, unchecked bool) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(q.name, q.qtype)
	m.SetEdns0(udpSize, true)
	m.AuthenticatedData, m.CheckingDisabled = true, unchecked
	msg, err := r.over(ctx, "udp", server, m)
	if err == nil && msg.Truncated {
		msg, err = r.over(ctx, "tcp", server, m)
		if err == nil && msg.Truncated {
			return nil, fmt.Errorf("%s cuts its answer short over TCP too", server)
		}
	}
	return msg, err
}

func (r *Resolver) over(ctx context.Context, network string, server netip.AddrPort, m *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opt.Timeout)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, network, server.String())
	if err != nil {
		return nil, plain(server, err)
	}
	defer c.Close()
	end, _ := ctx.Deadline()
	if err := c.SetDeadline(end); err != nil {
		return nil, plain(server, err)
	}
	conn := &dns.Conn{Conn: c, UDPSize: udpSize}
	if err := conn.WriteMsg(m); err != nil {
		return nil, plain(server, err)
	}
	for range maxStray {
		msg, err := conn.ReadMsg()
		switch n := net.Error(nil); {
		case msg == nil && errors.As(err, &n), network == "tcp" && msg == nil:
			return nil, plain(server, err)
		case msg == nil, !answers(m, msg):
			// a datagram from somebody else, or from before
			if network == "tcp" {
				return nil, fmt.Errorf("%s answers another question", server)
			}
		case err != nil && !msg.Truncated:
			return nil, fmt.Errorf("the answer of %s cannot be read", server)
		default:
			return msg, nil
		}
	}
	return nil, fmt.Errorf("%s answers other questions", server)
}

// answers reports whether a message is the answer to a question.
func answers(m, msg *dns.Msg) bool {
	return msg.Response && msg.Id == m.Id && msg.Opcode == dns.OpcodeQuery && len(msg.Question) == 1 &&
		msg.Question[0].Qtype == m.Question[0].Qtype && msg.Question[0].Qclass == dns.ClassINET &&
		strings.EqualFold(msg.Question[0].Name, m.Question[0].Name)
}

// plain puts the failure of a connection in words that are the same each time.
func plain(server netip.AddrPort, err error) error {
	if n := net.Error(nil); errors.As(err, &n) && n.Timeout() {
		return err
	}
	if op := new(net.OpError); errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return fmt.Errorf("%s: %w", server, err)
}

func rcode(code int) string {
	if name, ok := dns.RcodeToString[code]; ok {
		return name
	}
	return fmt.Sprintf("response code %d", code)
}
