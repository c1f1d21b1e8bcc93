package pki

import (
	"math/big"
	"strings"
	"sync"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// TestAbnormalKeys presents keys that would keep an unguarded validator busy
// for seconds to minutes: they are measured and never used.
func TestAbnormalKeys(t *testing.T) {
	odd := func(bits uint) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		return n.Sub(n, big.NewInt(1))
	}
	a := fixtures.NewAuthority(now)
	anchors := anchorsOf(t, a)
	for _, tt := range []struct {
		name string
		n, e *big.Int
		want string
	}{
		{"exponent of full size", odd(16384), odd(16384), "exponent of 16384 bits"},
		{"exponent just too long", odd(2048), odd(32), "exponent of 32 bits"},
		{"large modulus with large exponent", odd(8193), odd(18), "exponent of 18 bits"},
		{"modulus of 16 KB", odd(131_072), big.NewInt(65537), "modulus of 131072 bits"},
		{"modulus of 60 KB", odd(480_000), big.NewInt(65537), "modulus of 480000 bits"},
		{"both", odd(400_000), odd(400_000), "modulus of 400000 bits"},
		{"zero modulus", new(big.Int), big.NewInt(3), "not positive"},
		{"negative modulus", big.NewInt(-15), big.NewInt(3), "not positive"},
		{"zero exponent", odd(2048), new(big.Int), "not positive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			der := rawRSA(t, tt.n, tt.e)
			got := Parse(der)
			if !strings.Contains(got.Error, "abnormal RSA key") || !strings.Contains(got.Error, tt.want) {
				t.Errorf("error %q", got.Error)
			}
			if got.Key.Type != "rsa" || got.Key.Bits != tt.n.BitLen() || len(got.Key.Exponent) > 40 {
				t.Errorf("key %+v", got.Key)
			}
			if got.SelfSigned {
				t.Error("the signature was not checked")
			}
			// as a leaf, and as issuer of everything
			chain := Assess([][]byte{der, der, a.Intermediate.DER}, "x.test", anchors, now)
			if chain.Trust.Answer != audit.Undetermined {
				t.Errorf("%+v", chain.Trust)
			}
		})
	}
}

func TestLargestKeysInUse(t *testing.T) {
	for _, tt := range []struct {
		bits     uint
		exponent int64
	}{{maxModulusBits, 65537}, {largeModulusBits, 1<<31 - 1}} {
		n := new(big.Int).Lsh(big.NewInt(1), tt.bits)
		der := rawRSA(t, n.Sub(n, big.NewInt(1)), big.NewInt(tt.exponent))
		if got := Parse(der); got.Error != "" || got.SelfSigned || got.Key.Bits != int(tt.bits) {
			t.Errorf("error %q, self-signed %v, %d bits", got.Error, got.SelfSigned, got.Key.Bits)
		}
	}
}

// TestAmbiguousChain presents certificates that all seem to certify one
// another: the number of possible paths explodes, the work must not.
func TestAmbiguousChain(t *testing.T) {
	a := fixtures.NewAuthority(now)
	chain := [][]byte{a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER}
	same := a.Intermediate
	for range maxPresented - 1 {
		same.DER = a.CA("Example Test Intermediate", &same).DER
		chain = append(chain, same.DER)
	}
	got := Assess(chain, "x.test", anchorsOf(t, a), now)
	if got.Trust.Answer != audit.Undetermined || got.Order != audit.Undetermined {
		t.Errorf("order %v, %+v", got.Order, got.Trust)
	}
	// what leads nowhere must not hide the way that leads somewhere
	got = Assess(append(chain[:2:2], a.Intermediate.DER), "x.test", anchorsOf(t, a), now)
	if got.Trust.Answer != audit.Accepted {
		t.Errorf("%+v", got.Trust)
	}
}

// TestManyLargeIssuers: issuers left out for their cost make a refusal
// undetermined, and do not stand in the way of a good path.
func TestManyLargeIssuers(t *testing.T) {
	a := fixtures.NewAuthority(now)
	leaf := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}})
	chain := [][]byte{leaf.DER}
	n := new(big.Int).Lsh(big.NewInt(1), maxModulusBits)
	for i := range maxLargeIssuers + 1 {
		chain = append(chain, rawRSA(t, new(big.Int).Sub(n, big.NewInt(int64(2*i+1))), big.NewInt(65537)))
	}
	for _, tt := range []struct {
		chain [][]byte
		want  audit.Answer
	}{{chain, audit.Undetermined}, {chain[:maxLargeIssuers+1], audit.Refused}, {append(chain[:len(chain):len(chain)], a.Intermediate.DER), audit.Accepted}} {
		if got := Assess(tt.chain, "x.test", anchorsOf(t, a), now); got.Trust.Answer != tt.want {
			t.Errorf("%d certificates: %+v, want %v", len(tt.chain), got.Trust, tt.want)
		}
	}
	// all of one name: the search gives up, and says so
	got := Assess(chain[1:], "x.test", anchorsOf(t, a), now)
	if got.Complete != audit.Undetermined {
		t.Errorf("complete: %v", got.Complete)
	}
}

func TestConcurrentUse(t *testing.T) {
	a := fixtures.NewAuthority(now)
	anchors := anchorsOf(t, a)
	sha1 := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}, Key: fixtures.RSA2048, Hash: "sha1"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := Assess([][]byte{sha1.DER, a.Intermediate.DER}, "x.test", anchors, now); got.Trust.Answer != audit.Refused {
				t.Errorf("%+v", got.Trust)
			}
		})
	}
	all.Wait()
}
