package pki

import (
	"math/big"
	"testing"

	"tlsaudit/fixtures"
)

func BenchmarkAssess(b *testing.B) {
	a := fixtures.NewAuthority(now)
	anchors, err := ParseAnchors("ca.pem", a.RootPEM())
	if err != nil {
		b.Fatal(err)
	}
	chain := [][]byte{a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER, a.Intermediate.DER}
	for b.Loop() {
		Assess(chain, "x.test", anchors, now)
	}
}

// BenchmarkHostile is the worst the guards let through: a full chain of
// ambiguous issuers with the largest keys.
func BenchmarkHostile(b *testing.B) {
	anchors, err := ParseAnchors("ca.pem", fixtures.NewAuthority(now).RootPEM())
	if err != nil {
		b.Fatal(err)
	}
	var chain [][]byte
	n := new(big.Int).Lsh(big.NewInt(1), maxModulusBits)
	for i := range maxPresented {
		chain = append(chain, rawRSA(b, new(big.Int).Sub(n, big.NewInt(int64(2*i+1))), big.NewInt(65537)))
	}
	for b.Loop() {
		Assess(chain, "x.test", anchors, now)
	}
}

// BenchmarkAssessFleet is a chain of its own for each endpoint, from one issuer.
func BenchmarkAssessFleet(b *testing.B) {
	a := fixtures.NewAuthority(now)
	anchors, err := ParseAnchors("ca.pem", a.RootPEM())
	if err != nil {
		b.Fatal(err)
	}
	var chains [][][]byte
	for range 500 {
		chains = append(chains, [][]byte{a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER, a.Intermediate.DER})
	}
	for name, cache := range map[string]*Cache{"cache": NewCache(), "none": nil} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				cache.Assess(chains[i%len(chains)], "x.test", anchors, now)
				i++
			}
		})
	}
}
