//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// nginxWide accepts whatever this OpenSSL has for an RSA certificate without
// Diffie-Hellman parameters: 27 suites of TLS 1.2 and three of TLS 1.3.
func nginxWide(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+`
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ALL:!aNULL;
ssl_prefer_server_ciphers on;`, endpoint{Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceServer})
}

// rule is a rule of the policies below.
func rule(t *testing.T, id string, level audit.Level, params map[string]any) audit.Rule {
	t.Helper()
	p, err := checks.ByID(id).Params(params)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Rule{Profile: "test", ID: fmt.Sprintf("%s %v", id, params), Check: id, Level: level, Params: p}
}

// strictly is a policy for a server that may accept the given suites and no
// others: what a standard says about versions, suites, key exchange and
// certificates.
func strictly(t *testing.T, allow []any) []audit.Rule {
	t.Helper()
	return []audit.Rule{
		rule(t, "protocol.offered", audit.MustNot, map[string]any{"versions": []any{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"}}),
		rule(t, "protocol.min", audit.Must, map[string]any{"min": "TLSv1.2"}),
		rule(t, "protocol.only", audit.Must, map[string]any{"versions": []any{"TLSv1.2", "TLSv1.3"}}),
		rule(t, "protocol.tls_enabled", audit.Must, map[string]any{"all": []any{"TLSv1.2", "TLSv1.3"}}),
		rule(t, "protocol.secure_only", audit.Must, nil),
		rule(t, "suite.predicate", audit.Must, map[string]any{"allow": allow}),
		rule(t, "suite.predicate", audit.MustNot, map[string]any{"enc": []any{"NULL", "RC4", "DES", "3DES"}}),
		rule(t, "suite.predicate", audit.MustNot, map[string]any{"auth": []any{"anon", "NULL"}}),
		rule(t, "suite.predicate", audit.MustNot, map[string]any{"export": true}),
		rule(t, "suite.predicate", audit.MustNot, map[string]any{"strength_lt": 112}),
		rule(t, "suite.no_weak", audit.Must, nil),
		rule(t, "kx.dh.min_bits", audit.Must, map[string]any{"min": 2048}),
		rule(t, "cert.chain.trusted", audit.Must, nil),
		rule(t, "cert.identity", audit.Must, nil),
		rule(t, "cert.validity.now", audit.Must, nil),
		rule(t, "cert.key.min_bits", audit.Must, map[string]any{"rsa": 2048, "ecdsa": 256}),
		rule(t, "cert.sig.hash", audit.MustNot, map[string]any{"forbid": []any{"md5", "sha1"}}),
		rule(t, "vuln.poodle", audit.MustNot, nil),
		rule(t, "vuln.beast", audit.MustNot, nil),
	}
}

// TestQuickProvesCompliance holds depth quick to its promise: it proves a
// compliant web server in at most 15 connections, and one that accepts what is
// ruled out is found out with all of it.
func TestQuickProvesCompliance(t *testing.T) {
	k := makeKeys(t)
	for _, s := range []struct {
		name   string
		start  func(*testing.T, *keys) endpoint
		suites int
	}{{"3 + 3 suites", nginxHardened, 6}, {"27 + 3 suites", nginxWide, 30}} {
		t.Run(s.name, func(t *testing.T) {
			e := s.start(t, k)
			whole := scan(t, k, e)
			var allow []any
			for _, f := range whole.Versions {
				for _, suite := range f.Suites {
					allow = append(allow, suite.Name)
				}
			}
			if len(allow) != s.suites {
				t.Fatalf("%d suites, want %d: %v", len(allow), s.suites, allow)
			}
			o, findings := quick(t, k, e, strictly(t, allow))
			t.Logf("quick: %d connections, %s; standard: %d", o.Connections, o.Finished.Sub(o.Started).Round(time.Millisecond), whole.Connections)
			if o.Connections > 15 {
				t.Errorf("%d connections, at most 15 wanted", o.Connections)
			}
			for _, f := range findings {
				if f.Verdict != audit.Pass && (f.Verdict != audit.NotApplicable || f.Check != "kx.dh.min_bits") {
					t.Errorf("%s: %s: %s", f.Rule, f.Verdict, f.Message)
				}
			}
			refusedIsTrue(t, o, whole)

			// One suite less is allowed, and the curve most servers prefer is not.
			_, findings = quick(t, k, e, append(strictly(t, allow[1:]), rule(t, "kx.tls13_groups", audit.MustNot, map[string]any{"deny": []any{"x25519"}})))
			var failed []string
			for _, f := range findings {
				if f.Verdict == audit.Fail {
					failed = append(failed, f.Check+": "+f.Message)
				}
			}
			if len(failed) != 2 || !strings.Contains(failed[0]+failed[1], allow[0].(string)) || !strings.Contains(failed[0]+failed[1], "x25519") {
				t.Errorf("fails: %q", failed)
			}
		})
	}
}

// TestQuickFindsAll: what is accepted though it is ruled out is listed whole.
func TestQuickFindsAll(t *testing.T) {
	k := makeKeys(t)
	e := nginxEverything(t, k)
	whole := scan(t, k, e)
	o, findings := quick(t, k, e, []audit.Rule{rule(t, "suite.pfs_only", audit.Must, nil)})
	t.Logf("%d connections; %s", o.Connections, findings[0].Message)
	for _, f := range whole.Versions {
		for _, s := range f.Suites {
			reg, _ := tlsreg.SuiteByCode(s.ID)
			if !reg.PFS && !slices.ContainsFunc(o.Version(f.Version).Suites, func(q audit.Suite) bool { return q.ID == s.ID }) {
				t.Errorf("%s at %s was not found", s.Name, f.Version)
			}
		}
	}
	if findings[0].Verdict != audit.Fail {
		t.Errorf("%s: %s", findings[0].Verdict, findings[0].Message)
	}
	refusedIsTrue(t, o, whole)
}

// refusedIsTrue compares with a complete enumeration.
func refusedIsTrue(t *testing.T, o, whole *audit.Observation) {
	t.Helper()
	for _, f := range o.Versions {
		if f.Answer != whole.Version(f.Version).Answer {
			t.Errorf("%s is %s (%s), in truth %s", f.Version, f.Answer, f.Evidence, whole.Version(f.Version).Answer)
		}
		for _, s := range whole.Version(f.Version).Suites {
			if slices.Contains(f.SuitesRefused, s.ID) {
				t.Errorf("%s at %s is called refused", s.Name, f.Version)
			}
		}
	}
}

// quick scans at depth quick for the rules and judges by them.
func quick(t *testing.T, k *keys, e endpoint, rules []audit.Rule) (*audit.Observation, []audit.Finding) {
	t.Helper()
	anchors, err := pki.LoadAnchors([]string{k.CA}, false)
	if err != nil {
		t.Fatal(err)
	}
	judge := &engine.Judge{Checks: checks.All, Rules: rules, Now: time.Now()}
	target := audit.Target{Protocol: e.Protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: e.Port}
	opt := scanner.Options{Depth: scanner.DepthQuick, Timeout: 2 * time.Minute, Anchors: anchors}
	if testing.Verbose() {
		opt.Logf = t.Logf
	}
	o := scanner.New(opt).ScanFor(t.Context(), target, judge.Planner().Questions(target))
	return o, judge.Findings(o)
}
