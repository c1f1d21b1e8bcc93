package dnsq

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq/dnstest"
)

const zone = `
example.test. MX 10 mx1.example.test.
example.test. MX 20 MX2.Example.Test.
mx1.example.test. A 127.0.0.1
mx1.example.test. A 127.0.0.2
mx1.example.test. AAAA ::1
_25._tcp.mx1.example.test. TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
alias.example.test. CNAME mx1.example.test.
outside.example.test. CNAME www.insecure.test.
www.insecure.test. A 127.0.0.3
sts.example.test. TXT "v=STSv1; " "id=1"
bogus.test. A 127.0.0.4
`

// asking starts a server, and a resolver that asks it.
func asking(t *testing.T, opt Options) (*dnstest.Server, *Resolver) {
	t.Helper()
	s, err := dnstest.New(zone)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Unsigned("insecure.test")
	s.Bogus("bogus.test")
	if opt.Servers == nil {
		opt.Servers = []netip.AddrPort{s.Addr}
	}
	if opt.Timeout == 0 {
		opt.Timeout = 500 * time.Millisecond
	}
	r, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func TestOutcomes(t *testing.T) {
	s, r := asking(t, Options{})
	fail := func(code int) dnstest.Handler {
		return func(q *dns.Msg, _ string) *dns.Msg { return new(dns.Msg).SetRcode(q, code) }
	}
	s.Handle("silent.test", func(*dns.Msg, string) *dns.Msg { return nil })
	s.Handle("refused.test", fail(dns.RcodeRefused))
	s.Handle("broken.test", fail(dns.RcodeServerFailure))
	s.Handle("lame.test", func(q *dns.Msg, _ string) *dns.Msg { return new(dns.Msg).SetReply(q) })
	s.Handle("other.test", func(q *dns.Msg, _ string) *dns.Msg {
		m := s.Answer(q)
		m.Question = []dns.Question{{Name: "another.test.", Qtype: q.Question[0].Qtype, Qclass: dns.ClassINET}}
		return m
	})
	s.Handle("stranger.test", func(q *dns.Msg, _ string) *dns.Msg { m := s.Answer(q); m.Id++; return m })
	s.Handle("loop.test", func(q *dns.Msg, _ string) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		for _, line := range []string{"loop.test. CNAME pool.test.", "pool.test. CNAME loop.test."} {
			rr, _ := dns.NewRR(line)
			m.Answer = append(m.Answer, rr)
		}
		return m
	})
	s.Handle("endless.test", func(q *dns.Msg, _ string) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		for i := range 20 {
			name := "endless.test."
			if i > 0 {
				name = fmt.Sprintf("c%d.test.", i)
			}
			rr, _ := dns.NewRR(fmt.Sprintf("%s CNAME c%d.test.", name, i+1))
			m.Answer = append(m.Answer, rr)
		}
		return m
	})
	tests := []struct {
		name    string
		outcome audit.LookupOutcome
		secure  audit.Answer
		found   int
		reason  string
	}{
		{"mx1.example.test", audit.LookupFound, audit.Accepted, 2, ""},
		{"MX1.example.test.", audit.LookupFound, audit.Accepted, 2, ""},
		{"alias.example.test", audit.LookupFound, audit.Accepted, 2, ""},
		{"outside.example.test", audit.LookupFound, audit.Refused, 1, ""},
		{"www.insecure.test", audit.LookupFound, audit.Refused, 1, ""},
		{"nothing.example.test", audit.LookupNoName, audit.Accepted, 0, ""},
		{"example.test", audit.LookupNoData, audit.Accepted, 0, ""},
		{"bogus.test", audit.LookupBogus, audit.Refused, 0, "finds the signatures to be wrong"},
		{"silent.test", audit.LookupTimeout, audit.Undetermined, 0, "does not answer within"},
		{"refused.test", audit.LookupFailed, audit.Undetermined, 0, "REFUSED"},
		{"broken.test", audit.LookupFailed, audit.Undetermined, 0, "SERVFAIL"},
		{"lame.test", audit.LookupFailed, audit.Undetermined, 0, "it is no resolver"},
		{"other.test", audit.LookupTimeout, audit.Undetermined, 0, "does not answer within"},
		{"stranger.test", audit.LookupTimeout, audit.Undetermined, 0, "does not answer within"},
		{"loop.test", audit.LookupFailed, audit.Undetermined, 0, "form a loop"},
		{"endless.test", audit.LookupFailed, audit.Undetermined, 0, "more than 8"},
		{strings.Repeat("a", 64) + ".test", audit.LookupFailed, audit.Undetermined, 0, "not a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			look, list := r.A(t.Context(), tt.name)
			if look.Outcome != tt.outcome || look.Secure != tt.secure || len(list) != tt.found || !strings.Contains(look.Reason, tt.reason) {
				t.Errorf("got %+v, %v", look, list)
			}
		})
	}
}

