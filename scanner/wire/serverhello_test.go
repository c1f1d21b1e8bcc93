package wire

import (
	"slices"
	"testing"
)

func TestParseServerHello(t *testing.T) {
	share := ext(ExtKeyShare, join(be16(29), vec(2, []byte("point"))))
	var many [][]byte
	for kind := range uint16(300) {
		many = append(many, ext(0x7000+kind, nil))
	}
	tests := []struct {
		name string
		body []byte
		ok   bool
		want Flight
	}{
		{"no extensions", serverHelloBody(0x0300, 5, [32]byte{1}), true, Flight{Outcome: ServerHello, Version: 0x0300, Suite: 5}},
		{"empty block", append(serverHelloBody(0x0301, 5, [32]byte{1}), 0, 0), true, Flight{Outcome: ServerHello, Version: 0x0301, Suite: 5}},
		{"unknown extension", serverHelloBody(0x0303, 5, [32]byte{1}, ext(0x7777, []byte("?"))), true, Flight{Outcome: ServerHello, Version: 0x0303, Suite: 5, Extensions: []uint16{0x7777}}},
		{"point formats", serverHelloBody(0x0303, 5, [32]byte{1}, ext(ExtPointFormats, []byte{2, 0, 1})), true, Flight{Outcome: ServerHello, Version: 0x0303, Suite: 5, Extensions: []uint16{11}, PointFormats: []byte{0, 1}}},
		{"malformed point formats", serverHelloBody(0x0303, 5, [32]byte{1}, ext(ExtPointFormats, []byte{2, 0})), true, Flight{Outcome: ServerHello, Version: 0x0303, Suite: 5, Extensions: []uint16{11}}},
		{"TLS 1.3", serverHelloBody(0x0303, 0x1301, [32]byte{1}, ext(ExtSupportedVersions, be16(0x0304)), share), true, Flight{Outcome: ServerHello, Version: 0x0304, Suite: 0x1301, Group: 29, Extensions: []uint16{43, 51}}},
		{"a draft version", serverHelloBody(0x0303, 0x1301, [32]byte{1}, ext(ExtSupportedVersions, be16(0x7F1C)), share), true, Flight{Outcome: ServerHello, Version: 0x7F1C, Suite: 0x1301, Group: 29, Extensions: []uint16{43, 51}}},
		{"retry", serverHelloBody(0x0303, 0x1301, retryRandom, ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, be16(24)), ext(ExtCookie, vec(2, []byte("abc")))), true,
			Flight{Outcome: HelloRetryRequest, Version: 0x0304, Suite: 0x1301, Group: 24, CookieLen: 3, Extensions: []uint16{43, 51, 44}}},
		{"retry with a share", serverHelloBody(0x0303, 0x1301, retryRandom, ext(ExtSupportedVersions, be16(0x0304)), share), false, Flight{}},
		{"retry without a version", serverHelloBody(0x0303, 0x1301, retryRandom), false, Flight{}},
		{"share without a key", serverHelloBody(0x0303, 0x1301, [32]byte{1}, ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, be16(24))), false, Flight{}},
		{"DTLS", serverHelloBody(0xFEFF, 5, [32]byte{1}), false, Flight{}},
		{"byte too many", append(serverHelloBody(0x0303, 5, [32]byte{1}, ext(0x7777, nil)), 0), false, Flight{}},
		{"bad ALPN", serverHelloBody(0x0303, 5, [32]byte{1}, ext(ExtALPN, []byte{0, 3, 9, 1, 1})), false, Flight{}},
		{"bad SCT", serverHelloBody(0x0303, 5, [32]byte{1}, ext(ExtSCT, []byte{0, 3, 0, 9, 1})), false, Flight{}},
		{"extension twice", serverHelloBody(0x0303, 5, [32]byte{1}, ext(0x7777, nil), ext(0x7777, nil)), false, Flight{}},
		{"300 extensions", serverHelloBody(0x0303, 5, [32]byte{1}, many...), false, Flight{}},
		{"session id of 33", join(be16(0x0303), make([]byte, 32), vec(1, make([]byte, 33)), be16(5), []byte{0}), false, Flight{}},
	}
	for _, test := range tests {
		var f Flight
		_, err := parseServerHello(test.body, &f)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
		if f.Outcome != test.want.Outcome || f.Version != test.want.Version || f.Suite != test.want.Suite || f.Group != test.want.Group ||
			f.CookieLen != test.want.CookieLen || !slices.Equal(f.PointFormats, test.want.PointFormats) || !slices.Equal(f.Extensions, test.want.Extensions) {
			t.Errorf("%s: %s %v", test.name, brief(&f), f.Extensions)
		}
		for n := range test.body {
			if !test.ok {
				break // one of them is a good message with a byte too many
			}
			var f Flight
			withoutBlock := len(serverHelloBody(0, 0, [32]byte{}))
			if _, err := parseServerHello(test.body[:n], &f); err == nil && n != withoutBlock {
				t.Errorf("%s: accepted when cut to %d bytes", test.name, n)
			}
		}
	}
}

func TestDowngrade(t *testing.T) {
	random := func(tail string) (r [32]byte) { copy(r[24:], tail); return r }
	for _, test := range []struct {
		version uint16
		tail    string
		want    string
	}{
		{0x0303, "DOWNGRD\x01", "TLSv1.3"}, {0x0302, "DOWNGRD\x00", "TLSv1.2"}, {0x0301, "DOWNGRD\x00", "TLSv1.2"},
		{0x0303, "DOWNGRD\x00", ""}, {0x0304, "DOWNGRD\x01", ""}, {0x0301, "DOWNGRD\x01", ""}, {0x0303, "DOWNGRD\x02", ""},
	} {
		if got := downgrade(test.version, random(test.tail)); got != test.want {
			t.Errorf("%04X %q: %q, want %q", test.version, test.tail, got, test.want)
		}
	}
}
