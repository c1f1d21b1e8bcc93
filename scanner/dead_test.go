package scanner_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestDeadEndpoints: a peer that cannot be talked to is never a peer that
// refuses something.
func TestDeadEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		protocol string
		handler  fixtures.Handler
		reach    audit.Reach
		reason   string
		most     int // connections
	}{
		{"tarpit", "https", fixtures.Tarpit, audit.ReachUnreachable, "no answer to ClientHello", 4},
		{"reset after hello", "https", fixtures.ResetAfterHello, audit.ReachUnreachable, "reset", 7},
		{"closed after hello", "https", fixtures.CloseAfterHello, audit.ReachUnreachable, "closed", 7},
		{"garbage", "https", fixtures.Garbage, audit.ReachNoTLS, "instead of TLS", 3},
		{"plain http", "https", fixtures.PlainHTTP, audit.ReachNoTLS, "HTTP/1.1 400", 3},
		{"ssh", "tls", fixtures.Banner("SSH-2.0-OpenSSH_9.2"), audit.ReachNoTLS, "SSH-2.0", 3},
		{"drip", "https", fixtures.Drip(fixtures.TLS(fixtures.Hardened(leaf(t, fixtures.P256))), time.Second), audit.ReachUnreachable, "no answer to ClientHello", 4},
		{"endless warnings", "https", fixtures.EndlessWarnings, audit.ReachUnreachable, "", 3},
		{"endless empty records", "https", fixtures.EndlessEmptyRecords, audit.ReachUnreachable, "", 3},
		{"endless certificate", "https", fixtures.EndlessCertificate, audit.ReachUnreachable, "", 3},
		{"smtp tarpit", "smtp", fixtures.Tarpit, audit.ReachUnreachable, "greeting", 3},
		{"smtp closed", "smtp", fixtures.CloseAfterHello, audit.ReachUnreachable, "greeting", 3},
		{"smtp garbage", "smtp", fixtures.Banner("SSH-2.0-OpenSSH_9.2"), audit.ReachUnreachable, "which is no reply", 1},
		{"sametime tarpit", "sametime", fixtures.Tarpit, audit.ReachUnreachable, "no answer to ClientHello", 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, c.protocol, serve(t, c.handler).Addr(), scanner.Options{Timeout: 15 * time.Second})
			if o.Reach != c.reach || !strings.Contains(o.Reason, c.reason) {
				t.Errorf("reach %s: %s", o.Reach, o.Reason)
			}
			if o.Connections > c.most {
				t.Errorf("%d connections, %d are enough", o.Connections, c.most)
			}
			unjudged(t, o)
		})
	}
}

// unjudged checks that an observation claims nothing about TLS.
func unjudged(t *testing.T, o *audit.Observation) {
	t.Helper()
	for _, f := range o.Versions {
		if f.Answer.Known() {
			t.Errorf("%s is %s (%s)", f.Version, f.Answer, f.Evidence)
		}
	}
	if o.Lacks(audit.NeedTLS) == "" || len(o.Chains) > 0 {
		t.Errorf("claims TLS: %s, %d chains", o.Reach, len(o.Chains))
	}
}

func TestClosedPort(t *testing.T) {
	t.Parallel()
	at, err := fixtures.Refused(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"https", "smtp", "sametime"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			o := scan(t, protocol, at, scanner.Options{})
			if o.Reach != audit.ReachUnreachable || !strings.Contains(o.Reason, "refused") {
				t.Errorf("%s: %s", o.Reach, o.Reason)
			}
			unjudged(t, o)
		})
	}
}

func TestBlackhole(t *testing.T) {
	t.Parallel()
	dials := 0
	o := scan(t, "https", netip.MustParseAddrPort("127.0.0.1:443"), scanner.Options{
		Timeout: 2 * time.Second,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials++
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	if o.Reach != audit.ReachUnreachable || !strings.Contains(o.Reason, "no connection within") || dials != o.Connections {
		t.Errorf("%s: %s, %d dials, %d counted", o.Reach, o.Reason, dials, o.Connections)
	}
	unjudged(t, o)
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	o := scanner.New(scanner.Options{Timeout: time.Second}).Scan(t.Context(),
		audit.Target{Protocol: "gopher", Host: "www.example.com", Port: 70})
	if o.Reach != audit.ReachUnknown || o.Reason == "" {
		t.Errorf("%s: %q", o.Reach, o.Reason)
	}
	unjudged(t, o)
}

// TestInterrupted: what was not asked before the end is not answered.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	server := serve(t, fixtures.TLS(fixtures.Hardened(leaf(t, fixtures.P256))))
	stop := errors.New("stopped by the test")
	for after := range 12 {
		ctx, cancel := context.WithCancelCause(t.Context())
		dials := 0
		o := scanner.New(scanner.Options{PerHost: 1, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials > 3*after {
				cancel(stop)
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}).Scan(ctx, audit.Target{Protocol: "https", Host: "www.example.com", Port: server.Addr().Port(), IP: server.Addr().Addr()})
		cancel(nil)
		clean(t, o)
		complete := o.Lacks(audit.NeedSuites) == "" && o.Lacks(audit.NeedPreference) == "" && o.Lacks(audit.NeedGroups) == ""
		if dials > 3*after && after < 7 && complete {
			t.Errorf("complete although stopped after %d connections", 3*after)
		}
		for _, f := range o.Versions {
			if want := f.Version >= audit.TLSv12; f.Answer == audit.Accepted && !want || f.Answer == audit.Refused && want {
				t.Errorf("stopped after %d: %s is %s (%s)", 3*after, f.Version, f.Answer, f.Evidence)
			}
		}
	}
}

func TestPanicInDial(t *testing.T) {
	t.Parallel()
	o := scan(t, "https", netip.MustParseAddrPort("127.0.0.1:443"), scanner.Options{
		Dial: func(context.Context, string, string) (net.Conn, error) { panic("boom") },
	})
	unjudged(t, o)
}

// TestAlertsOnly: alerts are TLS, but without one hello that is taken no
// refusal can be believed.
func TestAlertsOnly(t *testing.T) {
	t.Parallel()
	s := fixtures.Script{SuiteAlert: 40, VersionAlert: 40}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	if o.Reach != audit.ReachTLS {
		t.Errorf("%s: %s", o.Reach, o.Reason)
	}
	for _, f := range o.Versions {
		if f.Answer != audit.Undetermined {
			t.Errorf("%s is %s (%s)", f.Version, f.Answer, f.Evidence)
		}
	}
}
