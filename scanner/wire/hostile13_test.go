package wire

import (
	"bytes"
	"context"
	"net"
	"slices"
	"testing"
)

// What a server can do before there are keys.
func TestReadTLS13InClear(t *testing.T) {
	supported := ext(ExtSupportedVersions, be16(0x0304))
	retry := func(suite uint16, extensions ...[]byte) []byte {
		return inRecords(16384, handshake(typeServerHello, serverHelloBody(0x0303, suite, retryRandom, append(extensions, supported)...)...))
	}
	hello := func(suite uint16, extensions ...[]byte) []byte {
		return inRecords(16384, serverHelloMessage(0x0303, suite, append(extensions, supported)...))
	}
	group := func(g uint16) []byte { return ext(ExtKeyShare, be16(g)) }
	share := func(g uint16, b []byte) []byte { return ext(ExtKeyShare, join(be16(g), vec(2, b))) }
	cookie := func(n int) []byte { return ext(ExtCookie, vec(2, make([]byte, n))) }
	tests := []struct {
		name   string
		answer []byte
		want   Outcome
		stop   Outcome
	}{
		{"nothing", nil, Closed, 0},
		{"plain text", []byte("220 mx.example.com\r\n"), NotTLS, 0},
		{"alert", record(recordAlert, 2, 70), Alert, 0},
		{"cookie of nearly 64 KiB", retry(0x1301, group(24), cookie(65400)), HelloRetryRequest, TooLarge},
		{"cookie a byte too long", retry(0x1301, group(24), cookie(maxCookie+1)), HelloRetryRequest, TooLarge},
		{"longest cookie, then FIN", retry(0x1301, group(24), cookie(maxCookie)), HelloRetryRequest, Closed},
		{"cookie alone, then alert", join(retry(0x1301, cookie(9)), record(recordAlert, 2, 47)), HelloRetryRequest, Alert},
		{"retry for nothing", retry(0x1301), HelloRetryRequest, Malformed},
		{"retry for the group sent", retry(0x1301, group(29)), HelloRetryRequest, Malformed},
		{"retry for a group without implementation", retry(0x1301, group(30)), HelloRetryRequest, Unsupported},
		{"retry for a group not offered", retry(0x1301, group(23)), HelloRetryRequest, Malformed},
		{"retry twice", join(retry(0x1301, group(24)), retry(0x1301, group(25))), HelloRetryRequest, Malformed},
		{"retry, other messages behind it", inRecords(16384, handshake(typeServerHello, serverHelloBody(0x0303, 0x1301, retryRandom, supported, group(24))...), handshake(typeFinished)), HelloRetryRequest, Malformed},
		{"messages in clear behind ServerHello", inRecords(16384, serverHelloMessage(0x0303, 0x1301, supported, share(29, append(make([]byte, 31), 9))), encryptedExtensions), ServerHello, Malformed},
		{"AES-CCM", hello(0x1304, share(29, make([]byte, 32))), ServerHello, Unsupported},
		{"TLS 1.2", inRecords(16384, serverHelloMessage(0x0303, 0xC02F)), ServerHello, Unsupported},
		{"no share", hello(0x1301), ServerHello, Malformed},
		{"share of another group", hello(0x1301, share(24, make([]byte, 97))), ServerHello, Malformed},
		{"share of 31 bytes", hello(0x1301, share(29, make([]byte, 31))), ServerHello, Malformed},
		{"share of low order", hello(0x1301, share(29, make([]byte, 32))), ServerHello, Malformed},
		{"garbage for a record", join(hello(0x1301, share(29, append(make([]byte, 31), 9))), record(recordApplication, make([]byte, 99)...)), ServerHello, Malformed},
		{"record shorter than a tag", join(hello(0x1301, share(29, append(make([]byte, 31), 9))), record(recordApplication, 1, 2)), ServerHello, Malformed},
		{"fatal alert in clear", join(hello(0x1301, share(29, append(make([]byte, 31), 9))), record(recordAlert, 2, 80)), ServerHello, Alert},
		{"Certificate first", inRecords(99, certificateMessage([]byte("x"))), Malformed, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := ReadTLS13(context.Background(), &fakeConn{answer: test.answer}, Hello13{Groups: []uint16{29, 24, 25, 30, 4588}})
			if f.Outcome != test.want || f.Stop != test.stop || f.Done || f.Err == nil {
				t.Error(brief(&f.Flight))
			}
		})
	}
}

