package scanner_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

func TestSMTP(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	tests := []struct {
		name      string
		server    fixtures.SMTP
		reach     audit.Reach
		offered   audit.Answer
		accepted  audit.Answer
		injection audit.Answer
		reason    string
	}{
		{"plain", fixtures.SMTP{TLS: cfg}, audit.ReachTLS, audit.Accepted, audit.Accepted, audit.Refused, ""},
		{"in pieces", fixtures.SMTP{TLS: cfg, Chunk: 7, Pause: time.Millisecond, Greeting: []string{"mail.example.com", "be", "patient"}},
			audit.ReachTLS, audit.Accepted, audit.Accepted, audit.Refused, ""},
		{"slow greeting", fixtures.SMTP{TLS: cfg, Delay: 50 * time.Millisecond}, audit.ReachTLS, audit.Accepted, audit.Accepted, audit.Refused, ""},
		{"lower case capability", fixtures.SMTP{Secured: fixtures.TLS(cfg), Capabilities: []string{"SIZE 10", "starttls now"}},
			audit.ReachTLS, audit.Accepted, audit.Accepted, audit.Refused, ""},
		{"no STARTTLS", fixtures.SMTP{}, audit.ReachNoTLS, audit.Refused, audit.NotAsked, audit.NotAsked, "STARTTLS is not among"},
		{"no EHLO", fixtures.SMTP{NoEHLO: true}, audit.ReachNoTLS, audit.Refused, audit.NotAsked, audit.NotAsked, "HELO accepted"},
		{"454", fixtures.SMTP{TLS: cfg, Reply: "454 4.7.0 TLS not available due to local problem"},
			audit.ReachUnknown, audit.Accepted, audit.Undetermined, audit.NotAsked, "454 4.7.0"},
		{"502", fixtures.SMTP{TLS: cfg, Reply: "502 5.5.1 no"}, audit.ReachNoTLS, audit.Accepted, audit.Refused, audit.NotAsked, "502 5.5.1"},
		{"injected", fixtures.SMTP{TLS: cfg, Inject: "250 injected\r\n"}, audit.ReachTLS, audit.Accepted, audit.Accepted, audit.Accepted, ""},
		{"endless banner", fixtures.SMTP{Endless: true}, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, audit.NotAsked, "more than 100 lines"},
		{"huge line", fixtures.SMTP{HugeLine: 1 << 20}, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, audit.NotAsked, "longer than 4096"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, "smtp", serve(t, c.server.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second, Depth: scanner.DepthQuick})
			s := o.StartTLS
			if o.Reach != c.reach || s.Offered != c.offered || s.Accepted != c.accepted || s.Injection != c.injection {
				t.Errorf("reach %s (%s), offered %s, accepted %s, injection %s", o.Reach, o.Reason, s.Offered, s.Accepted, s.Injection)
			}
			if c.reach == audit.ReachTLS {
				if o.Version(audit.TLSv13).Answer != audit.Accepted || o.Handshake.Completed != audit.Accepted || len(o.Chains) != 1 {
					t.Errorf("%v, handshake %+v, %d chains", answers(o), o.Handshake, len(o.Chains))
				}
				return
			}
			unjudged(t, o)
			if !strings.Contains(o.Reason, c.reason) || !strings.Contains(s.Reason, c.reason) {
				t.Errorf("reason %q, of the dialogue %q", o.Reason, s.Reason)
			}
		})
	}
}

func TestSMTPEvidence(t *testing.T) {
	t.Parallel()
	server := serve(t, fixtures.SMTP{TLS: fixtures.Hardened(leaf(t, fixtures.P256)), Inject: "250 smuggled\r\n"}.Handler())
	o := scan(t, "smtp", server.Addr(), scanner.Options{Depth: scanner.DepthQuick})
	s := o.StartTLS
	if s.Banner != "220 mail.example.com ESMTP" || s.Reply != "220 2.0.0 Ready to start TLS" || s.Injected != "250 smuggled\r\n" {
		t.Errorf("%+v", s)
	}
	if !slices.Contains(s.Capabilities, "STARTTLS") || slices.Contains(s.Capabilities, "mail.example.com") {
		t.Errorf("capabilities %q", s.Capabilities)
	}
	if server.Accepted() != o.Connections {
		t.Errorf("%d connections, %d accepted", o.Connections, server.Accepted())
	}
}

