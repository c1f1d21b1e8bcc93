package wire

import (
	"bytes"
	"context"
	"testing"
)

// checkFlight holds what must be true of a flight whatever came in.
func checkFlight(t *testing.T, f *Flight) {
	t.Helper()
	answered := f.Outcome == ServerHello || f.Outcome == HelloRetryRequest || f.Outcome == SSL2ServerHello || f.Outcome == SSL2Error
	switch {
	case f.Outcome == Nothing:
		t.Error("no outcome")
	case f.Done && (!answered || f.Stop != Nothing || f.Err != nil):
		t.Errorf("done, and yet %s", brief(f))
	case !f.Done && (f.Err == nil || answered != (f.Stop != Nothing)):
		t.Errorf("not done, and yet %s", brief(f))
	case len(f.Certificates) > maxCertificates, len(f.Warnings) > maxUseless, len(f.Extensions) > maxExtensions, len(f.First) > maxFirst:
		t.Errorf("a bound is broken: %s", brief(f))
	case f.CertificateRequest != nil && len(f.CertificateRequest.Authorities) > maxAuthorities:
		t.Errorf("%d authorities", len(f.CertificateRequest.Authorities))
	}
	for _, der := range f.Certificates {
		if len(der) == 0 {
			t.Error("an empty certificate")
		}
	}
	if f.DHBits > 8*len(f.DHPrime) || f.DHBits < 8*len(f.DHPrime)-7 {
		t.Errorf("%d bits in %d bytes", f.DHBits, len(f.DHPrime))
	}
}

// FuzzFlight reads a whole clear-text flight. How it is cut into reads must
// not matter.
func FuzzFlight(f *testing.F) {
	flight := flight12()
	f.Add(inRecords(16384, flight))
	f.Add(inRecords(5, flight))
	f.Add(join(record(recordAlert, 1, 112), inRecords(100, flight)))
	f.Add(record(recordAlert, 2, 40))
	f.Add(join(inRecords(100, serverHelloMessage(0x0303, 0x2F)), record(recordCCS, 1)))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		hello := hello12().AppendTo(nil)
		whole := Exchange(context.Background(), &fakeConn{answer: answer}, hello, UntilKeyExchange)
		checkFlight(t, &whole)
		pieces := Exchange(context.Background(), &fakeConn{answer: answer, step: 3}, hello, UntilKeyExchange)
		if whole.Outcome != pieces.Outcome || whole.Stop != pieces.Stop || whole.Done != pieces.Done || whole.Suite != pieces.Suite || len(whole.Certificates) != len(pieces.Certificates) {
			t.Errorf("whole: %s\npieces: %s", brief(&whole), brief(&pieces))
		}
		early := Exchange(context.Background(), &fakeConn{answer: answer}, hello, UntilServerHello)
		checkFlight(t, &early)
		if early.Outcome != whole.Outcome {
			t.Errorf("early: %s\nwhole: %s", brief(&early), brief(&whole))
		}
	})
}

func FuzzServerHello(f *testing.F) {
	f.Add(serverHelloBody(0x0303, 0xC02F, [32]byte{1}, ext(ExtALPN, vec(2, vec(1, []byte("h2")))), ext(ExtSCT, vec(2, vec(2, []byte("x"))))))
	f.Add(serverHelloBody(0x0303, 0x1301, retryRandom, ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, be16(24)), ext(ExtCookie, vec(2, []byte("c")))))
	f.Add(serverHelloBody(0x0303, 0x1301, [32]byte{}, ext(ExtSupportedVersions, be16(0x0304)), ext(ExtKeyShare, join(be16(29), vec(2, make([]byte, 32))))))
	f.Add(serverHelloBody(0x0303, 0xC02F, [32]byte{1}, ext(ExtPointFormats, []byte{2, 0, 1}), ext(ExtEncryptThenMAC, nil)))
	f.Fuzz(func(t *testing.T, body []byte) {
		var flight Flight
		secrets, err := parseServerHello(body, &flight)
		if (err == nil) != (flight.Outcome != Nothing) {
			t.Errorf("%v, and yet %s", err, brief(&flight))
		}
		if len(flight.PointFormats) > 255 {
			t.Errorf("%d point formats", len(flight.PointFormats))
		}
		if flight.CookieLen != len(secrets.cookie) {
			t.Errorf("cookie of %d bytes, %d", flight.CookieLen, len(secrets.cookie))
		}
	})
}

