//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
	"tlsaudit/scanner"
)

// old are the versions that neither OpenSSL, GnuTLS nor Go can speak any more,
// as client or as server: their code is gone, no configuration brings it back.
var old = []audit.Version{audit.SSLv2, audit.SSLv3}

// servers lists the servers, the clients that establish the truth of each, and
// the versions no client needs to try, because the server's library lacks them.
var servers = []struct {
	name    string
	start   func(*testing.T, *keys) endpoint
	clients []client
	never   []audit.Version
}{
	{"apache-latent", apacheLatent, []client{opensslClient}, old},
	{"nginx-hardened", nginxHardened, []client{opensslClient}, old},
	{"nginx-latent", nginxLatent, []client{opensslClient}, old},
	{"nginx-everything", nginxEverything, []client{opensslClient}, old},
	{"haproxy-legacy", haproxyLegacy, []client{opensslClient}, old},
	{"haproxy-latent", haproxyLatent, []client{opensslClient}, old},
	{"postfix-starttls", postfixSTARTTLS, []client{opensslClient}, old},
	{"postfix-smtps", postfixSMTPS, []client{opensslClient}, old},
	{"dovecot-imaps", dovecotIMAPS, []client{opensslClient}, old},
	{"openssl-everything", opensslEverything, []client{opensslClient}, old},
	{"gnutls-everything", gnutlsEverything, []client{opensslClient, gnutlsClient}, old},
	{"jsse-everything", jsseServer, []client{opensslClient, jsseClient}, []audit.Version{audit.SSLv2}},
	{"go-everything", goServer, []client{opensslClient, goClient}, old},
	{"go-tls13", goModernServer, []client{opensslClient, goClient}, old},
}

// client is a brute force.
type client func(*testing.T, *keys, endpoint) force

func opensslClient(t *testing.T, k *keys, e endpoint) force { return newOpenSSL(t, k).force(t, e) }
func gnutlsClient(t *testing.T, k *keys, e endpoint) force {
	return (&gnutls{program(t, "gnutls-cli"), k}).force(t, e)
}
func jsseClient(t *testing.T, _ *keys, e endpoint) force { return jsseForce(t, e) }
func goClient(t *testing.T, _ *keys, e endpoint) force   { return goForce(t, e) }

func TestServers(t *testing.T) {
	k := makeKeys(t)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := s.start(t, k)
			var forces []force
			for _, brute := range s.clients {
				forces = append(forces, brute(t, k, e))
			}
			want := truth(t, forces, s.never...)
			o := scan(t, k, e)
			t.Logf("%d suites, %d connections, %s", want.count(), o.Connections, o.Finished.Sub(o.Started).Round(time.Millisecond))
			if diff := cmp.Diff(want, observed(o)); diff != "" {
				t.Errorf("what the server accepts (-brute force +scanner):\n%s", diff)
			}
			checkFacts(t, e, o)
			ordered := scan(t, k, e, func(opt *scanner.Options) { opt.Order = true })
			if diff := cmp.Diff(want, observed(ordered)); diff != "" {
				t.Errorf("what the server accepts, with the order (-brute force +scanner):\n%s", diff)
			}
			for i, fact := range ordered.Versions {
				checkOrder(t, newOpenSSL(t, k), e, ordered, fact)
				if set := o.Versions[i]; set.Preference != fact.Preference {
					t.Errorf("%s: who decides is %q without the order (%s), %q with it", fact.Version, set.Preference, set.PreferenceEvidence, fact.Preference)
				}
			}
			checkGroups(t, newOpenSSL(t, k), e, o)
			explain(t, s.name, disagreements(want, nmap(t, e), "nmap"))
		})
	}
}

// scan asks the scanner. Its exchanges are worth reading only when it is wrong.
func scan(t *testing.T, k *keys, e endpoint, change ...func(*scanner.Options)) *audit.Observation {
	t.Helper()
	var exchanges output
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("exchanges:\n%s", &exchanges)
		}
	})
	anchors, err := pki.LoadAnchors([]string{k.CA}, false)
	if err != nil {
		t.Fatal(err)
	}
	opt := scanner.Options{Depth: scanner.DepthStandard, Timeout: 2 * time.Minute, EHLO: "audit.test", Anchors: anchors, Logf: func(format string, args ...any) {
		fmt.Fprintf(&exchanges, format+"\n", args...)
	}}
	for _, f := range change {
		f(&opt)
	}
	return scanner.New(opt).Scan(t.Context(), audit.Target{Protocol: e.Protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: e.Port})
}

// checkFacts compares the facts beside versions and suites with how the server
// was set up.
func checkFacts(t *testing.T, e endpoint, o *audit.Observation) {
	t.Helper()
	if o.Reach != audit.ReachTLS {
		t.Errorf("reach is %q: %s", o.Reach, o.Reason)
	}
	var want, got []string
	for _, leaf := range e.Leaves {
		want = append(want, leaf.SHA256)
	}
	for _, chain := range o.Chains {
		got = append(got, chain.Certificates[0].SHA256)
		if chain.Trust.Answer != audit.Accepted {
			t.Errorf("trust is %s: %s", chain.Trust.Answer, chain.Trust.Reason)
		}
		if chain.Names.SAN != audit.Accepted {
			t.Errorf("SAN match with %q is %s", chain.Names.Reference, chain.Names.SAN)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leaf certificates (-configured +scanner):\n%s", diff)
	}
	asks := audit.Refused
	if e.Asks {
		asks = audit.Accepted
	}
	switch {
	case o.Handshake == nil:
		t.Error("no full handshake was tried")
	case (o.Handshake.Completed == audit.Accepted) == e.Insists: // the scanner has no certificate to show
		t.Errorf("the full handshake: %+v", *o.Handshake)
	case o.Handshake.ClientCertificate != asks:
		t.Errorf("asks for a client certificate: %s, want %s", o.Handshake.ClientCertificate, asks)
	}
	if e.Upgrade != "" && (o.StartTLS == nil || o.StartTLS.Offered != audit.Accepted || o.StartTLS.Accepted != audit.Accepted || o.StartTLS.Injection != audit.Refused) {
		t.Errorf("STARTTLS: %+v", o.StartTLS)
	}
}

// TestHardenedBudget holds the scanner to its promise: the whole of depth
// standard costs a hardened web server at most 41 connections.
func TestHardenedBudget(t *testing.T) {
	k := makeKeys(t)
	o := scan(t, k, nginxHardened(t, k))
	t.Logf("%d connections", o.Connections)
	if o.Connections < 10 || o.Connections > 41 {
		t.Errorf("%d connections, want 10 to 41", o.Connections)
	}
}
