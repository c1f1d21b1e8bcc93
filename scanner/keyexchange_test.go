package scanner_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// only12 leaves the usual script nothing but some suites of TLS 1.2.
func only12(t *testing.T, suites ...audit.Code) fixtures.Script {
	t.Helper()
	s := usual(t)
	s.Suites = map[audit.Version][]audit.Code{audit.TLSv12: suites}
	return s
}

func number(t *testing.T, hex string) []byte {
	t.Helper()
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		t.Fatal(hex)
	}
	return n.Bytes()
}

// TestPrimes: what is said about the modulus of a DHE suite.
func TestPrimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prime []byte
		bits  int
		want  audit.Suite
	}{
		"of RFC 3526":          {nil, 2048, audit.Suite{DHBits: 2048, DHName: "MODP group 14", DHPrime: "safe"}},
		"of RFC 2409":          {nil, 1024, audit.Suite{DHBits: 1024, DHName: "Oakley group 2", DHPrime: "safe"}},
		"of RFC 7919":          {tlsreg.PrimeOf(257), 0, audit.Suite{DHBits: 3072, DHName: "ffdhe3072", DHPrime: "safe", Group: "ffdhe3072"}},
		"of its own, safe":     {number(t, "ffffffffffffffffffffffffffffc3a7"), 0, audit.Suite{DHBits: 128, DHPrime: "safe"}},
		"of its own, not safe": {number(t, "ffffffffffffffc5"), 0, audit.Suite{DHBits: 64, DHPrime: "not-safe"}},
		"no prime":             {number(t, "ffffffffffffffff"), 0, audit.Suite{DHBits: 64, DHPrime: "composite"}},
		"even":                 {number(t, "fffffffffffffffe"), 0, audit.Suite{DHBits: 64, DHPrime: "composite"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := only12(t, 0x009E)
			s.DHPrime, s.DHBits = c.prime, c.bits
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second})
			got := o.Version(audit.TLSv12).Suites[0]
			got = audit.Suite{DHBits: got.DHBits, DHName: got.DHName, DHPrime: got.DHPrime, Group: got.Group}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s\nnotes %q", diff, o.Notes)
			}
		})
	}
}

// finiteAt lists the finite-field groups at TLS 1.2 with their answers.
func finiteAt(o *audit.Observation) (list []string) {
	for _, g := range o.Groups {
		if g.Version == audit.TLSv12 && strings.HasPrefix(g.Name, "ffdhe") {
			list = append(list, fmt.Sprintf("%s %s", g.Name, g.Answer))
		}
	}
	return list
}

// TestFiniteGroups: groups of RFC 7919 are found where they are negotiated, in
// the server's order, and a prime of the server's own is told from them.
func TestFiniteGroups(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fixtures.Script)
		answer audit.Answer
		value  string
		want   []string
	}{
		"negotiated": {func(s *fixtures.Script) { s.FFDHE = []audit.Code{257, 256} }, audit.Accepted, "ffdhe3072, ffdhe2048",
			[]string{"ffdhe3072 accepted", "ffdhe2048 accepted", "ffdhe4096 refused", "ffdhe6144 refused", "ffdhe8192 refused"}},
		"all of them": {func(s *fixtures.Script) { s.FFDHE = []audit.Code{256, 257, 258, 259, 260} }, audit.Accepted, "ffdhe2048, ffdhe3072, ffdhe4096, ffdhe6144, ffdhe8192",
			[]string{"ffdhe2048 accepted", "ffdhe3072 accepted", "ffdhe4096 accepted", "ffdhe6144 accepted", "ffdhe8192 accepted"}},
		"known, but none had": {func(s *fixtures.Script) { s.FFDHE = []audit.Code{0x01FC} }, audit.Accepted, "",
			[]string{"ffdhe2048 refused", "ffdhe3072 refused", "ffdhe4096 refused", "ffdhe6144 refused", "ffdhe8192 refused"}},
		"not known": {func(*fixtures.Script) {}, audit.Refused, "",
			[]string{"ffdhe2048 refused", "ffdhe3072 refused", "ffdhe4096 refused", "ffdhe6144 refused", "ffdhe8192 refused"}},
		"not known, with the prime of one": {func(s *fixtures.Script) { s.DHPrime = tlsreg.PrimeOf(258) }, audit.Refused, "",
			[]string{"ffdhe4096 accepted", "ffdhe2048 refused", "ffdhe3072 refused", "ffdhe6144 refused", "ffdhe8192 refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := only12(t, 0xC02F, 0x009E)
			s.DHBits = 2048
			c.change(&s)
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
			if f := o.Feature(audit.FeatureFFDHE, audit.TLSv12); f.Answer != c.answer || f.Value != c.value {
				t.Errorf("%+v", f)
			}
			if diff := cmp.Diff(c.want, finiteAt(o)); diff != "" {
				t.Error(diff)
			}
			if gap := o.LacksGroups(audit.TLSv12); gap != "" {
				t.Error(gap)
			}
			compare(t, &s, o, true)
		})
	}
}