// TestSMTPThrottled: a server that sends us away for a while is asked again
// later; one that does so for good leaves what it did not answer open.
func TestSMTPThrottled(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	t.Run("for good", func(t *testing.T) {
		t.Parallel()
		whole := scan(t, "smtp", serve(t, fixtures.SMTP{TLS: cfg}.Handler()).Addr(), scanner.Options{})
		if gaps := gaps(whole); len(gaps) > 0 {
			t.Fatalf("without a limit: %q, notes %q", gaps, whole.Notes)
		}
		// Which questions are among the first is left to chance: whatever is
		// called known is what the whole scan found, and something is not.
		for _, limit := range []int{4, 8, 12} {
			t.Run(fmt.Sprint(limit), func(t *testing.T) {
				t.Parallel()
				o := scan(t, "smtp", serve(t, fixtures.SMTP{TLS: cfg, Limit: limit}.Handler()).Addr(), scanner.Options{Timeout: 40 * time.Second})
				if o.Reach != audit.ReachTLS || len(gaps(o)) == 0 || len(o.Notes) == 0 {
					t.Errorf("%s (%s), lacks %q, notes %q", o.Reach, o.Reason, gaps(o), o.Notes)
				}
				if diff := cmp.Diff(complete(whole, whole), complete(o, whole)); diff != "" {
					t.Errorf("not what the whole scan found:\n%s\nnotes %q", diff, o.Notes)
				}
			})
		}
	})
	t.Run("one at a time", func(t *testing.T) {
		t.Parallel()
		o := scan(t, "smtp", serve(t, fixtures.SMTP{TLS: cfg, Concurrent: 1}.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second})
		for _, need := range []audit.Need{audit.NeedSuites, audit.NeedPreference, audit.NeedGroups, audit.NeedChains, audit.NeedStartTLS} {
			if gap := o.Lacks(need); gap != "" {
				t.Errorf("%s: %s, notes %q", need, gap, o.Notes)
			}
		}
	})
	t.Run("from the start", func(t *testing.T) {
		t.Parallel()
		busy := fixtures.Banner("421 4.7.0 mail.example.com Too many connections")
		o := scan(t, "smtp", serve(t, busy).Addr(), scanner.Options{Timeout: 40 * time.Second})
		if o.Reach != audit.ReachUnknown || !strings.Contains(o.Reason, "421 4.7.0") || o.StartTLS.Offered != audit.Undetermined {
			t.Errorf("%s: %s, %+v", o.Reach, o.Reason, o.StartTLS)
		}
		unjudged(t, o)
	})
}

// TestSMTPBackEndsDisagree: STARTTLS on every other connection is not STARTTLS.
func TestSMTPBackEndsDisagree(t *testing.T) {
	t.Parallel()
	with := fixtures.SMTP{TLS: fixtures.Hardened(leaf(t, fixtures.P256))}
	o := scan(t, "smtp", serve(t, fixtures.Alternate(with.Handler(), fixtures.SMTP{}.Handler())).Addr(), scanner.Options{})
	if o.StartTLS == nil || o.StartTLS.Offered != audit.Undetermined || o.StartTLS.Reason == "" {
		t.Errorf("%s (%s), %+v", o.Reach, o.Reason, o.StartTLS)
	}
}

// TestSMTPWaitsForReply: not a byte of TLS leaves before the 220 is complete.
func TestSMTPWaitsForReply(t *testing.T) {
	t.Parallel()
	var early atomic.Bool
	var name atomic.Value
	slow := func(_ context.Context, c net.Conn) {
		buf := make([]byte, 512)
		io.WriteString(c, "220-mail.example.com\r\n220 ready\r\n")
		if n, _ := c.Read(buf); n > 0 { // a scan that is over hangs up on what is under way
			name.Store(string(buf[:n]))
		}
		io.WriteString(c, "250-mail.example.com\r\n250 STARTTLS\r\n")
		c.Read(buf)
		for _, part := range []string{"220-go", " on\r", "\n22", "0 now"} {
			io.WriteString(c, part)
			c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			if n, _ := c.Read(buf); n > 0 {
				early.Store(true)
			}
		}
	}
	scan(t, "smtp", serve(t, slow).Addr(), scanner.Options{EHLO: "audit.example.com"})
	if early.Load() {
		t.Error("something was sent before the reply was complete")
	}
	if name.Load() != "EHLO audit.example.com\r\n" {
		t.Errorf("greeted with %q", name.Load())
	}
}

// gaps says what is missing in what o claims about versions, suites, groups and
// certificates.
func gaps(o *audit.Observation) (list []string) {
	for _, gap := range []string{
		o.Lacks(audit.NeedSuites), o.LacksGroups(audit.TLSv12), o.LacksGroups(audit.TLSv13), o.Lacks(audit.NeedChains),
	} {
		if gap != "" {
			list = append(list, gap)
		}
	}
	return list
}