func TestReadTLS13Hybrid(t *testing.T) {
	answer := func(n int) []byte {
		return inRecords(16384, serverHelloMessage(0x0303, 0x1301, ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, join(be16(4588), vec(2, make([]byte, n))))))
	}
	for _, n := range []int{0, 32, 1088, 1119, 1120, 1121} {
		f := ReadTLS13(context.Background(), &fakeConn{answer: answer(n)}, Hello13{Share: 4588})
		if f.Outcome != ServerHello || f.Stop != Malformed {
			t.Errorf("share of %d bytes: %s", n, brief(&f.Flight))
		}
	}
}

// The second hello repeats the first, with another share and the cookie.
func TestReadTLS13SecondHello(t *testing.T) {
	answer := inRecords(16384, handshake(typeServerHello, serverHelloBody(0x0303, 0x1301, retryRandom,
		ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, be16(24)), ext(ExtCookie, vec(2, []byte("a cookie"))))...))
	c := &fakeConn{answer: answer}
	f := ReadTLS13(context.Background(), c, Hello13{SNI: "example.com", Groups: []uint16{29, 24}})
	if !f.Retried || f.CookieLen != 8 || f.Group != 24 {
		t.Fatal(brief(&f.Flight))
	}
	n := 5 + int(c.sent[3])<<8 + int(c.sent[4])
	first, second := parseHello(c.sent[:n]), parseHello(c.sent[n:])
	if second.extensions[ExtCookie] != "\x00\x08a cookie" || second.extensions[ExtKeyShare][2:4] != "\x00\x18" || first.extensions[ExtKeyShare][2:4] != "\x00\x1d" {
		t.Errorf("second hello: %+v", second.extensions)
	}
	for _, kind := range []uint16{ExtServerName, ExtSupportedGroups, ExtSignatureAlgorithms, ExtSupportedVersions} {
		if first.extensions[kind] != second.extensions[kind] || first.random != second.random || first.session != second.session {
			t.Errorf("the second hello differs in extension %d", kind)
		}
	}
}

