package pki

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func anchorsOf(t *testing.T, a *fixtures.Authority) *Anchors {
	t.Helper()
	anchors, err := ParseAnchors("test-ca.pem", a.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	return anchors
}

// verdict is what the table compares of an assessment.
type verdict struct{ Trust, Order, Complete, SAN, CN audit.Answer }

func verdictOf(c audit.Chain) verdict {
	return verdict{c.Trust.Answer, c.Order, c.Complete, c.Names.SAN, c.Names.CN}
}

func TestAssess(t *testing.T) {
	const (
		yes = audit.Accepted
		no  = audit.Refused
		may = audit.Undetermined
	)
	a := fixtures.NewAuthority(now)
	anchors := anchorsOf(t, a)
	foreign := fixtures.NewAuthority(now)
	name := []string{"www.example.com"}
	leaf := a.Issue(fixtures.Leaf{DNS: name})
	rsa := a.Issue(fixtures.Leaf{DNS: name, Key: fixtures.RSA2048})
	expired := a.Issue(fixtures.Leaf{DNS: name, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(-1, 0, 0)})
	future := a.Issue(fixtures.Leaf{DNS: name, NotBefore: now.AddDate(1, 0, 0), NotAfter: now.AddDate(2, 0, 0)})
	sha1 := a.Issue(fixtures.Leaf{DNS: name, Key: fixtures.RSA2048, Hash: "sha1"})
	selfSigned := a.Issue(fixtures.Leaf{DNS: name, SelfSigned: true})
	byRoot := a.Issue(fixtures.Leaf{DNS: name, ByRoot: true})
	clientOnly := a.Issue(fixtures.Leaf{DNS: name, EKU: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	cnOnly := a.Issue(fixtures.Leaf{CommonName: name[0]})
	otherCN := a.Issue(fixtures.Leaf{DNS: name, CommonName: "Example Web Server"})
	constrained := a.CA("Constrained", &a.Root)
	constrained.DER = constrainedCA(t, a)
	outside := a.Issue(fixtures.Leaf{DNS: name, Issuer: &constrained})
	forClients := limitedCA(t, a, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection)
	forServers := limitedCA(t, a, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	forAll := limitedCA(t, a, x509.ExtKeyUsageAny)
	// the same intermediate, certified by somebody nobody trusts
	crossed := fixtures.Certificate{DER: crossSign(t, a, &foreign.Root), Key: a.Intermediate.Key}

	tests := []struct {
		name    string
		chain   []fixtures.Certificate
		want    verdict
		reasons []string
	}{
		{"ordinary", []fixtures.Certificate{leaf, a.Intermediate}, verdict{yes, yes, yes, yes, yes}, nil},
		{"ordinary RSA", []fixtures.Certificate{rsa, a.Intermediate}, verdict{yes, yes, yes, yes, yes}, nil},
		{"root included", []fixtures.Certificate{leaf, a.Intermediate, a.Root}, verdict{yes, yes, yes, yes, yes}, nil},
		{"by the root itself", []fixtures.Certificate{byRoot}, verdict{yes, yes, yes, yes, yes}, nil},
		{"issuers in the wrong order", []fixtures.Certificate{leaf, a.Root, a.Intermediate}, verdict{yes, no, yes, yes, yes}, nil},
		{"intermediate twice", []fixtures.Certificate{leaf, a.Intermediate, a.Intermediate}, verdict{yes, no, yes, yes, yes}, nil},
		{"unrelated certificate in between", []fixtures.Certificate{leaf, byRoot, a.Intermediate}, verdict{yes, no, yes, yes, yes}, nil},
		{"cross-signed first", []fixtures.Certificate{leaf, crossed, a.Intermediate}, verdict{yes, no, yes, yes, yes}, nil},
		{"cross-signed only", []fixtures.Certificate{leaf, crossed}, verdict{no, yes, no, yes, yes}, []string{"unknown authority"}},
		{"cross-signed with its root", []fixtures.Certificate{leaf, crossed, foreign.Root}, verdict{no, yes, yes, yes, yes}, []string{"not a trust anchor"}},
		{"intermediate missing", []fixtures.Certificate{leaf}, verdict{no, yes, no, yes, yes},
			[]string{"neither the presented certificates nor the trust anchors hold the issuer CN=Example Test Intermediate,O=Example"}},
		{"expired leaf: trusted all the same", []fixtures.Certificate{expired, a.Intermediate}, verdict{yes, yes, yes, yes, yes}, nil},
		{"leaf not yet valid", []fixtures.Certificate{future, a.Intermediate}, verdict{yes, yes, yes, yes, yes}, nil},
		{"self-signed", []fixtures.Certificate{selfSigned}, verdict{no, yes, yes, yes, yes}, []string{"self-signed and not a trust anchor"}},
		{"SHA-1", []fixtures.Certificate{sha1, a.Intermediate}, verdict{no, yes, yes, yes, yes},
			[]string{"a path to CN=Example Test Root,O=Example exists, but CN=www.example.com is signed with rsa+sha1", "insecure algorithm"}},
		{"clientAuth only is another check", []fixtures.Certificate{clientOnly, a.Intermediate}, verdict{yes, yes, yes, yes, yes}, nil},
		{"issuer for clients only", []fixtures.Certificate{leaf, forClients}, verdict{no, yes, yes, yes, yes},
			[]string{"a path to CN=Example Test Root,O=Example exists: the extended key usage of the issuing certificate CN=Example Test Intermediate,O=Example does not include serverAuth"}},
		{"issuer for servers", []fixtures.Certificate{leaf, forServers}, verdict{yes, yes, yes, yes, yes}, nil},
		{"issuer for everything", []fixtures.Certificate{leaf, forAll}, verdict{yes, yes, yes, yes, yes}, nil},
		{"issuer for clients beside one for servers", []fixtures.Certificate{leaf, forClients, a.Intermediate}, verdict{yes, no, yes, yes, yes}, nil},
		{"name constraints", []fixtures.Certificate{outside, constrained}, verdict{no, yes, yes, yes, yes}, []string{"a path to", "not permitted"}},
		{"name in the CN only", []fixtures.Certificate{cnOnly, a.Intermediate}, verdict{yes, yes, yes, no, yes}, nil},
		{"name in the SAN only", []fixtures.Certificate{otherCN, a.Intermediate}, verdict{yes, yes, yes, yes, no}, nil},
		{"garbage behind a good leaf", []fixtures.Certificate{leaf, {DER: []byte("garbage")}, a.Intermediate}, verdict{yes, may, yes, yes, yes}, nil},
		{"garbage in place of the intermediate", []fixtures.Certificate{leaf, {DER: []byte("garbage")}}, verdict{no, may, may, yes, yes}, []string{"unknown authority"}},
		{"garbage leaf", []fixtures.Certificate{{DER: []byte("garbage")}, a.Intermediate}, verdict{may, may, may, may, may}, []string{"not a certificate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Assess(ders(tt.chain), "www.example.com", anchors, now)
			if diff := cmp.Diff(tt.want, verdictOf(got)); diff != "" {
				t.Errorf("(-want +got)\n%s%s", diff, got.Trust.Reason)
			}
			for _, reason := range tt.reasons {
				if !strings.Contains(got.Trust.Reason, reason) {
					t.Errorf("reason %q does not contain %q", got.Trust.Reason, reason)
				}
			}
			if (got.Trust.Answer == yes) != (len(got.Trust.Path) > 0 && got.Trust.Reason == "") {
				t.Errorf("answer %v with path %v and reason %q", got.Trust.Answer, got.Trust.Path, got.Trust.Reason)
			}
			if len(got.Certificates) != len(tt.chain) {
				t.Errorf("%d certificates described, %d presented", len(got.Certificates), len(tt.chain))
			}
		})
	}
}

func TestAssessWithoutAnchors(t *testing.T) {
	a := fixtures.NewAuthority(now)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"www.example.com"}})
	empty, err := LoadAnchors(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, anchors := range []*Anchors{nil, empty} {
		got := Assess(ders([]fixtures.Certificate{leaf, a.Intermediate}), "www.example.com", anchors, now)
		if got.Trust.Answer != audit.NotAsked || got.Trust.Anchors != "" || got.Complete != audit.Undetermined {
			t.Errorf("trust %+v, complete %v", got.Trust, got.Complete)
		}
		whole := Assess(ders([]fixtures.Certificate{leaf, a.Intermediate, a.Root}), "", anchors, now)
		if whole.Complete != audit.Accepted || whole.Names.SAN != audit.NotAsked {
			t.Errorf("with root: %+v", whole)
		}
	}
}

func TestAssessNothing(t *testing.T) {
	got := Assess(nil, "www.example.com", anchorsOf(t, fixtures.NewAuthority(now)), now)
	if v := verdictOf(got); v != (verdict{}) || got.Certificates == nil {
		t.Errorf("%+v", got)
	}
}

func TestTrustTimeIsClamped(t *testing.T) {
	a := fixtures.NewAuthority(now)
	expired := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(-1, 0, 0)})
	got := Assess(ders([]fixtures.Certificate{expired, a.Intermediate}), "x.test", anchorsOf(t, a), now)
	if !got.Trust.At.Equal(now.AddDate(-1, 0, 0)) {
		t.Errorf("evaluated at %v", got.Trust.At)
	}
}

