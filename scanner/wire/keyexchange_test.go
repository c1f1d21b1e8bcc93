package wire

import (
	"bytes"
	"testing"
)

func TestParseKeyExchange(t *testing.T) {
	prime := append([]byte{0, 0, 0x7F}, make([]byte, 127)...) // 1023 bits behind two zeros
	prime[len(prime)-1] = 1
	dh := join(vec(2, prime), vec(2, []byte{2}), vec(2, make([]byte, 130)))
	point := vec(1, make([]byte, 65))
	named := join([]byte{3, 0, 23}, point)
	five := join(vec(1, []byte{1}), vec(1, []byte{2}), vec(1, []byte{4}), vec(1, []byte{3}), vec(1, []byte{1}), point)
	prime256 := vec(1, append([]byte{0xFF}, make([]byte, 31)...))
	signature := vec(2, []byte("signature"))
	signed := func(b []byte) []byte { return join(b, signature) }
	signed12 := func(b []byte) []byte { return join(b, be16(0x0401), signature) }
	hinted := func(b []byte) []byte { return join(vec(2, []byte("hint")), b) }
	tests := []struct {
		name    string
		version uint16
		suite   uint16
		body    []byte
		want    Flight // the fields compared below
	}{
		{"DHE, TLS 1.2", 0x0303, 0x009E, signed12(dh), Flight{DHBits: 1023, SigAlg: 0x0401}},
		{"DHE, TLS 1.0", 0x0301, 0x0033, signed(dh), Flight{DHBits: 1023}},
		{"DHE, SSLv3", 0x0300, 0x0016, signed(dh), Flight{DHBits: 1023}},
		{"DH_anon", 0x0303, 0x0034, dh, Flight{DHBits: 1023}},
		{"DHE_PSK", 0x0303, 0x00AA, hinted(dh), Flight{DHBits: 1023}},
		{"ECDHE, TLS 1.2", 0x0303, 0xC02F, signed12(named), Flight{Group: 23, CurveType: 3, SigAlg: 0x0401}},
		{"ECDHE, TLS 1.1", 0x0302, 0xC013, signed(named), Flight{Group: 23, CurveType: 3}},
		{"ECDHE, unknown curve", 0x0303, 0xC02F, signed12(join([]byte{3, 0xFE, 0x77}, point)), Flight{Group: 0xFE77, CurveType: 3, SigAlg: 0x0401}},
		{"ECDH_anon", 0x0303, 0xC018, named, Flight{Group: 23, CurveType: 3}},
		{"ECDHE_PSK", 0x0303, 0xC035, hinted(named), Flight{Group: 23, CurveType: 3}},
		{"explicit prime curve", 0x0301, 0xC013, signed(join([]byte{1}, prime256, five)), Flight{CurveType: 1, CurveBits: 256}},
		{"explicit trinomial", 0x0301, 0xC013, signed(join([]byte{2, 0, 163, 1}, vec(1, []byte{7}), five)), Flight{CurveType: 2, CurveBits: 163}},
		{"explicit pentanomial", 0x0301, 0xC013, signed(join([]byte{2, 1, 27, 2}, vec(1, []byte{7}), vec(1, []byte{6}), vec(1, []byte{3}), five)), Flight{CurveType: 2, CurveBits: 283}},
		{"RSA_EXPORT", 0x0301, 0x0003, signed(join(vec(2, append([]byte{0x80}, make([]byte, 63)...)), vec(2, []byte{1, 0, 1}))), Flight{RSABits: 512}},
		{"PSK", 0x0303, 0x00A8, hinted(nil), Flight{}},
		{"SRP", 0x0303, 0xC01D, join(vec(2, prime), vec(2, []byte{2}), vec(1, []byte("salt")), vec(2, []byte{9})), Flight{DHBits: 1023}},
		{"SRP RSA", 0x0303, 0xC01E, signed12(join(vec(2, prime), vec(2, []byte{2}), vec(1, []byte("salt")), vec(2, []byte{9}))), Flight{DHBits: 1023, SigAlg: 0x0401}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := Flight{Version: test.version, Suite: test.suite}
			if err := parseKeyExchange(test.body, &f); err != nil || !f.KeyExchange {
				t.Fatal(err)
			}
			w := test.want
			if f.DHBits != w.DHBits || f.Group != w.Group || f.CurveType != w.CurveType || f.CurveBits != w.CurveBits || f.RSABits != w.RSABits || f.SigAlg != w.SigAlg {
				t.Errorf("got %d bits DH, group %d, curve %d/%d, %d bits RSA, scheme %04X", f.DHBits, f.Group, f.CurveType, f.CurveBits, f.RSABits, f.SigAlg)
			}
			if f.DHBits > 0 && !bytes.Equal(f.DHPrime, prime[2:]) {
				t.Errorf("prime % X", f.DHPrime)
			}
			// A byte more or less anywhere is noticed, and leaves no trace.
			for n := range test.body {
				f := Flight{Version: test.version, Suite: test.suite}
				if err := parseKeyExchange(test.body[:n], &f); err == nil || f.KeyExchange || f.DHBits != 0 || f.Group != 0 {
					t.Fatalf("accepted when cut to %d bytes", n)
				}
			}
			if parseKeyExchange(append(test.body, 0), &f) == nil {
				t.Error("accepted with a byte too many")
			}
		})
	}
}

func TestParseKeyExchangeUnknown(t *testing.T) {
	for _, suite := range []uint16{0x002F, 0x1301, 0xFE01, 0xC0B0} {
		f := Flight{Version: 0x0303, Suite: suite}
		if err := parseKeyExchange([]byte{3, 0, 23, 0}, &f); err != nil || f.KeyExchange || f.Group != 0 {
			t.Errorf("suite %04X: %v, %s", suite, err, brief(&f))
		}
	}
	for _, body := range [][]byte{{}, {0}, {4, 0, 23, 0, 0, 0}, {2, 0, 100, 3, 0, 0, 0}} {
		f := Flight{Version: 0x0301, Suite: 0xC013}
		if parseKeyExchange(body, &f) == nil {
			t.Errorf("accepted % X", body)
		}
	}
	f := Flight{Version: 0x0303, Suite: 0x0034}
	if parseKeyExchange(make([]byte, 6), &f) == nil {
		t.Error("accepted an empty prime")
	}
}
