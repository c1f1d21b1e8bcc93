package scanner_test

import (
	"crypto/tls"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

func TestHardenedServer(t *testing.T) {
	t.Parallel()
	server := serve(t, fixtures.TLS(&tls.Config{
		Certificates: []tls.Certificate{leaf(t, fixtures.RSA2048)},
		MinVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{0xC02F, 0xC030, 0xCCA8},
	}))
	o := scan(t, "https", server.Addr(), scanner.Options{})
	if o.Reach != audit.ReachTLS {
		t.Fatalf("reach %s: %s", o.Reach, o.Reason)
	}
	// This bound keeps us honest.
	if o.Connections > 41 || server.Accepted() != o.Connections {
		t.Errorf("%d connections counted, %d accepted by the server, 41 allowed", o.Connections, server.Accepted())
	}
	t.Logf("%d connections", o.Connections)
	want := map[audit.Version]audit.Answer{
		audit.SSLv2: audit.Refused, audit.SSLv3: audit.Refused, audit.TLSv10: audit.Refused, audit.TLSv11: audit.Refused,
		audit.TLSv12: audit.Accepted, audit.TLSv13: audit.Accepted,
	}
	if diff := cmp.Diff(want, answers(o)); diff != "" {
		t.Error(diff)
	}
	for v, codes := range map[audit.Version][]audit.Code{
		audit.TLSv12: {0xC02F, 0xC030, 0xCCA8},
		audit.TLSv13: {0x1301, 0x1302, 0x1303},
	} {
		f := o.Version(v)
		if diff := cmp.Diff(codes, suiteCodes(f)); diff != "" || f.SuitesAnswer != audit.Accepted || f.Preference != audit.PreferenceServer {
			t.Errorf("%s: %s, preference %s (%s)\n%s", v, f.SuitesAnswer, f.Preference, f.PreferenceEvidence, diff)
		}
	}
	if s := o.Version(audit.TLSv12).Suites[0]; s.Group != "x25519" || s.SigScheme != "rsa_pss_rsae_sha256" || s.OpenSSL == "" || s.Bits != 128 {
		t.Errorf("suite %+v", s)
	}
	for _, need := range []audit.Need{audit.NeedGroups, audit.NeedChains, audit.NeedPreference} {
		if gap := o.Lacks(need); gap != "" {
			t.Error(gap)
		}
	}
	if len(o.Chains) != 1 || len(o.Chains[0].Certificates) != 2 || !cmp.Equal(o.Chains[0].Versions, []audit.Version{audit.TLSv12, audit.TLSv13}) {
		t.Errorf("chains %+v", o.Chains)
	}
	h := audit.Handshake{
		Completed: audit.Accepted, Version: audit.TLSv12, Suite: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Group: "x25519",
		ClientCertificate: audit.Refused,
	}
	if diff := cmp.Diff(&h, o.Handshake); diff != "" {
		t.Error(diff)
	}
	// crypto/tls finds out behind its ServerHello that it has nothing to sign with
	if got := features(o, audit.TLSv12); got[audit.FeatureSignsSHA1] != "refused" || got[audit.FeatureSignsMD5] != "refused" || got[audit.FeatureFallbackSCSV] != "accepted" {
		t.Errorf("features %v", got)
	}
	if len(o.Notes) > 0 {
		t.Errorf("notes %q", o.Notes)
	}
}

func TestDepths(t *testing.T) {
	t.Parallel()
	server := serve(t, fixtures.TLS(fixtures.Hardened(leaf(t, fixtures.RSA2048), leaf(t, fixtures.P256))))
	connections := map[string]int{}
	for _, depth := range scanner.Depths {
		o := scan(t, "tls", server.Addr(), scanner.Options{Depth: depth})
		connections[depth] = o.Connections
		if o.Version(audit.TLSv12).Answer != audit.Accepted || o.Version(audit.TLSv13).Answer != audit.Accepted {
			t.Errorf("%s: %v", depth, answers(o))
		}
		kinds := map[string]bool{}
		for _, c := range o.Chains {
			kinds[c.Certificates[0].Key.Type] = true
		}
		if !kinds["rsa"] || !kinds["ecdsa"] || len(o.Chains) != 2 {
			t.Errorf("%s: %d chains, key types %v", depth, len(o.Chains), kinds)
		}
		if gap := o.Lacks(audit.NeedChains); gap != "" {
			t.Errorf("%s: %s", depth, gap)
		}
		if o.Handshake == nil || o.Handshake.Completed != audit.Accepted {
			t.Errorf("%s: handshake %+v", depth, o.Handshake)
		}
		asked := audit.Accepted
		if depth == scanner.DepthQuick {
			asked = audit.NotAsked
		}
		if f := o.Version(audit.TLSv12); f.SuitesAnswer != asked || (len(f.Suites) > 0) != (asked == audit.Accepted) {
			t.Errorf("%s: suites %s %v", depth, f.SuitesAnswer, f.Suites)
		}
		refused := 0
		for _, g := range o.Groups {
			if g.Version == audit.TLSv12 && g.Answer == audit.Refused {
				refused++
			}
		}
		if gap := o.LacksGroups(audit.TLSv12); (gap == "") == (depth == scanner.DepthQuick) {
			t.Errorf("%s: groups of TLS 1.2: %q", depth, gap)
		}
		if (refused > 0) == (depth == scanner.DepthQuick) {
			t.Errorf("%s: %d groups refused at TLS 1.2", depth, refused)
		}
	}
	if connections["quick"] >= connections["standard"] || connections["standard"] > connections["deep"] {
		t.Errorf("connections by depth: %v", connections)
	}
}

func TestTLS13Only(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	cfg.MinVersion = tls.VersionTLS13
	o := scan(t, "https", serve(t, fixtures.TLS(cfg)).Addr(), scanner.Options{})
	if o.Version(audit.TLSv13).Answer != audit.Accepted || o.Version(audit.TLSv12).Answer != audit.Refused {
		t.Error(answers(o))
	}
	if len(o.Chains) != 1 || o.Handshake.Completed != audit.Accepted || o.Handshake.Version != audit.TLSv13 {
		t.Errorf("chains %d, handshake %+v", len(o.Chains), o.Handshake)
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.2": func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"TLS 1.3": func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fixtures.ClientCertificateRequired(fixtures.Hardened(leaf(t, fixtures.P256)))
			change(cfg)
			o := scan(t, "https", serve(t, fixtures.TLS(cfg)).Addr(), scanner.Options{Depth: scanner.DepthQuick})
			if h := o.Handshake; h.ClientCertificate != audit.Accepted || h.Completed != audit.Undetermined || h.Reason == "" {
				t.Errorf("handshake %+v", h)
			}
		})
		t.Run(name+" optional", func(t *testing.T) {
			cfg := fixtures.Hardened(leaf(t, fixtures.P256))
			cfg.ClientAuth = tls.RequestClientCert
			change(cfg)
			o := scan(t, "https", serve(t, fixtures.TLS(cfg)).Addr(), scanner.Options{Depth: scanner.DepthQuick})
			if h := o.Handshake; h.ClientCertificate != audit.Accepted || h.Completed != audit.Accepted {
				t.Errorf("handshake %+v", h)
			}
		})
	}
}

// TestSameAnswerTwice: which reply came first must not show.
func TestSameAnswerTwice(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Suites[audit.TLSv10] = []audit.Code{0xC013, 0xC009, 0x002F}
	s.Suites[audit.TLSv11] = s.Suites[audit.TLSv10]
	server := serve(t, s.Handler())
	var first *audit.Observation
	for range 5 {
		o := scan(t, "https", server.Addr(), scanner.Options{})
		o.Connections, o.Cost = 0, nil // the only things chance may decide
		if first == nil {
			first = o
		}
		if diff := cmp.Diff(first, o, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
			t.Fatal(diff)
		}
	}
}