func FuzzKeyExchange(f *testing.F) {
	f.Add(uint16(0x0303), uint16(0xC02F), join([]byte{3, 0, 29}, vec(1, make([]byte, 32)), be16(0x0804), vec(2, []byte("s"))))
	f.Add(uint16(0x0301), uint16(0x0033), join(vec(2, make([]byte, 128)), vec(2, []byte{2}), vec(2, []byte{9}), vec(2, []byte("s"))))
	f.Add(uint16(0x0301), uint16(0x0003), join(vec(2, make([]byte, 64)), vec(2, []byte{3}), vec(2, []byte("s"))))
	f.Add(uint16(0x0301), uint16(0xC018), join([]byte{2, 0, 163, 1}, bytes.Repeat([]byte{1, 7}, 7)))
	f.Add(uint16(0x0303), uint16(0xC01D), join(vec(2, []byte{7}), vec(2, []byte{2}), vec(1, []byte("s")), vec(2, []byte{9})))
	f.Fuzz(func(t *testing.T, version, suite uint16, body []byte) {
		flight := Flight{Version: version, Suite: suite}
		err := parseKeyExchange(body, &flight)
		if err != nil && (flight.KeyExchange || flight.Group != 0 || flight.DHBits != 0 || flight.SigAlg != 0) {
			t.Errorf("%v, and yet %s", err, brief(&flight))
		}
		if flight.KeyExchange && keyExchangeOf(suite).kind == kxNone {
			t.Errorf("suite %04X has no key exchange message", suite)
		}
	})
}

func FuzzCertificate(f *testing.F) {
	f.Add(certificateMessage([]byte("leaf"), []byte("issuer"))[4:])
	f.Fuzz(func(t *testing.T, body []byte) {
		var flight Flight
		if err := parseCertificate(body, &flight); err != nil && flight.Certificates != nil {
			t.Error(err, brief(&flight))
		}
		_, _ = parseCertificateStatus(body)
	})
}

func FuzzCertificateRequest(f *testing.F) {
	f.Add(uint16(0x0303), join(vec(1, []byte{1}), vec(2, be16(0x0403)), vec(2, vec(2, []byte("dn")))))
	f.Add(uint16(0x0301), join(vec(1, []byte{1}), vec(2, vec(2, []byte("dn")))))
	f.Fuzz(func(t *testing.T, version uint16, body []byte) {
		r, err := parseCertificateRequest(version, body)
		if (err == nil) != (r != nil) || r != nil && len(r.Authorities) > maxAuthorities {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func FuzzSSL2(f *testing.F) {
	f.Add(ssl2Answer([]byte("DER"), 0x010080, 0x0700C0))
	f.Add([]byte{0x80, 3, 0, 0, 1})
	f.Add(record(recordAlert, 2, 70))
	f.Fuzz(func(t *testing.T, answer []byte) {
		flight := Exchange(context.Background(), &fakeConn{answer: answer}, SSL2Hello(), UntilServerHello)
		checkFlight(t, &flight)
	})
}

// FuzzEncryptedFlight reads what is inside the encrypted records.
func FuzzEncryptedFlight(f *testing.F) {
	f.Add(join(encryptedExtensions, certificate13(ext(ExtSCT, vec(2, vec(2, []byte("x")))), []byte("leaf"), []byte("issuer")), certificateVerify))
	f.Add(join(encryptedExtensions, handshake(typeCertificateRequest, join(vec(1), vec(2, ext(ExtCertAuthorities, vec(2, vec(2, []byte("dn"))))))...), certificate13(ext(ExtStatusRequest, append([]byte{1}, vec(3, []byte("s"))...)), []byte("leaf")), certificateVerify))
	f.Fuzz(func(t *testing.T, plain []byte) {
		flight := &Flight13{Flight: Flight{Outcome: ServerHello, Version: 0x0304}}
		var records []byte
		for b := plain; len(b) > 0; b = b[min(len(b), 1000):] {
			records = append(records, record(recordApplication, b[:min(len(b), 1000)]...)...)
		}
		r := reader13{flight: flight, messages: messages{stream: stream{c: &fakeConn{answer: records}}, flight: &flight.Flight}}
		// The contents pass as they are: the key is not what is tested.
		r.open = func(_, payload []byte) (byte, []byte, error) { return recordHandshake, payload, nil }
		r.conclude(t.Context(), r.encryptedFlight())
		checkFlight(t, &flight.Flight)
		if flight.Done && len(flight.Certificates) == 0 {
			t.Error("no certificate")
		}
	})
}

// FuzzServer13 is everything a TLS 1.3 server can say without keys.
func FuzzServer13(f *testing.F) {
	version := ext(ExtSupportedVersions, be16(0x0304))
	f.Add(inRecords(16384, handshake(typeServerHello, serverHelloBody(0x0303, 0x1301, retryRandom, version, ext(ExtKeyShare, be16(24)), ext(ExtCookie, vec(2, []byte("c"))))...)))
	f.Add(join(inRecords(16384, serverHelloMessage(0x0303, 0x1301, version, ext(ExtKeyShare, join(be16(29), vec(2, append(make([]byte, 31), 9)))))), record(recordApplication, make([]byte, 50)...)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		flight := ReadTLS13(context.Background(), &fakeConn{answer: answer}, Hello13{Groups: []uint16{29, 24}})
		if flight.Done {
			t.Error("read to the end without a key")
		}
		checkFlight(t, &flight.Flight)
	})
}
