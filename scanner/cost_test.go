package scanner_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestCost: what a scan says it cost is what the other side saw.
func TestCost(t *testing.T) {
	t.Parallel()
	server := serve(t, usual(t).Handler())
	relay, err := fixtures.ListenRelay(t.Context(), server.Addr(), 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	o := scan(t, "https", relay.Addr(), scanner.Options{})
	if o.Cost == nil {
		t.Fatal("no cost")
	}
	sent, received := relay.Bytes()
	for range 500 { // what was sent last may still be under way
		if sent == o.Cost.BytesSent {
			break
		}
		time.Sleep(10 * time.Millisecond)
		sent, received = relay.Bytes()
	}
	if o.Connections != relay.Accepted() || o.Cost.BytesSent != sent {
		t.Errorf("%d connections and %+v, the relay saw %d, %d bytes sent, %d received", o.Connections, o.Cost, relay.Accepted(), sent, received)
	}
	// A scan does not read what it has no use for.
	if o.Cost.BytesReceived == 0 || o.Cost.BytesReceived > received {
		t.Errorf("%d bytes received, the relay passed %d on", o.Cost.BytesReceived, received)
	}
	if o.Cost.Milliseconds < 20 {
		t.Errorf("%d ms, less than the two round trips of one question", o.Cost.Milliseconds)
	}
}

// TestCostOfEighteen: what 18 suites may cost, found on a server of the standard
// library.
func TestCostOfEighteen(t *testing.T) {
	t.Parallel()
	var suites []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if !strings.Contains(s.Name, "_ECDSA_") {
				suites = append(suites, s.ID)
			}
		}
	}
	server := serve(t, fixtures.TLS(&tls.Config{
		Certificates: []tls.Certificate{leaf(t, fixtures.RSA2048)}, MinVersion: tls.VersionTLS12, CipherSuites: suites,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
	}))
	for _, test := range []struct {
		suitesOnly  bool
		connections int
	}{{true, 30}, {false, 43}} {
		o := scan(t, "https", server.Addr(), scanner.Options{SuitesOnly: test.suitesOnly})
		found := 0
		for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
			f := o.Version(v)
			found += len(f.Suites)
			if f.SuitesAnswer != audit.Accepted || f.Preference != audit.PreferenceServer {
				t.Errorf("%s: suites %s, preference %s (%s)", v, f.SuitesAnswer, f.Preference, f.PreferenceEvidence)
			}
		}
		if found != 18 || o.Connections > test.connections {
			t.Errorf("%d suites in %d connections, want 18 in %d at most; notes %q", found, o.Connections, test.connections, o.Notes)
		}
	}
}

// TestBudget: with any number of connections the scan opens no more, finds
// nothing that is not so, calls nothing refused that it could not ask for, and
// says why it does not know the rest.
func TestBudget(t *testing.T) {
	t.Parallel()
	script := usual(t)
	full := scan(t, "https", serve(t, script.Handler()).Addr(), scanner.Options{PerHost: 1})
	if full.Connections < 15 || strings.Contains(strings.Join(full.Notes, "\n"), "budget") {
		t.Fatalf("%d connections without a budget: %q", full.Connections, full.Notes)
	}
	for most := 1; most < full.Connections; most += 2 {
		t.Run(strconv.Itoa(most), func(t *testing.T) {
			t.Parallel()
			server := serve(t, script.Handler())
			o := scan(t, "https", server.Addr(), scanner.Options{MaxConnections: most, PerHost: 1})
			if got := server.Accepted(); got > most || o.Connections != got {
				t.Errorf("%d connections, said to be %d", got, o.Connections)
			}
			// A scan that did with what it was given has nothing to say of it: then it
			// has every fact of the one without a budget.
			if o.Connections == most && !strings.Contains(strings.Join(o.Notes, "\n"), "the budget of") {
				if diff := cmp.Diff(full.Posture, o.Posture); diff != "" || o.Handshake == nil {
					t.Errorf("nothing names why this is missing: %s; notes %q", diff, o.Notes)
				}
			}
			for _, f := range o.Versions {
				want, suites := script.Truth(f.Version)
				if f.Answer.Known() && f.Answer != want {
					t.Errorf("%s is %s: %s", f.Version, f.Answer, f.Evidence)
				}
				if f.SuitesAnswer == audit.Accepted && len(f.Suites) != len(suites) {
					t.Errorf("%s has %d suites, called complete", f.Version, len(f.Suites))
				}
			}
			if o.ChainsAnswer == audit.Accepted {
				if gap := o.Lacks(audit.NeedVersions); len(o.Chains) != len(full.Chains) || gap != "" {
					t.Errorf("%d of %d chains, called all there are: %s", len(o.Chains), len(full.Chains), gap)
				}
			}
			for _, f := range o.Features {
				if was := full.Feature(f.Name, f.Version); f.Answer == audit.Refused && was.Answer != audit.Refused {
					t.Errorf("%s at %s is refused: %s; it is %s", f.Name, f.Version, f.Evidence, was.Answer)
				}
			}
		})
	}
}

