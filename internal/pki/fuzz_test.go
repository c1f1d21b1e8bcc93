package pki

import (
	"math/big"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

func FuzzParse(f *testing.F) {
	a := fixtures.NewAuthority(now)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test", "*.test"}, Key: fixtures.RSA2048})
	f.Add(leaf.DER)
	f.Add(a.Root.DER)
	f.Add(a.Issue(fixtures.Leaf{Key: fixtures.Ed25519, SelfSigned: true}).DER)
	f.Add(fixtures.Rewrite(leaf.DER, a.Intermediate.Key, "sha1", func(serial *big.Int) { serial.SetInt64(-1) }))
	f.Fuzz(func(t *testing.T, der []byte) {
		c := Parse(der)
		if c.SHA256 == "" || c.SANs == nil || c.Size != len(der) {
			t.Errorf("incomplete: %+v", c)
		}
	})
}

func FuzzAssess(f *testing.F) {
	a := fixtures.NewAuthority(now)
	anchors, err := ParseAnchors("ca.pem", a.RootPEM())
	if err != nil {
		f.Fatal(err)
	}
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
	f.Add(leaf.DER, a.Intermediate.DER, "x.test")
	f.Add(leaf.DER, leaf.DER, "192.0.2.1")
	f.Add(a.Root.DER, a.Root.DER, "")
	f.Fuzz(func(t *testing.T, first, second []byte, name string) {
		c := Assess([][]byte{first, second, first, a.Intermediate.DER}, name, anchors, now)
		if len(c.Certificates) != 4 || c.Trust.Answer == audit.NotAsked {
			t.Errorf("incomplete: %+v", c)
		}
		if c.Certificates[0].Error != "" && c.Trust.Answer == audit.Accepted {
			t.Errorf("trusted unread: %+v", c)
		}
	})
}

func FuzzAnchors(f *testing.F) {
	root := fixtures.NewAuthority(now).RootPEM()
	f.Add(root)
	f.Add(append(root[:300:300], root...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseAnchors("ca.pem", data); (err == nil) == a.Empty() {
			t.Errorf("%v, %v", a, err)
		}
	})
}
