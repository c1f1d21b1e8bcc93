package scanner_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestInterruptedAnywhere ends a scan at each of its connections: whatever is
// called complete then is what the whole scan found.
func TestInterruptedAnywhere(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256), leaf(t, fixtures.Ed25519), leaf(t, fixtures.RSA2048))
	cfg.MinVersion = tls.VersionTLS11
	at := serve(t, fixtures.TLS(cfg)).Addr()
	run := func(t *testing.T, depth string, perHost, after int) *audit.Observation {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		dials := make(chan int, 1)
		dials <- 0
		return scanner.New(scanner.Options{Depth: depth, PerHost: perHost, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			n := <-dials
			dials <- n + 1
			if n == after {
				cancel(errors.New("stopped by the test"))
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}).Scan(ctx, audit.Target{Protocol: "https", Host: "www.example.com", Port: at.Port(), IP: at.Addr()})
	}
	for _, depth := range []string{scanner.DepthQuick, scanner.DepthStandard} {
		for _, perHost := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s %d", depth, perHost), func(t *testing.T) {
				t.Parallel()
				whole := run(t, depth, perHost, -1)
				if whole.ChainsAnswer != audit.Accepted {
					t.Fatalf("chains %s: %s", whole.ChainsAnswer, whole.ChainsEvidence)
				}
				for after := range whole.Connections {
					o := run(t, depth, perHost, after)
					clean(t, o)
					if diff := cmp.Diff(complete(whole, whole), complete(o, whole)); diff != "" {
						t.Errorf("stopped at connection %d of %d: not what the whole scan found:\n%s", after, whole.Connections, diff)
					}
				}
			})
		}
	}
}

// complete lists what o claims to have found completely; where it claims
// nothing, what whole has.
func complete(o, whole *audit.Observation) map[string][]string {
	claims := map[string][]string{}
	for i, f := range o.Versions {
		name := f.Version.String()
		from := o
		if !f.Answer.Known() {
			from = whole
		}
		claims[name] = []string{from.Versions[i].Answer.String()}
		if from = o; f.SuitesAnswer != audit.Accepted {
			from = whole
		}
		claims[name+" suites"] = nil
		for _, s := range from.Versions[i].Suites {
			claims[name+" suites"] = append(claims[name+" suites"], s.Name)
		}
		if from = o; f.GroupsAnswer != audit.Accepted {
			from = whole
		}
		claims[name+" groups"] = nil
		for _, g := range from.Groups {
			if g.Version == f.Version {
				claims[name+" groups"] = append(claims[name+" groups"], g.Name+" "+g.Answer.String())
			}
		}
	}
	for _, f := range whole.Features {
		if g := o.Feature(f.Name, f.Version); g.Answer.Known() {
			f = g
		}
		claims["features"] = append(claims["features"], fmt.Sprintf("%s %s %s %s", f.Version, f.Name, f.Answer, f.Value))
	}
	for _, f := range o.Features {
		if whole.Feature(f.Name, f.Version).Answer == audit.NotAsked && f.Answer.Known() {
			claims["features"] = append(claims["features"], fmt.Sprintf("%s %s is known to a part only", f.Version, f.Name))
		}
	}
	from := o
	if o.ChainsAnswer != audit.Accepted {
		from = whole
	}
	found := map[string]bool{}
	for _, c := range from.Chains {
		for _, v := range c.Versions {
			found[v.String()+" "+c.Certificates[0].Key.Type] = true
		}
	}
	for _, v := range audit.Versions {
		for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
			if found[v.String()+" "+kind] {
				claims["chains"] = append(claims["chains"], v.String()+" "+kind)
			}
		}
	}
	return claims
}
