package wire

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parsedHello is a ClientHello read by a parser that shares nothing with the
// package.
type parsedHello struct {
	records    []int // lengths
	record     uint16
	length     int // of the handshake message, with header
	version    uint16
	random     string
	session    string
	suites     []uint16
	methods    []byte
	order      []uint16
	extensions map[uint16]string
}

// parseHello panics on malformed input, which fails the test as well as any
// other way.
func parseHello(b []byte) *parsedHello {
	h := &parsedHello{}
	var message []byte
	for len(b) > 0 {
		if b[0] != 22 {
			panic("not a handshake record")
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		h.record = binary.BigEndian.Uint16(b[1:])
		h.records = append(h.records, n)
		message = append(message, b[5:5+n]...)
		b = b[5+n:]
	}
	h.length = len(message)
	if message[0] != 1 || int(binary.BigEndian.Uint32(message[:4])&0xFFFFFF) != len(message)-4 {
		panic("bad handshake header")
	}
	r := bytes.NewBuffer(message[4:])
	take := func(n int) []byte {
		if r.Len() < n {
			panic("hello too short")
		}
		return r.Next(n)
	}
	u16 := func() uint16 { return binary.BigEndian.Uint16(take(2)) }
	h.version = u16()
	h.random = string(take(32))
	h.session = string(take(int(take(1)[0])))
	h.suites = u16s(take(int(u16())))
	h.methods = bytes.Clone(take(int(take(1)[0])))
	if r.Len() == 0 {
		return h
	}
	if int(u16()) != r.Len() {
		panic("bad extension block")
	}
	h.extensions = map[uint16]string{}
	for r.Len() > 0 {
		kind := u16()
		if _, twice := h.extensions[kind]; twice {
			panic(fmt.Sprintf("extension %d twice", kind))
		}
		h.order = append(h.order, kind)
		h.extensions[kind] = string(take(int(u16())))
	}
	return h
}

func u16s(b []byte) []uint16 {
	list := make([]uint16, len(b)/2)
	for i := range list {
		list[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return list
}

func TestHelloEncoding(t *testing.T) {
	tests := []struct {
		name       string
		hello      Hello
		record     uint16
		session    int
		extensions map[uint16]string
	}{
		{"SSLv3", Hello{Version: 0x0300, Suites: []uint16{5, 255}, Minimal: true, SNI: "example.com"}, 0x0300, 0, nil},
		{"no extensions set", Hello{Version: 0x0301, Suites: []uint16{5}}, 0x0301, 0, nil},
		{"record version", Hello{Version: 0x0303, RecordVersion: 0x0303, Suites: []uint16{5}}, 0x0303, 0, nil},
		{"flags", Hello{Version: 0x0303, Suites: []uint16{5}, Heartbeat: true, EMS: true, ETM: true, Ticket: true, SCT: true, OCSP: true, Renegotiation: true}, 0x0301, 0, map[uint16]string{
			15: "\x01", 23: "", 22: "", 35: "", 18: "", 5: "\x01\x00\x00\x00\x00", 0xFF01: "\x00",
		}},
		{"odd flags", Hello{Version: 0x0303, Suites: []uint16{5}, TruncatedHMAC: true, CertificateURL: true, StatusV2: true}, 0x0301, 0, map[uint16]string{
			2: "", 4: "", 17: "\x00\x07\x02\x00\x04\x00\x00\x00\x00",
		}},
		{"lists", Hello{Version: 0x0302, Suites: []uint16{5}, SNI: "a.example", ALPN: []string{"h2", "x"}, Groups: []uint16{29, 0x100}, SigAlgs: []uint16{0x0804}, SessionID: []byte("abc")}, 0x0301, 3, map[uint16]string{
			0: "\x00\x0c\x00\x00\x09a.example", 16: "\x00\x05\x02h2\x01x", 10: "\x00\x04\x00\x1d\x01\x00", 11: "\x03\x00\x01\x02", 13: "\x00\x02\x08\x04",
		}},
		{"TLS 1.3, empty key_share", Hello{Version: 0x0303, Versions: []uint16{0x0304}, Suites: []uint16{0x1301}, Shares: []KeyShare{}}, 0x0301, 32, map[uint16]string{
			43: "\x02\x03\x04", 51: "\x00\x00",
		}},
		{"TLS 1.3, two shares and a cookie", Hello{Version: 0x0303, Versions: []uint16{0x0304, 0x7F1C}, Suites: []uint16{0x1301}, Cookie: []byte("cookie"), Shares: []KeyShare{{29, []byte("xyz")}, {0x11EC, nil}}, SessionID: []byte{}}, 0x0301, 0, map[uint16]string{
			43: "\x04\x03\x04\x7f\x1c", 44: "\x00\x06cookie", 51: "\x00\x0b\x00\x1d\x00\x03xyz\x11\xec\x00\x00",
		}},
		{"padding of one byte at least", Hello{Version: 0x0303, Suites: []uint16{5}, PadTo: 48}, 0x0301, 0, map[uint16]string{21: "\x00"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			prefix := []byte("kept")
			b := test.hello.AppendTo(prefix)
			if !bytes.HasPrefix(b, prefix) {
				t.Fatal("what was in the buffer is gone")
			}
			h := parseHello(b[len(prefix):])
			if diff := cmp.Diff(test.extensions, h.extensions); diff != "" {
				t.Error(diff)
			}
			if h.record != test.record || h.version != test.hello.Version || len(h.session) != test.session ||
				h.random != string(fixedRandom[:]) || !slices.Equal(h.suites, test.hello.Suites) || !bytes.Equal(h.methods, []byte{0}) {
				t.Errorf("fixed part: %+v", h)
			}
		})
	}
}

func TestHelloPadding(t *testing.T) {
	for pad := range 700 {
		h := Hello{Version: 0x0303, Suites: []uint16{5, 10}, PadTo: pad, Compression: []byte{1, 0}}
		got := parseHello(h.AppendTo(nil))
		if plain := 48; got.length < pad || got.length > max(pad, plain) && got.length > pad+7 {
			t.Fatalf("PadTo %d made %d bytes", pad, got.length)
		}
		if !bytes.Equal(got.methods, []byte{1, 0}) {
			t.Fatalf("compression %v", got.methods)
		}
	}
}

func TestHelloLastExtensionIsNotEmpty(t *testing.T) {
	h := parseHello(hello12().AppendTo(nil))
	if last := h.order[len(h.order)-1]; h.extensions[last] == "" {
		t.Errorf("the last extension, %d, is empty", last)
	}
}

// A hello longer than a record is split, at every size around the edges.
func TestHelloSplit(t *testing.T) {
	for _, size := range []int{16383, 16384, 16385, 32767, 32768, 32769, 65500} {
		h := Hello{Version: 0x0303, PadTo: size}
		for i := range (size - 100) / 2 {
			h.Suites = append(h.Suites, uint16(i))
		}
		got := parseHello(h.AppendTo([]byte("xx"))[2:])
		if got.length != size || !slices.Equal(got.suites, h.Suites) {
			t.Errorf("PadTo %d: %d bytes", size, got.length)
		}
		for i, n := range got.records {
			if last := i == len(got.records)-1; n > 16384 || n == 0 || !last && n != 16384 {
				t.Errorf("PadTo %d: records of %v", size, got.records)
			}
		}
	}
}

func TestHelloTooLong(t *testing.T) {
	long := make([]byte, 1<<16)
	many := make([]uint16, 1<<15)
	tests := []Hello{
		{},
		{Suites: many},
		{Suites: many[:1], Groups: many},
		{Suites: many[:1], SigAlgs: many},
		{Suites: many[:1], Groups: many[:20000], SigAlgs: many[:20000]},
		{Suites: many[:1], Cookie: long},
		{Suites: many[:1], SNI: string(long)},
		{Suites: many[:1], ALPN: []string{""}},
		{Suites: many[:1], ALPN: []string{string(long[:256])}},
		{Suites: many[:1], ALPN: slices.Repeat([]string{string(long[:255])}, 300)},
		{Suites: many[:1], SessionID: long[:33]},
		{Suites: many[:1], Compression: long[:256]},
		{Suites: many[:1], Versions: many[:128]},
		{Suites: many[:1], Shares: []KeyShare{{29, long}}},
		{Suites: many[:1], Shares: []KeyShare{{29, long[:40000]}, {30, long[:40000]}}},
		{Suites: many[:1], PadTo: 1 << 17},
	}
	for i, h := range tests {
		if b := h.AppendTo([]byte("before")); string(b) != "before" {
			t.Errorf("case %d: %d bytes of a hello that cannot be encoded", i, len(b))
		}
	}
}

// Go's server reads in the hello what was put into it.
func TestHelloReadByGo(t *testing.T) {
	var got *tls.ClientHelloInfo
	config := &tls.Config{
		Certificates:       []tls.Certificate{certificate(t, "ecdsa")},
		GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) { got = info; return nil, nil },
		NextProtos:         []string{"h2"},
	}
	h := hello12()
	h.ALPN = []string{"h2"}
	h.PadTo = 20000
	f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilServerHello)
	if f.Outcome != ServerHello || f.ALPN != "h2" {
		t.Fatal(brief(&f))
	}
	schemes := make([]uint16, len(got.SignatureSchemes))
	for i, s := range got.SignatureSchemes {
		schemes[i] = uint16(s)
	}
	if got.ServerName != h.SNI || !slices.Equal(got.CipherSuites, h.Suites) || !slices.Equal(schemes, h.SigAlgs) ||
		!reflect.DeepEqual(got.SupportedProtos, h.ALPN) || len(got.SupportedCurves) != len(h.Groups) {
		t.Errorf("read as %+v", got)
	}
}

func TestHelloIsDeterministicAndAllocatesNothing(t *testing.T) {
	h := enumerationHello()
	b := h.AppendTo(nil)
	if allocs := testing.AllocsPerRun(100, func() { b = h.AppendTo(b[:0]) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if !bytes.Equal(b, h.AppendTo(nil)) {
		t.Error("two encodings differ")
	}
	h.Random[0] = 1
	if strings.Contains(string(h.AppendTo(nil)), string(fixedRandom[:])) {
		t.Error("Random is not used")
	}
}

// enumerationHello has 121 suites, as in the measurements this is held to.
func enumerationHello() *Hello {
	h := hello12()
	h.Suites = nil
	for i := range uint16(121) {
		h.Suites = append(h.Suites, 0xC000+i)
	}
	return h
}

func BenchmarkHelloAppendTo(b *testing.B) {
	h := enumerationHello()
	buf := h.AppendTo(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = h.AppendTo(buf[:0])
	}
}
