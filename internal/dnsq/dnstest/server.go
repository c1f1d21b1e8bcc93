// Package dnstest is a DNS server for tests: it answers on loopback, over UDP and
// TCP, from records written as in a zone file, as a resolver that validates would
// or as one that means harm. It checks no signature: what is "signed" is told to
// it.
package dnstest

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Handler answers a question; nil leaves it without an answer.
type Handler func(q *dns.Msg, network string) *dns.Msg

// Server is a resolver on loopback.
type Server struct {
	// Addr is where it answers, over UDP and TCP.
	Addr netip.AddrPort
	// Asked counts questions.
	Asked atomic.Int64

	servers []*dns.Server
	wait    sync.WaitGroup

	mu       sync.Mutex
	records  map[string][]dns.RR // by name and type
	names    map[string]bool
	unsigned map[string]bool
	bogus    map[string]bool
	special  map[string]Handler
}

// New starts a server with records in the form of a zone file, all signed.
func New(zone string) (*Server, error) {
	s := &Server{records: map[string][]dns.RR{}, names: map[string]bool{}, unsigned: map[string]bool{}, bogus: map[string]bool{}, special: map[string]Handler{}}
	parser := dns.NewZoneParser(strings.NewReader(". 60 IN SOA . . 1 1 1 1 1\n"+zone), ".", "zone")
	parser.SetDefaultTTL(60)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		s.Add(rr)
	}
	if err := parser.Err(); err != nil {
		return nil, err
	}
	packets, listener, err := listen()
	if err != nil {
		return nil, err
	}
	s.Addr = netip.MustParseAddrPort(packets.LocalAddr().String())
	s.serve(&dns.Server{PacketConn: packets, Handler: s.handler("udp")})
	s.serve(&dns.Server{Listener: listener, Handler: s.handler("tcp")})
	return s, nil
}

// listen takes a port for both transports. Another program may have it for one
// of them.
func listen() (packets net.PacketConn, listener net.Listener, err error) {
	for range 20 {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
		if packets, err = net.ListenPacket("udp", listener.Addr().String()); err == nil {
			return packets, listener, nil
		}
		_ = listener.Close()
	}
	return nil, nil, err
}

func (s *Server) serve(d *dns.Server) {
	started := make(chan struct{})
	d.NotifyStartedFunc = func() { close(started) }
	s.servers = append(s.servers, d)
	s.wait.Go(func() { _ = d.ActivateAndServe() })
	<-started
}

// Close stops the server.
func (s *Server) Close() {
	for _, d := range s.servers {
		_ = d.Shutdown()
	}
	s.wait.Wait()
}

// Add adds a record.
func (s *Server) Add(rr dns.RR) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := dns.CanonicalName(rr.Header().Name)
	s.records[key(name, rr.Header().Rrtype)] = append(s.records[key(name, rr.Header().Rrtype)], rr)
	for name != "." {
		s.names[name] = true
		next, end := dns.NextLabel(name, 0)
		if end {
			break
		}
		name = name[next:]
	}
}

// Unsigned makes names, and what is below them, ones the AD flag is not set for.
func (s *Server) Unsigned(names ...string) { s.mark(s.unsigned, names) }

// Bogus makes names, and what is below them, ones that do not validate.
func (s *Server) Bogus(names ...string) { s.mark(s.bogus, names) }

func (s *Server) mark(set map[string]bool, names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range names {
		set[dns.CanonicalName(n)] = true
	}
}

// Handle lets a function answer all questions about one name.
func (s *Server) Handle(name string, h Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.special[dns.CanonicalName(name)] = h
}

func key(name string, qtype uint16) string { return fmt.Sprint(qtype, " ", name) }

func within(set map[string]bool, name string) bool {
	for n := range set {
		if dns.IsSubDomain(n, name) {
			return true
		}
	}
	return false
}

func (s *Server) handler(network string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		s.Asked.Add(1)
		s.mu.Lock()
		special := s.special[dns.CanonicalName(q.Question[0].Name)]
		s.mu.Unlock()
		var r *dns.Msg
		if special != nil {
			r = special(q, network)
		} else {
			r = s.Answer(q)
			if size := dns.MinMsgSize; network == "udp" {
				if opt := q.IsEdns0(); opt != nil {
					size = int(opt.UDPSize())
				}
				r.Truncate(size)
			}
		}
		if r != nil {
			_ = w.WriteMsg(r)
		}
	}
}

// Answer is what an honest server says.
func (s *Server) Answer(q *dns.Msg) *dns.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := new(dns.Msg)
	r.SetReply(q)
	r.RecursionAvailable, r.AuthenticatedData = true, true
	name, qtype := dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype
	for range 20 {
		if within(s.bogus, name) && !q.CheckingDisabled {
			r.Answer, r.AuthenticatedData, r.Rcode = nil, false, dns.RcodeServerFailure
			return r
		}
		r.AuthenticatedData = r.AuthenticatedData && !within(s.unsigned, name) && !q.CheckingDisabled
		if list := s.records[key(name, qtype)]; len(list) > 0 {
			r.Answer = append(r.Answer, list...)
			return r
		}
		alias := s.records[key(name, dns.TypeCNAME)]
		if len(alias) == 0 || qtype == dns.TypeCNAME {
			break
		}
		r.Answer = append(r.Answer, alias[0])
		name = dns.CanonicalName(alias[0].(*dns.CNAME).Target)
	}
	if !s.names[name] {
		r.Rcode = dns.RcodeNameError
	}
	r.Ns = s.records[key(".", dns.TypeSOA)]
	return r
}