func TestTruncated(t *testing.T) {
	a := fixtures.NewAuthority(now)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
	chain := [][]byte{leaf.DER}
	for range 40 {
		chain = append(chain, a.Root.DER)
	}
	got := Assess(append(chain, a.Intermediate.DER), "x.test", anchorsOf(t, a), now)
	if len(got.Certificates) != maxPresented || !got.Truncated {
		t.Errorf("%d certificates, truncated %v", len(got.Certificates), got.Truncated)
	}
	if got.Trust.Answer != audit.Undetermined || got.Complete != audit.Undetermined {
		t.Errorf("judged what was cut off: %+v", got.Trust)
	}
}

// TestAgreesWithHandshake compares the trust verdict with the one crypto/tls
// reaches in a handshake.
func TestAgreesWithHandshake(t *testing.T) {
	a := fixtures.NewAuthority(time.Now())
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.RootPEM())
	for name, chain := range map[string]tls.Certificate{
		"good":       a.Server(fixtures.P256, "www.example.com"),
		"incomplete": a.Issue(fixtures.Leaf{DNS: []string{"www.example.com"}}).Present(),
		"wrong name": a.Server(fixtures.P256, "other.example.com"),
	} {
		server, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(chain)))
		if err != nil {
			t.Fatal(err)
		}
		c, err := tls.Dial("tcp", server.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "www.example.com"})
		if err == nil {
			c.Close()
		}
		server.Close()
		got := Assess(chain.Certificate, "www.example.com", anchorsOf(t, a), time.Now())
		if ok := got.Trust.Answer == audit.Accepted && got.Names.SAN == audit.Accepted; ok != (err == nil) {
			t.Errorf("%s: %+v, but the handshake says %v", name, got, err)
		}
	}
}

