package scanner_test

import (
	"crypto/tls"
	"flag"
	"net/netip"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// TestMain lets more tests run side by side than there are processors: they
// mostly wait.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "16")
	m.Run()
}

// serve runs a fixture until the test ends.
func serve(t *testing.T, h fixtures.Handler) *fixtures.Server {
	t.Helper()
	s, err := fixtures.Listen(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// scan scans a fixture as www.example.com.
func scan(t *testing.T, protocol string, at netip.AddrPort, opt scanner.Options) *audit.Observation {
	t.Helper()
	opt.Now = func() time.Time { return now }
	if testing.Verbose() {
		opt.Logf = t.Logf
	}
	o := scanner.New(opt).Scan(t.Context(), audit.Target{Protocol: protocol, Host: "www.example.com", Port: at.Port(), IP: at.Addr()})
	clean(t, o)
	return o
}

// clean checks what must hold for every observation.
func clean(t *testing.T, o *audit.Observation) {
	t.Helper()
	if len(o.Versions) != 6 || o.Groups == nil || o.Chains == nil {
		t.Errorf("not clean for JSON: %d versions, groups %v, chains %v", len(o.Versions), o.Groups, o.Chains)
	}
	for i, f := range o.Versions {
		if f.Version != audit.Versions[i] || f.Suites == nil {
			t.Errorf("version %d is %s with suites %v", i, f.Version, f.Suites)
		}
		if f.Answer == audit.Undetermined && f.Evidence == "" {
			t.Errorf("%s is undetermined without a reason", f.Version)
		}
	}
	if o.Reach != audit.ReachTLS && o.Reason == "" {
		t.Errorf("reach %s without a reason", o.Reach)
	}
}

func answers(o *audit.Observation) map[audit.Version]audit.Answer {
	m := map[audit.Version]audit.Answer{}
	for _, f := range o.Versions {
		m[f.Version] = f.Answer
	}
	return m
}

func suiteCodes(f audit.VersionFact) []audit.Code {
	list := []audit.Code{}
	for _, s := range f.Suites {
		list = append(list, s.ID)
	}
	return list
}

func leaf(t *testing.T, kind fixtures.KeyKind) tls.Certificate {
	t.Helper()
	return fixtures.NewAuthority(now).Server(kind, "www.example.com")
}
