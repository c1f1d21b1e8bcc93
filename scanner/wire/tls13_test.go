package wire

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"testing"
)

func TestReadTLS13FromGo(t *testing.T) {
	rsaCert, ecdsaCert := certificate(t, "rsa"), certificate(t, "ecdsa")
	rsaCert.OCSPStaple = []byte("a stapled response")
	rsaCert.SignedCertificateTimestamps = [][]byte{[]byte("one"), []byte("two")}
	ca, err := x509.ParseCertificate(ecdsaCert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	both := []tls.Certificate{rsaCert, ecdsaCert}
	tests := []struct {
		name   string
		config *tls.Config
		hello  Hello13
		want   func(*Flight13) bool
	}{
		{"default, Go asks for the hybrid", &tls.Config{}, Hello13{}, func(f *Flight13) bool { return f.Group == groupX25519MLKEM768 && f.Retried }},
		{"X25519 share", &tls.Config{}, Hello13{Groups: []uint16{groupX25519}}, func(f *Flight13) bool { return f.Group == groupX25519 && !f.Retried }},
		{"P-256 share", &tls.Config{}, Hello13{Groups: []uint16{30, groupP256}}, func(f *Flight13) bool { return f.Group == groupP256 && !f.Retried }},
		{"P-384 share", &tls.Config{}, Hello13{Groups: []uint16{30, groupP384}}, func(f *Flight13) bool { return f.Group == groupP384 && !f.Retried }},
		{"P-521 share", &tls.Config{}, Hello13{Groups: []uint16{30, groupP521}}, func(f *Flight13) bool { return f.Group == groupP521 && !f.Retried }},
		{"hybrid share", &tls.Config{}, Hello13{Share: groupX25519MLKEM768}, func(f *Flight13) bool { return f.Group == groupX25519MLKEM768 && !f.Retried }},
		{"retry", &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}}, Hello13{}, func(f *Flight13) bool { return f.Group == groupP384 && f.Retried }},
		{"retry to hybrid", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}}, Hello13{}, func(f *Flight13) bool { return f.Group == groupX25519MLKEM768 && f.Retried }},
		{"retry to the hybrid of P-256", &tls.Config{CurvePreferences: []tls.CurveID{tls.SecP256r1MLKEM768}}, Hello13{}, func(f *Flight13) bool { return f.Group == groupSecP256r1MLKEM768 && f.Retried }},
		{"retry to the hybrid of P-384", &tls.Config{CurvePreferences: []tls.CurveID{tls.SecP384r1MLKEM1024}}, Hello13{}, func(f *Flight13) bool { return f.Group == groupSecP384r1MLKEM1024 && f.Retried }},
		{"a public value", &tls.Config{}, Hello13{Groups: []uint16{groupX25519}}, func(f *Flight13) bool { return len(f.Public) == 32 }},
		{"certificates by other schemes", &tls.Config{}, Hello13{SigAlgs: []uint16{0x0806}, CertSigAlgs: SigAlgs13}, func(f *Flight13) bool { return f.SigAlg == 0x0806 }},
		{"AES-256", &tls.Config{}, Hello13{Suites: []uint16{0x1302}}, func(f *Flight13) bool { return f.Suite == 0x1302 }},
		{"AES-256 retry", &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}, Hello13{Suites: []uint16{0x1302}}, func(f *Flight13) bool { return f.Suite == 0x1302 && f.Retried }},
		{"ChaCha20", &tls.Config{}, Hello13{Suites: []uint16{0x1303}}, func(f *Flight13) bool { return f.Suite == 0x1303 }},
		{"RSA by sigalgs", &tls.Config{}, Hello13{SigAlgs: []uint16{0x0804}, OCSP: true, SCT: true}, func(f *Flight13) bool {
			return f.SigAlg == 0x0804 && bytes.Equal(f.Certificates[0], rsaCert.Certificate[0]) && string(f.OCSP) == "a stapled response" && f.SCTs == 2
		}},
		{"ECDSA by sigalgs", &tls.Config{}, Hello13{SigAlgs: []uint16{0x0403}}, func(f *Flight13) bool {
			return f.SigAlg == 0x0403 && bytes.Equal(f.Certificates[0], ecdsaCert.Certificate[0]) && f.OCSP == nil && f.SCTs == 0
		}},
		{"client certificate", &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}, Hello13{}, func(f *Flight13) bool {
			r := f.CertificateRequest
			return r != nil && len(r.Authorities) == 1 && bytes.Equal(r.Authorities[0], ca.RawSubject) && len(r.SigAlgs) > 3
		}},
		{"ALPN", &tls.Config{NextProtos: []string{"h2"}}, Hello13{ALPN: []string{"http/1.1", "h2"}}, func(f *Flight13) bool { return f.ALPN == "h2" }},
		{"no client certificate", &tls.Config{}, Hello13{}, func(f *Flight13) bool { return f.CertificateRequest == nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := test.config.Clone()
			config.Certificates = both
			f := ReadTLS13(ample(t), serveTLS(t, config), test.hello)
			if f.Outcome != ServerHello || !f.Done || f.Stop != Nothing || f.Err != nil || f.Version != 0x0304 || len(f.Certificates) != 1 || f.SigAlg == 0 {
				t.Fatalf("incomplete: %s", brief(&f.Flight))
			}
			if !test.want(&f) {
				t.Errorf("not as wanted: %s, retried %t", brief(&f.Flight), f.Retried)
			}
		})
	}
}

func TestReadTLS13Refused(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "ecdsa")}}
	f := ReadTLS13(ample(t), serveTLS(t, config), Hello13{SigAlgs: []uint16{0x0804}})
	if f.Outcome != Alert && f.Stop != Alert || f.Alert != 40 || f.Done {
		t.Errorf("unusable signature algorithms: %s", brief(&f.Flight))
	}
	config.MaxVersion = tls.VersionTLS12
	if f := ReadTLS13(ample(t), serveTLS(t, config), Hello13{}); f.Outcome != Alert || f.Alert != 70 || f.Stop != Nothing {
		t.Errorf("a TLS 1.2 server: %s", brief(&f.Flight))
	}
}