func ders(chain []fixtures.Certificate) (list [][]byte) {
	for _, c := range chain {
		list = append(list, c.DER)
	}
	return list
}

// TestProvenSignatures: what crypto/x509 verified costs no effort again, and
// nothing else passes for verified.
func TestProvenSignatures(t *testing.T) {
	a, other := fixtures.NewAuthority(time.Now()), fixtures.NewAuthority(time.Now().AddDate(0, 0, -1))
	chain := a.Server(fixtures.RSA2048, "www.example.com").Certificate
	leaf, issuer, stranger := read(chain[0]), read(chain[1]), read(other.Server(fixtures.RSA2048, "www.example.com").Certificate[1])
	s := &search{presented: []*certificate{leaf, issuer}, effort: maxEffort}
	s.prove([][]*x509.Certificate{{parsed(t, chain[0]), parsed(t, chain[1])}, {}, nil})
	if !s.certifies(issuer, leaf) || s.effort != maxEffort {
		t.Errorf("a proven signature took an effort of %d", maxEffort-s.effort)
	}
	if s.certifies(stranger, leaf); s.effort != maxEffort-1 {
		t.Error("another certificate of the issuer's name passes for the one that was verified")
	}
	if s.certifies(leaf, issuer) {
		t.Error("a pair stands for its reverse")
	}
	if s = (&search{effort: maxEffort}); !s.certifies(issuer, leaf) || s.effort != maxEffort-1 {
		t.Errorf("an unproven signature took an effort of %d", maxEffort-s.effort)
	}
}