// TestWhoValidates holds the worth of the AD flag to who sets it.
func TestWhoValidates(t *testing.T) {
	s, r := asking(t, Options{})
	if look, _ := r.A(t.Context(), "www.insecure.test"); look.Secure != audit.Refused {
		t.Errorf("a resolver that vouches for the root: %+v", look)
	}
	// A resolver that does not validate never sets the flag, for the root either.
	plain, r := asking(t, Options{})
	plain.Unsigned(".")
	if look, _ := r.A(t.Context(), "mx1.example.test"); look.Outcome != audit.LookupFound || look.Secure != audit.Undetermined {
		t.Errorf("a resolver that does not validate: %+v", look)
	}
	_, r = asking(t, Options{Validates: true, Servers: []netip.AddrPort{plain.Addr}})
	if look, _ := r.A(t.Context(), "mx1.example.test"); look.Secure != audit.Refused {
		t.Errorf("a resolver said to validate: %+v", look)
	}
	// The flag of a resolver elsewhere counts only if the operator says so.
	far := netip.MustParseAddrPort("192.0.2.53:53")
	signed := &dns.Msg{MsgHdr: dns.MsgHdr{AuthenticatedData: true}}
	for validates, want := range map[bool]audit.Answer{false: audit.Undetermined, true: audit.Accepted} {
		_, r := asking(t, Options{Validates: validates, Servers: []netip.AddrPort{s.Addr}})
		if got := r.security(t.Context(), far, question{"example.test.", dns.TypeA}, signed); got != want {
			t.Errorf("validates %t: %s, want %s", validates, got, want)
		}
	}
}

func TestRecords(t *testing.T) {
	_, r := asking(t, Options{})
	_, mx, _ := r.MX(t.Context(), "example.test")
	if diff := cmp.Diff([]MX{{"mx1.example.test", 10}, {"mx2.example.test", 20}}, mx); diff != "" {
		t.Error(diff)
	}
	if _, txt, _ := r.TXT(t.Context(), "sts.example.test"); len(txt) != 1 || txt[0] != "v=STSv1; id=1" {
		t.Errorf("TXT %q", txt)
	}
	look, tlsa, _ := r.TLSA(t.Context(), "_25._tcp.mx1.example.test")
	if look.Secure != audit.Accepted || len(tlsa) != 1 || tlsa[0].Usage != 3 || len(tlsa[0].Data) != 32 || tlsa[0].Data[1] != 0x11 {
		t.Errorf("TLSA %+v %v", look, tlsa)
	}
	if look, _ := r.A(t.Context(), "alias.example.test"); len(look.Aliases) != 1 || look.End() != "mx1.example.test" {
		t.Errorf("aliases %+v", look)
	}
	list, err := r.Hosts(t.Context(), "mx1.example.test")
	if err != nil || len(list) != 3 || list[2] != netip.IPv6Loopback() {
		t.Errorf("hosts %v, %v", list, err)
	}
	for name, missing := range map[string]bool{"nothing.example.test": true, "bogus.test": false} {
		_, err := r.Hosts(t.Context(), name)
		if got := err != nil && strings.Contains(err.Error(), "no such host"); got != missing {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTruncated wants an answer that does not fit a datagram to be had over TCP,
// and a set without end to be cut.
func TestTruncated(t *testing.T) {
	s, r := asking(t, Options{})
	for i := range 150 {
		rr, err := dns.NewRR(fmt.Sprintf(`many.test. TXT "%s %d"`, strings.Repeat("x", 200), i))
		if err != nil {
			t.Fatal(err)
		}
		s.Add(rr)
	}
	look, list, clipped := r.TXT(t.Context(), "many.test")
	if look.Outcome != audit.LookupFound || len(list) != maxRecords || !clipped {
		t.Errorf("%+v: %d texts, clipped %t", look, len(list), clipped)
	}
	s.Handle("short.test", func(q *dns.Msg, _ string) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Truncated, m.RecursionAvailable = true, true
		return m
	})
	if look, _ := r.A(t.Context(), "short.test"); look.Outcome != audit.LookupFailed {
		t.Errorf("cut short over TCP: %+v", look)
	}
}

// TestOnce wants one question for many who ask, and none for who asks later.
func TestOnce(t *testing.T) {
	s, r := asking(t, Options{})
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if look, _ := r.A(t.Context(), "mx1.example.test"); look.Outcome != audit.LookupFound {
				t.Errorf("%+v", look)
			}
		})
	}
	wait.Wait()
	if n := s.Asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestNextServer wants the second resolver to be asked when the first is silent,
