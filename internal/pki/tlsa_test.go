package pki_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/pki"
)

func TestMatchTLSA(t *testing.T) {
	now := time.Now()
	a := fixtures.NewAuthority(now)
	stranger := a.CA("Example Stranger", nil)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"mx.example.com"}})
	expired := a.Issue(fixtures.Leaf{DNS: []string{"mx.example.com"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, -1)})
	other := a.Issue(fixtures.Leaf{DNS: []string{"www.example.com"}})
	key := func(c fixtures.Certificate) []byte {
		parsed, err := x509.ParseCertificate(c.DER)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.RawSubjectPublicKeyInfo
	}
	s256 := func(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] }
	s512 := func(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] }
	names := []string{"mx.example.com", "example.com"}
	for _, tt := range []struct {
		name     string
		record   pki.Association
		chain    []fixtures.Certificate
		answer   audit.Answer
		position int
		named    audit.Answer
	}{
		{"3 1 1", pki.Association{3, 1, 1, s256(key(leaf))}, []fixtures.Certificate{leaf, a.Intermediate}, audit.Accepted, 0, audit.NotAsked},
		{"3 0 2", pki.Association{3, 0, 2, s512(leaf.DER)}, []fixtures.Certificate{leaf}, audit.Accepted, 0, audit.NotAsked},
		{"3 0 0", pki.Association{3, 0, 0, leaf.DER}, []fixtures.Certificate{leaf}, audit.Accepted, 0, audit.NotAsked},
		{"3 1 1 of an expired leaf", pki.Association{3, 1, 1, s256(key(expired))}, []fixtures.Certificate{expired}, audit.Accepted, 0, audit.NotAsked},
		{"3 1 1 of the issuer", pki.Association{3, 1, 1, s256(key(a.Intermediate))}, []fixtures.Certificate{leaf, a.Intermediate}, audit.Refused, 0, audit.NotAsked},
		{"3 1 1 of another", pki.Association{3, 1, 1, s256(key(other))}, []fixtures.Certificate{leaf}, audit.Refused, 0, audit.NotAsked},
		{"2 0 1 of the intermediate", pki.Association{2, 0, 1, s256(a.Intermediate.DER)}, []fixtures.Certificate{leaf, a.Intermediate}, audit.Accepted, 1, audit.Accepted},
		{"2 1 1 of the root, sent", pki.Association{2, 1, 1, s256(key(a.Root))}, []fixtures.Certificate{leaf, a.Intermediate, a.Root}, audit.Accepted, 2, audit.Accepted},
		{"2 1 1 of the root, not sent", pki.Association{2, 1, 1, s256(key(a.Root))}, []fixtures.Certificate{leaf, a.Intermediate}, audit.Refused, 0, audit.NotAsked},
		{"2 0 1, name wrong", pki.Association{2, 0, 1, s256(a.Intermediate.DER)}, []fixtures.Certificate{other, a.Intermediate}, audit.Accepted, 1, audit.Refused},
		{"2 0 1 of one sent that signed nothing", pki.Association{2, 0, 1, s256(stranger.DER)}, []fixtures.Certificate{leaf, stranger}, audit.Refused, 0, audit.NotAsked},
		{"2 0 1 of the leaf", pki.Association{2, 0, 1, s256(leaf.DER)}, []fixtures.Certificate{leaf, a.Intermediate}, audit.Refused, 0, audit.NotAsked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if why := tt.record.Unusable(); why != "" {
				t.Fatal(why)
			}
			var raw [][]byte
			for _, c := range tt.chain {
				raw = append(raw, c.DER)
			}
			chain := pki.Assess(raw, "mx.example.com", nil, now)
			m := pki.MatchTLSA(&tt.record, &chain, names, now)
			if m.Answer != tt.answer || m.Position != tt.position || m.Name != tt.named || m.Leaf != chain.Certificates[0].SHA256 {
				t.Errorf("%+v", m)
			}
			chain.Truncated = true
			if cut := pki.MatchTLSA(&tt.record, &chain, names, now); tt.record.Usage == 2 && m.Answer == audit.Refused && cut.Answer != audit.Undetermined {
				t.Errorf("of a chain that was cut: %+v", cut)
			}
		})
	}
}

func TestUnusable(t *testing.T) {
	sum := make([]byte, 32)
	for _, a := range []pki.Association{{0, 1, 1, sum}, {1, 1, 1, sum}, {4, 1, 1, sum}, {3, 2, 1, sum}, {3, 1, 3, sum}, {3, 1, 1, sum[:31]}, {3, 1, 2, sum}, {3, 0, 0, nil}} {
		if a.Unusable() == "" {
			t.Errorf("%v is used", a)
		}
	}
}

// FuzzTLSA compares any record with any two certificates.
func FuzzTLSA(f *testing.F) {
	a := fixtures.NewAuthority(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"mx.example.com"}})
	sum := sha256.Sum256(a.Intermediate.DER)
	f.Add(byte(2), byte(0), byte(1), sum[:], leaf.DER, a.Intermediate.DER)
	f.Add(byte(3), byte(1), byte(0), []byte{}, leaf.DER, []byte{})
	f.Fuzz(func(t *testing.T, usage, selector, matching byte, data, one, two []byte) {
		now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		record := pki.Association{Usage: usage, Selector: selector, Matching: matching, Data: data}
		if record.Unusable() != "" {
			return
		}
		chain := pki.Assess([][]byte{one, two}, "mx.example.com", nil, now)
		m := pki.MatchTLSA(&record, &chain, []string{"mx.example.com"}, now)
		if m.Answer == audit.NotAsked || m.Position > 1 || m.Answer != audit.Accepted && m.Name != audit.NotAsked {
			t.Errorf("%+v", m)
		}
	})
}
