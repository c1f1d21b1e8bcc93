package scanner_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestSessions compares the facts about sessions with the configuration of a
// server.
func TestSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(*tls.Config)
		want12, want13 map[audit.Feature]string
	}{
		"tickets": {
			func(*tls.Config) {},
			map[audit.Feature]string{
				audit.FeatureSessionTicket: "accepted", audit.FeatureTicketLifetime: "accepted 0", audit.FeatureTicketResumption: "accepted",
				audit.FeatureClientRenegotiation: "refused", audit.FeatureInsecureRenegotiation: "refused", audit.FeatureSessionIDResumption: "refused",
				audit.FeatureClientCertificateRequired: "refused",
			},
			map[audit.Feature]string{
				audit.FeatureSessionTicket: "accepted", audit.FeatureTicketLifetime: "accepted 604800", audit.FeatureTicketResumption: "accepted",
				audit.FeatureEarlyData: "refused", audit.FeaturePSKOnly: "refused", audit.FeatureClientCertificateRequired: "refused",
			},
		},
		"no tickets": {
			func(c *tls.Config) { c.SessionTicketsDisabled = true },
			map[audit.Feature]string{
				audit.FeatureSessionTicket: "refused", audit.FeatureTicketResumption: "refused", audit.FeatureSessionIDResumption: "refused", audit.FeatureTicketLifetime: "",
			},
			map[audit.Feature]string{
				audit.FeatureSessionTicket: "refused", audit.FeatureTicketResumption: "refused", audit.FeatureEarlyData: "refused", audit.FeatureTicketLifetime: "",
			},
		},
		"client certificate": {
			func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert },
			map[audit.Feature]string{audit.FeatureClientCertificateRequired: "accepted", audit.FeatureClientRenegotiation: "undetermined"},
			map[audit.Feature]string{audit.FeatureClientCertificateRequired: "accepted"},
		},
		"client certificate if there is one": {
			func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert },
			map[audit.Feature]string{audit.FeatureClientCertificateRequired: "refused", audit.FeatureTicketResumption: "accepted"},
			map[audit.Feature]string{audit.FeatureClientCertificateRequired: "refused"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := fixtures.Hardened(leaf(t, fixtures.RSA2048))
			c.change(config)
			o := scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{Depth: "deep"})
			for v, want := range map[audit.Version]map[audit.Feature]string{audit.TLSv12: c.want12, audit.TLSv13: c.want13} {
				got, found := map[audit.Feature]string{}, features(o, v)
				for f := range want {
					got[f] = found[f]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", v, diff)
				}
			}
			if t.Failed() {
				for _, f := range o.Features {
					t.Logf("%+v", f)
				}
			}
		})
	}
}

// TestServerNames: what a server does for a name it does not know, and without
// one.
func TestServerNames(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	known, other := a.Server(fixtures.RSA2048, "www.example.com"), a.Server(fixtures.P256, "default.example.net")
	for name, c := range map[string]struct {
		choose        func(*tls.ClientHelloInfo) (*tls.Certificate, error)
		none, unknown string
	}{
		"one certificate": {func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &known, nil }, "accepted same certificate", "accepted same certificate"},
		"a default": {func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if h.ServerName == "www.example.com" {
				return &known, nil
			}
			return &other, nil
		}, "accepted other certificate", "accepted other certificate"},
	} {
		for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" "+tls.VersionName(v), func(t *testing.T) {
				t.Parallel()
				config := fixtures.Hardened()
				config.Certificates, config.GetCertificate = nil, c.choose
				config.MinVersion, config.MaxVersion = v, v
				o := scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{Depth: "deep"})
				got := features(o, audit.Version(v))
				if !strings.HasPrefix(got[audit.FeatureNoServerName], c.none) || !strings.HasPrefix(got[audit.FeatureUnknownServerName], c.unknown) {
					t.Errorf("without a name: %s; with an unknown one: %s", got[audit.FeatureNoServerName], got[audit.FeatureUnknownServerName])
				}
				for _, chain := range o.Chains {
					if chain.Certificates[0].CommonName == "default.example.net" {
						t.Error("a certificate for another name is held against the target")
					}
				}
			})
		}
	}
	for warning, want := range map[bool]string{false: "refused", true: "accepted same certificate"} {
		s := usual(t)
		s.Names, s.NameWarning = []string{"www.example.com"}, warning
		o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: "deep"})
		if got := features(o, audit.TLSv12); got[audit.FeatureUnknownServerName] != want {
			t.Errorf("warning %t: with an unknown name %s", warning, got[audit.FeatureUnknownServerName])
		}
	}
}

// TestUnusualHellos: servers that stumble over the form of a hello are told
// apart from those that do not.
func TestUnusualHellos(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fixtures.Script)
		want   map[audit.Feature]string
	}{
		"tolerant": {func(*fixtures.Script) {}, map[audit.Feature]string{
			audit.FeatureUnknownValues: "accepted", audit.FeatureHelloSizes: "accepted", audit.FeatureNewerVersions: "accepted",
		}},
		"unknown extensions": {func(s *fixtures.Script) { s.Intolerant = []uint16{0x1A1A} }, map[audit.Feature]string{
			audit.FeatureUnknownValues: "refused extension", audit.FeatureHelloSizes: "accepted",
		}},
		"long hellos": {func(s *fixtures.Script) { s.MaxHello = 3000 }, map[audit.Feature]string{
			audit.FeatureUnknownValues: "accepted", audit.FeatureHelloSizes: "refused 4,096 bytes, more than one record",
		}},
		"versions to come": {func(s *fixtures.Script) { s.MaxVersion = 0x0303 }, map[audit.Feature]string{
			audit.FeatureNewerVersions: "refused 0x0304, 0x0399", audit.FeatureUnknownValues: "accepted",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			delete(s.Suites, audit.TLSv13)
			c.change(&s)
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: "deep"})
			got := features(o, audit.TLSv12)
			for f, want := range c.want {
				if got[f] != want {
					t.Errorf("%s is %q, want %q", f, got[f], want)
				}
			}
		})
	}
}

// TestApplicationProtocols: all that a server takes, in the order in which it
// chooses.
func TestApplicationProtocols(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		known []string
		want  string
	}{{[]string{"http/1.0", "h2"}, "accepted http/1.0, h2"}, {[]string{"imap"}, "refused"}, {nil, "refused"}} {
		s := usual(t)
		s.ALPN = c.known
		delete(s.Suites, audit.TLSv13)
		o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: "deep"})
		if got := features(o, audit.TLSv12)[audit.FeatureApplicationProtocols]; got != c.want {
			t.Errorf("%q: %s", c.known, got)
		}
	}
}