// and failures to be asked anew.
func TestNextServer(t *testing.T) {
	good, _ := asking(t, Options{})
	silent, _ := asking(t, Options{})
	silent.Handle("mx1.example.test", func(*dns.Msg, string) *dns.Msg { return nil })
	r, err := New(Options{Servers: []netip.AddrPort{silent.Addr, good.Addr}, Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if look, list := r.A(t.Context(), "mx1.example.test"); look.Outcome != audit.LookupFound || len(list) != 2 {
		t.Errorf("%+v %v", look, list)
	}
}

func TestGivenUp(t *testing.T) {
	_, r := asking(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if look, _ := r.A(ctx, "fresh.example.test"); look.Answered() && look.Outcome != audit.LookupNoName {
		t.Errorf("%+v", look)
	}
}

func TestParseServer(t *testing.T) {
	for text, want := range map[string]string{"127.0.0.1": "127.0.0.1:53", "::1": "[::1]:53", "[::1]:5353": "[::1]:5353", "192.0.2.53:54": "192.0.2.53:54", "dns.example": "", "127.0.0.1:0": "", "": ""} {
		got, err := ParseServer(text)
		if (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// FuzzAnswer lets a server answer with any bytes: nothing may come of it but an
// outcome, and records only with one that says so.
func FuzzAnswer(f *testing.F) {
	m := new(dns.Msg)
	m.SetQuestion("example.test.", dns.TypeMX)
	for _, line := range []string{"example.test. MX 10 mx.example.test.", "example.test. CNAME example.test.", "example.test. CNAME b.test."} {
		rr, err := dns.NewRR(line)
		if err != nil {
			f.Fatal(err)
		}
		r := new(dns.Msg).SetReply(m)
		r.Answer = []dns.RR{rr}
		data, err := r.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		msg := new(dns.Msg)
		if msg.Unpack(data) != nil {
			return
		}
		answers(m, msg)
		a := question{"example.test.", dns.TypeMX}.answer()
		end, _, ok := a.read(msg, "example.test.", dns.TypeMX)
		if len(a.Aliases) > maxAliases || len(a.records) > maxRecords || ok && end == "" {
			t.Errorf("%+v, end %q", a, end)
		}
	})
}

// TestFailingNowAndThen: a resolver that fails once has not found signatures to
// be wrong.
func TestFailingNowAndThen(t *testing.T) {
	s, r := asking(t, Options{})
	var asked atomic.Int32
	s.Handle("mx1.example.test", func(q *dns.Msg, _ string) *dns.Msg {
		if asked.Add(1) == 1 {
			return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
		}
		return s.Answer(q)
	})
	if look, list := r.A(t.Context(), "mx1.example.test"); look.Outcome != audit.LookupFound || look.Secure != audit.Accepted || len(list) == 0 {
		t.Errorf("%+v %v", look, list)
	}
}
