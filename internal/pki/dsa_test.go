package pki

import (
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// TestAbnormalDSAKeys presents DSA keys with which the self-check of an
// unguarded parser takes seconds to minutes.
func TestAbnormalDSAKeys(t *testing.T) {
	odd := func(bits uint) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		return n.Sub(n, big.NewInt(1))
	}
	a := fixtures.NewAuthority(now)
	two := big.NewInt(2)
	for _, tt := range []struct {
		name       string
		p, q, g, y *big.Int
		want       string
	}{
		{"usual", odd(2048), odd(256), two, two, ""},
		{"largest", odd(3072), odd(512), odd(3072), odd(3072), ""},
		{"P just too long", odd(3073), odd(256), two, two, "P of 3073 bits"},
		{"P and Q of 3 KB", odd(24576), odd(24576), two, two, "P of 24576 bits"},
		{"Q too long", odd(2048), odd(513), two, two, "Q of 513 bits"},
		{"G longer than P", odd(1024), odd(160), odd(400_000), two, "longer than P"},
		{"Y longer than P", odd(1024), odd(160), two, odd(1025), "longer than P"},
		{"even P", new(big.Int).Lsh(two, 2000), odd(256), two, two, "odd ones"},
		{"zero P", new(big.Int), odd(256), two, two, "not positive"},
		{"negative Q", odd(2048), big.NewInt(-5), two, two, "not positive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parameters := marshal(t, struct{ P, Q, G *big.Int }{tt.p, tt.q, tt.g})
			der := rawDSA(t, parameters, marshal(t, tt.y))
			got := Parse(der)
			if got.Key.Type != "dsa" || got.Key.Bits != tt.p.BitLen() {
				t.Errorf("key %+v", got.Key)
			}
			if tt.want == "" {
				if got.Error != "" {
					t.Errorf("error %q", got.Error)
				}
				return
			}
			if !strings.Contains(got.Error, "abnormal DSA key") || !strings.Contains(got.Error, tt.want) || got.SelfSigned {
				t.Errorf("error %q, self-signed %v", got.Error, got.SelfSigned)
			}
			chain := Assess([][]byte{der, der, a.Intermediate.DER}, "x.test", anchorsOf(t, a), now)
			if chain.Trust.Answer != audit.Undetermined {
				t.Errorf("%+v", chain.Trust)
			}
		})
	}
	for name, der := range map[string][]byte{
		"no parameters": rawDSA(t, nil, marshal(t, two)),
		"no key":        rawDSA(t, marshal(t, struct{ P, Q, G *big.Int }{odd(2048), odd(256), two}), []byte{0}),
	} {
		if got := Parse(der); !strings.Contains(got.Error, "reading the DSA") {
			t.Errorf("%s: error %q", name, got.Error)
		}
	}
}

// rawDSA encodes a self-issued certificate with an arbitrary DSA key, which
// only zcrypto reads, for its negative serial number.
func rawDSA(t testing.TB, parameters, key []byte) []byte {
	t.Helper()
	signature := algorithm{OID: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}}
	type publicKey struct {
		Algorithm algorithm
		Bits      asn1.BitString
	}
	tbs := marshal(t, struct {
		Version   int `asn1:"explicit,tag:0"`
		Serial    int
		Algorithm algorithm
		Issuer    asn1.RawValue
		Validity  struct{ NotBefore, NotAfter time.Time }
		Subject   asn1.RawValue
		PublicKey publicKey
	}{
		Version: 2, Serial: -1, Algorithm: signature,
		Issuer: asn1.RawValue{FullBytes: []byte{0x30, 0}}, Subject: asn1.RawValue{FullBytes: []byte{0x30, 0}},
		Validity: struct{ NotBefore, NotAfter time.Time }{now, now.AddDate(1, 0, 0)},
		PublicKey: publicKey{
			algorithm{OID: asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, Parameters: asn1.RawValue{FullBytes: parameters}},
			asn1.BitString{Bytes: key, BitLength: 8 * len(key)},
		},
	})
	noise := marshal(t, struct{ R, S *big.Int }{big.NewInt(3), big.NewInt(2)})
	return marshal(t, struct {
		TBS       asn1.RawValue
		Algorithm algorithm
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, signature, asn1.BitString{Bytes: noise, BitLength: 8 * len(noise)}})
}
