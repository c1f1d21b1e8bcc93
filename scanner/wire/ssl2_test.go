package wire

import (
	"bytes"
	"context"
	"slices"
	"testing"
)

// ssl2Answer is a SERVER-HELLO with a certificate and cipher kinds.
func ssl2Answer(certificate []byte, kinds ...uint32) []byte {
	var list []byte
	for _, k := range kinds {
		list = append(list, byte(k>>16), byte(k>>8), byte(k))
	}
	body := join([]byte{4, 0, 1, 0, 2}, be16(uint16(len(certificate))), be16(uint16(len(list))), be16(16), certificate, list, make([]byte, 16))
	return append([]byte{0x80 | byte(len(body)>>8), byte(len(body))}, body...)
}

func TestSSL2(t *testing.T) {
	certificate := bytes.Repeat([]byte("DER"), 2000)
	kinds := []uint32{0x010080, 0x0700C0}
	good := ssl2Answer(certificate, kinds...)
	padded := join([]byte{good[0] & 0x3F, good[1] + 3, 3}, good[2:], []byte{0, 0, 0})
	badKinds := slices.Clone(good)
	badKinds[10]++
	badKinds[12]--
	badVersion := slices.Clone(good)
	badVersion[6] = 3
	tests := []struct {
		name   string
		answer []byte
		want   Outcome
		kinds  []uint32
	}{
		{"two kinds", good, SSL2ServerHello, kinds},
		{"padded record", padded, SSL2ServerHello, kinds},
		{"no kind in common", ssl2Answer(certificate), SSL2ServerHello, nil},
		{"error", []byte{0x80, 3, 0, 0, 1}, SSL2Error, nil},
		{"cut short", good[:100], Closed, nil},
		{"header only", good[:2], Closed, nil},
		{"kinds of odd length", badKinds, Malformed, nil},
		{"another version", badVersion, Malformed, nil},
		{"TLS alert", record(recordAlert, 2, 70), Alert, nil},
		{"plain text", []byte("HTTP/1.1 400 Bad Request\r\n"), NotTLS, nil},
		{"nothing", nil, Closed, nil},
	}
	for _, test := range tests {
		for _, step := range []int{0, 1} {
			f := Exchange(context.Background(), &fakeConn{answer: test.answer, step: step}, SSL2Hello(), UntilServerHello)
			if f.Outcome != test.want || !slices.Equal(f.SSL2Kinds, test.kinds) {
				t.Errorf("%s: %s, kinds %X", test.name, brief(&f), f.SSL2Kinds)
			}
			if f.Outcome == SSL2ServerHello && (f.Version != 2 || !f.Done || !bytes.Equal(f.Certificates[0], certificate)) {
				t.Errorf("%s: %s", test.name, brief(&f))
			}
			if f.Outcome == SSL2Error && f.Alert != 1 {
				t.Errorf("%s: error %d", test.name, f.Alert)
			}
		}
	}
}

func TestSSL2HelloForm(t *testing.T) {
	b := SSL2Hello()
	if int(b[0]&0x7F)<<8|int(b[1]) != len(b)-2 || !isSSL2Hello(b) || isSSL2Hello(hello12().AppendTo(nil)) {
		t.Errorf("header % X for %d bytes", b[:2], len(b))
	}
	if specs := int(b[5])<<8 | int(b[6]); len(b) != 11+specs+16 || specs != 3*len(SSL2Kinds) {
		t.Errorf("%d bytes of cipher kinds in %d", specs, len(b))
	}
}