// What a server can do with the keys.
func TestReadTLS13Encrypted(t *testing.T) {
	leaf, issuer := []byte("leaf"), []byte("issuer")
	sct := ext(ExtSCT, vec(2, vec(2, []byte("timestamp"))))
	staple := ext(ExtStatusRequest, append([]byte{1}, vec(3, []byte("staple"))...))
	certificates := certificate13(join(staple, sct), leaf, issuer)
	request := handshake(typeCertificateRequest, join(vec(1), vec(2, ext(ExtSignatureAlgorithms, vec(2, be16(0x0403))), ext(ExtCertAuthorities, vec(2, vec(2, []byte("dn")))), ext(0x7777, nil)))...)
	big := certificate13(join(staple, sct), make([]byte, 40000), issuer)
	good := [][]byte{encryptedExtensions, request, certificates, certificateVerify}
	tests := []struct {
		name  string
		plain [][]byte
		spoil func([]byte) []byte
		stop  Outcome // Nothing: read to the end
	}{
		{"one record", protect(16384, good...), nil, Nothing},
		{"one byte per record", protect(1, good...), nil, Nothing},
		{"padded records", [][]byte{append(join(good...), append([]byte{recordHandshake}, make([]byte, 9999)...)...)}, nil, Nothing},
		{"an empty certificate request", protect(999, encryptedExtensions, handshake(typeCertificateRequest, 0, 0, 0), certificates, certificateVerify), nil, Nothing},
		{"FIN before CertificateVerify", protect(999, good[:3]...), nil, Closed},
		{"a flipped bit", protect(999, good...), func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, Malformed},
		{"cut in mid record", protect(999, good...), func(b []byte) []byte { return b[:len(b)-1] }, Closed},
		{"clear text among it", nil, func(b []byte) []byte { return append(b, inRecords(99, encryptedExtensions)...) }, Malformed},
		{"encrypted alert", [][]byte{{2, 40, recordAlert}}, nil, Alert},
		{"all padding", [][]byte{make([]byte, 100)}, nil, Malformed},
		{"content of 16385 bytes", [][]byte{append(make([]byte, 16385), recordHandshake)}, nil, Malformed},
		{"contents of 16384 bytes", protect(16384, encryptedExtensions, request, big, certificateVerify), nil, Nothing},
		{"contents of 16385 bytes", protect(16385, encryptedExtensions, request, big, certificateVerify), nil, Malformed},
		{"empty handshake records", slices.Repeat([][]byte{{recordHandshake}}, 99), nil, TooLarge},
		{"encrypted warnings", slices.Repeat([][]byte{{1, 90, recordAlert}}, 99), nil, TooLarge},
		{"application data", [][]byte{{1, 2, recordApplication}}, nil, Malformed},
		{"16 MB certificate", protect(999, encryptedExtensions, []byte{typeCertificate, 255, 255, 255}), nil, TooLarge},
		{"300 KiB of messages", protect(16384, encryptedExtensions, certificate13(nil, make([]byte, 200<<10)), handshake(typeCertificateVerify, make([]byte, 100<<10)...)), nil, TooLarge},
		{"Certificate first", protect(999, certificates), nil, Malformed},
		{"Finished instead of Certificate", protect(999, encryptedExtensions, handshake(typeFinished, 1)), nil, Malformed},
		{"compressed certificate", protect(999, encryptedExtensions, handshake(25, 1)), nil, Malformed},
		{"EncryptedExtensions twice", protect(999, encryptedExtensions, encryptedExtensions), nil, Malformed},
		{"no certificate", protect(999, encryptedExtensions, certificate13(nil), certificateVerify), nil, Malformed},
		{"bad staple", protect(999, encryptedExtensions, certificate13(ext(ExtStatusRequest, []byte{9}), leaf)), nil, Malformed},
		{"bad extension list", protect(999, handshake(typeEncryptedExtensions, 0, 3, 0, 1, 9)), nil, Malformed},
		{"bad signature length", protect(999, encryptedExtensions, certificates, handshake(typeCertificateVerify, 8, 4, 0, 9)), nil, Malformed},
	}
	for _, suite := range []uint16{0x1301, 0x1302, 0x1303} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s := server13{suite: suite, plain: test.plain, spoil: test.spoil}
				f := ReadTLS13(ample(t), serve(t, func(c net.Conn) { s.handle(t, c) }), Hello13{Groups: []uint16{groupX25519}})
				if f.Outcome != ServerHello || f.Stop != test.stop || f.Done != (test.stop == Nothing) {
					t.Fatal(brief(&f.Flight))
				}
				if f.Done && (f.ALPN != "h2" || f.SigAlg != 0x0804 || string(f.OCSP) != "staple" || f.SCTs != 1 || len(f.Certificates) != 2 ||
					!bytes.Equal(f.Certificates[1], issuer) || f.CertificateRequest == nil || !slices.Equal(f.EncryptedExtensions, []uint16{ExtALPN, ExtServerName})) {
					t.Errorf("%s %+v", brief(&f.Flight), f.CertificateRequest)
				}
				if test.stop == Closed && test.spoil == nil && len(f.Certificates) != 2 {
					t.Error("what was read is gone")
				}
			})
		}
	}
}

func TestReadTLS13CertificateBomb(t *testing.T) {
	many := slices.Repeat([][]byte{[]byte("certificate")}, 5000)
	s := server13{suite: 0x1301, plain: protect(16384, encryptedExtensions, certificate13(nil, many...), certificateVerify)}
	f := ReadTLS13(ample(t), serve(t, func(c net.Conn) { s.handle(t, c) }), Hello13{Groups: []uint16{groupX25519}})
	if !f.Done || len(f.Certificates) != maxCertificates || !f.CertificatesTruncated {
		t.Error(brief(&f.Flight))
	}
}