// TestFiniteGroupsLost: a server that stops answering has refused nothing.
func TestFiniteGroupsLost(t *testing.T) {
	t.Parallel()
	for limit := range 8 {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			s := only12(t, 0x009E)
			s.FFDHE, s.Limit = []audit.Code{256}, 14+limit
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
			for _, g := range finiteAt(o) {
				if strings.HasSuffix(g, "accepted") && g != "ffdhe2048 accepted" {
					t.Error(g)
				}
			}
			f := o.Feature(audit.FeatureFFDHE, audit.TLSv12)
			if f.Answer == audit.Refused || f.Answer == audit.Accepted != slices.Contains(finiteAt(o), "ffdhe3072 refused") {
				t.Errorf("%+v %q", f, finiteAt(o))
			}
			t.Logf("%s, %q", f.Answer, finiteAt(o))
		})
	}
}

// TestReuse: a public value that comes again is noticed, and nothing is said
// about a kind of exchange there is none of.
func TestReuse(t *testing.T) {
	t.Parallel()
	for _, reuse := range []bool{false, true} {
		for _, suites := range [][]audit.Code{{0xC02F}, {0x009E}, {0xC02F, 0x009E, 0x002F}, {0x002F}} {
			s := only12(t, suites...)
			s.Reuse = reuse
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second})
			for name, code := range map[audit.Feature]audit.Code{audit.FeatureReusesECDHE: 0xC02F, audit.FeatureReusesDHE: 0x009E} {
				want := audit.NotAsked
				if slices.Contains(suites, code) {
					want = map[bool]audit.Answer{true: audit.Accepted, false: audit.Refused}[reuse]
				}
				if f := o.Feature(name, audit.TLSv12); f.Answer != want {
					t.Errorf("reuse %t, %v: %+v, want %s", reuse, suites, f, want)
				}
			}
		}
	}
}

// TestGroupOrder: who decides between groups.
func TestGroupOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		groups []audit.Code
		depth  string
		want   audit.Preference
	}{
		"shown by the enumeration": {[]audit.Code{0x18, 0x1d}, "standard", audit.PreferenceServer},
		"not shown":                {[]audit.Code{0x1d, 0x17}, "standard", ""},
		"asked":                    {[]audit.Code{0x1d, 0x17}, "deep", audit.PreferenceServer},
		"one group":                {[]audit.Code{0x1d}, "deep", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.Groups = c.groups
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: c.depth})
			for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
				if got := o.Version(v).GroupsOrder; got != c.want {
					t.Errorf("%s: %q, want %q", v, got, c.want)
				}
			}
		})
	}
}