// TestMost: a protocol may bound the connections to one server by itself.
func TestMost(t *testing.T) {
	t.Parallel()
	script := usual(t)
	script.Suites[audit.TLSv10] = []audit.Code{0xC013, 0xC014, 0x002F, 0x0035, 0x000A, 0x0005}
	script.Suites[audit.TLSv11] = script.Suites[audit.TLSv10]
	script.Suites[audit.TLSv12] = slices.Concat(script.Suites[audit.TLSv12], script.Suites[audit.TLSv10])
	inner := script.Handler()
	server := serve(t, func(ctx context.Context, c net.Conn) {
		if _, err := io.WriteString(c, mysqlGreets("\xfe\xff")); err != nil {
			return
		}
		if _, err := io.ReadFull(c, make([]byte, 36)); err == nil {
			inner(ctx, c)
		}
	})
	o := scan(t, "mysql", server.Addr(), scanner.Options{Depth: scanner.DepthDeep, PerHost: 8})
	notes := strings.Join(o.Notes, "\n")
	if server.Accepted() != 80 || o.Connections != 80 || !strings.Contains(notes, "the budget of 80 connections to a server of this protocol is spent") || strings.Contains(notes, "stopped answering") {
		t.Errorf("%d connections, said to be %d, %q", server.Accepted(), o.Connections, o.Notes)
	}
	for _, f := range o.Versions {
		if want, _ := script.Truth(f.Version); f.Answer.Known() && f.Answer != want {
			t.Errorf("%s is %s: %s", f.Version, f.Answer, f.Evidence)
		}
	}
}

// TestBudgetIsOfTheAddress: targets behind one address share its budget, also
// one after the other, and one that comes too late was not reached by choice.
func TestBudgetIsOfTheAddress(t *testing.T) {
	t.Parallel()
	server := serve(t, usual(t).Handler())
	s := scanner.New(scanner.Options{MaxConnections: 5})
	for i, host := range []string{"a.example.com", "b.example.com"} {
		o := s.Scan(t.Context(), audit.Target{Protocol: "https", Host: host, Port: server.Addr().Port(), IP: server.Addr().Addr()})
		clean(t, o)
		if i == 1 && (o.Reach != audit.ReachUnknown || o.Reason != "the budget of 5 connections to this address is spent" || o.Connections != 0) {
			t.Errorf("%s: %s, %q, %d connections", host, o.Reach, o.Reason, o.Connections)
		}
	}
	if server.Accepted() != 5 {
		t.Errorf("%d connections", server.Accepted())
	}
}

// TestOwnFault: what this machine lacks is not said of the peer; and if it is
// lacking for a while only, it does not show at all.
func TestOwnFault(t *testing.T) {
	t.Parallel()
	at := serve(t, usual(t).Handler()).Addr()
	dial := func(failures int64) scanner.Options {
		var dialed atomic.Int64
		return scanner.Options{Timeout: 60 * time.Second, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if n := dialed.Add(1); n > 10 && n <= 10+failures || failures < 0 {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("socket", syscall.EMFILE)}
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
	}
	if o := scan(t, "https", at, dial(5)); o.Reach != audit.ReachTLS || o.Version(audit.TLSv12).SuitesAnswer != audit.Accepted || len(o.Notes) > 0 {
		t.Errorf("five failures: %s, suites %s, %q", o.Reach, o.Version(audit.TLSv12).SuitesAnswer, o.Notes)
	}
	if o := scan(t, "https", at, dial(-1)); o.Reach != audit.ReachUnknown || !strings.HasPrefix(o.Reason, "no connection could be opened here: ") {
		t.Errorf("nothing but failures: %s, %q", o.Reach, o.Reason)
	}
}