// TestClientAuth: the names of authorities are told, whatever is in them.
func TestClientAuth(t *testing.T) {
	t.Parallel()
	name := func(n pkix.Name) []byte {
		der, err := asn1.Marshal(n.ToRDNSequence())
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	many := slices.Repeat([][]byte{name(pkix.Name{CommonName: "x"})}, 90)
	for label, c := range map[string]struct {
		authorities [][]byte
		want        []string
	}{
		"none":    {nil, nil},
		"two":     {[][]byte{name(pkix.Name{CommonName: "One", Organization: []string{"Example"}}), name(pkix.Name{CommonName: "Two"})}, []string{"CN=One,O=Example", "CN=Two"}},
		"hostile": {[][]byte{{0x30, 0x82}, name(pkix.Name{CommonName: "a\x1b[2J\n"})}, []string{"", "CN=a\x1b[2J\n"}},
		"many":    {many, append(slices.Repeat([]string{"CN=x"}, 64), "... 26 more")},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			s := only12(t, 0xC02F)
			s.ClientCertificate, s.Authorities = true, c.authorities
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
			want := &audit.ClientAuth{Answer: audit.Accepted, Authorities: c.want, Types: []string{"rsa_sign", "ecdsa_sign"},
				Schemes: []string{"rsa_pkcs1_sha256", "ecdsa_secp256r1_sha256"}, Versions: []audit.Version{audit.TLSv12}}
			got := *o.ClientAuth
			got.Required = audit.NotAsked
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestClientAuth13: TLS 1.3 encrypts its request.
func TestClientAuth13(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	pool := x509.NewCertPool()
	ca, err := x509.ParseCertificate(a.Intermediate.DER)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(ca)
	config := fixtures.Hardened(a.Server(fixtures.P256, "www.example.com"))
	config.MinVersion, config.ClientAuth, config.ClientCAs = tls.VersionTLS13, tls.RequestClientCert, pool
	o := scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{})
	if c := o.ClientAuth; c == nil || c.Answer != audit.Accepted || !slices.Equal(c.Authorities, []string{ca.Subject.String()}) || len(c.Types) > 0 ||
		!slices.Contains(c.Schemes, "rsa_pss_rsae_sha256") || !slices.Equal(c.Versions, []audit.Version{audit.TLSv13}) {
		t.Errorf("%+v, want %s", c, ca.Subject)
	}
	config = config.Clone() // the first server may still be at work
	config.ClientAuth = tls.NoClientCert
	if o = scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{}); o.ClientAuth == nil || o.ClientAuth.Answer != audit.Refused {
		t.Errorf("without a request: %+v", o.ClientAuth)
	}
}

// TestTimestamps: SCTs in the extension are counted for the chain they come
// with.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 2} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			certificate := leaf(t, fixtures.P256)
			certificate.SignedCertificateTimestamps = slices.Repeat([][]byte{[]byte("a timestamp")}, n)
			config := fixtures.Hardened(certificate)
			config.MinVersion, config.MaxVersion = version, version
			o := scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{})
			want := audit.Timestamps{Answer: audit.Refused}
			if n > 0 {
				want = audit.Timestamps{Answer: audit.Accepted, Extension: n}
			}
			if len(o.Chains) != 1 || o.Chains[0].Timestamps != want {
				t.Errorf("version %x, %d timestamps: %+v", version, n, o.Chains)
			}
		}
	}
}

// TestClientAuthOfAnotherName: what a server asks of clients that come for
// another name is not said of the target.
func TestClientAuthOfAnotherName(t *testing.T) {
	t.Parallel()
	authority := fixtures.NewAuthority(now)
	config := fixtures.Hardened(authority.Server(fixtures.P256, "www.example.com"))
	config.MinVersion = tls.VersionTLS13
	others := config.Clone()
	others.ClientAuth = tls.RequestClientCert
	config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if h.ServerName != "www.example.com" {
			return others, nil
		}
		return nil, nil
	}
	o := scan(t, "https", serve(t, fixtures.TLS(config)).Addr(), scanner.Options{Depth: audit.DepthDeep})
	if f := o.Feature(audit.FeatureNoServerName, audit.TLSv13); f.Answer != audit.Accepted {
		t.Fatalf("no hello without a name was answered: %+v", f)
	}
	if c := o.ClientAuth; c == nil || c.Answer != audit.Refused {
		t.Errorf("client authentication: %+v", c)
	}
}
