package wire

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"testing"
)

func TestExchangeWithGo(t *testing.T) {
	tests := []struct {
		name    string
		version uint16
		key     string
		suite   uint16
		group   uint16
		sigAlg  uint16
	}{
		{"TLS 1.0 RSA", tls.VersionTLS10, "rsa", 0x002F, 0, 0},
		{"TLS 1.0 ECDHE", tls.VersionTLS10, "rsa", 0xC013, 29, 0},
		{"TLS 1.1 ECDHE ECDSA", tls.VersionTLS11, "ecdsa", 0xC009, 29, 0},
		{"TLS 1.2 ECDHE RSA", tls.VersionTLS12, "rsa", 0xC02F, 29, 0x0804},
		{"TLS 1.2 ECDHE ECDSA", tls.VersionTLS12, "ecdsa", 0xC02B, 29, 0x0403},
		{"TLS 1.2 Ed25519", tls.VersionTLS12, "ed25519", 0xC02B, 29, 0x0807},
		{"TLS 1.2 RSA", tls.VersionTLS12, "rsa", 0x009C, 0, 0},
		{"TLS 1.2 3DES", tls.VersionTLS12, "rsa", 0x000A, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cert := certificate(t, test.key)
			cert.OCSPStaple = []byte("staple")
			cert.SignedCertificateTimestamps = [][]byte{{1}, {2, 3}}
			cert.Certificate = append(cert.Certificate, []byte("an intermediate, for the wire's sake"))
			config := &tls.Config{
				Certificates: []tls.Certificate{cert}, CipherSuites: []uint16{test.suite},
				MinVersion: tls.VersionTLS10, MaxVersion: test.version, NextProtos: []string{"h2"},
			}
			h := hello12()
			h.Version, h.ALPN, h.Renegotiation = test.version, []string{"h2"}, true
			f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilKeyExchange)
			if f.Outcome != ServerHello || !f.Done || f.Err != nil || f.Stop != Nothing || f.Version != test.version || f.Suite != test.suite ||
				f.Group != test.group || f.SigAlg != test.sigAlg || f.ALPN != "h2" || !slices.EqualFunc(f.Certificates, cert.Certificate, bytes.Equal) ||
				string(f.OCSP) != "staple" || f.SCTs != 2 || f.KeyExchange != (test.group != 0) || !f.HasExtension(ExtRenegotiationInfo) || f.RecordVersion != test.version {
				t.Error(brief(&f), f.OCSP, f.SCTs, f.ALPN)
			}
			if !f.HasExtension(ExtExtendedMasterSecret) || f.CertificateRequest != nil {
				t.Error("extensions", f.Extensions)
			}
			f = Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilServerHello)
			if f.Outcome != ServerHello || !f.Done || f.Certificates != nil {
				t.Error("until ServerHello:", brief(&f))
			}
		})
	}
}

func TestExchangeClientCertificate(t *testing.T) {
	cert := certificate(t, "ecdsa")
	ca, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12} {
		config := &tls.Config{
			Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
			MinVersion: tls.VersionTLS10, MaxVersion: version,
		}
		h := hello12()
		h.Version = version
		f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilKeyExchange)
		r := f.CertificateRequest
		if !f.Done || r == nil || len(r.Authorities) != 1 || !bytes.Equal(r.Authorities[0], ca.RawSubject) || !slices.Contains(r.Types, 64) {
			t.Fatalf("%s %+v", brief(&f), r)
		}
		if got := len(r.SigAlgs) > 0; got != (version == tls.VersionTLS12) {
			t.Errorf("version %04X: signature algorithms %v", version, r.SigAlgs)
		}
	}
}

func TestExchangeVersionsOfGo(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "rsa")}, MinVersion: tls.VersionTLS10}
	h := hello12()
	f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilServerHello)
	if f.Version != 0x0303 || f.Downgrade != "TLSv1.3" {
		t.Errorf("TLS 1.2 asked of a TLS 1.3 server: %s downgrade %q", brief(&f), f.Downgrade)
	}
	h.Version = 0x0301
	f = Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilServerHello)
	if f.Version != 0x0301 || f.Downgrade != "TLSv1.2" {
		t.Errorf("TLS 1.0 asked of a TLS 1.3 server: %s downgrade %q", brief(&f), f.Downgrade)
	}
	config.MinVersion = tls.VersionTLS12
	f = Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilServerHello)
	if f.Outcome != Alert || f.Alert != 70 || f.AlertLevel != 2 || f.Stop != Nothing || f.Done {
		t.Errorf("TLS 1.0 refused: %s", brief(&f))
	}
	f = Exchange(ample(t), serveTLS(t, config), (&Hello{Version: 0x0300, Suites: []uint16{0x2F}, Minimal: true}).AppendTo(nil), UntilServerHello)
	if f.Outcome != Alert {
		t.Errorf("SSLv3 refused: %s", brief(&f))
	}
}

func TestExchangeHelloRetryRequestFromGo(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "rsa")}}
	groups := []uint16{4588, 4587, 4589, 29, 23, 24, 25}
	var order []uint16
	for len(groups) > 0 {
		h := Hello{Version: 0x0303, Versions: []uint16{0x0304}, Suites: []uint16{0x1301, 0x1302}, Groups: groups, SigAlgs: SigAlgs13, Shares: []KeyShare{}}
		f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilKeyExchange)
		if f.Outcome != HelloRetryRequest || !f.Done || f.Version != 0x0304 || !slices.Contains(groups, f.Group) {
			t.Fatal(brief(&f))
		}
		order = append(order, f.Group)
		groups = slices.DeleteFunc(groups, func(g uint16) bool { return g == f.Group })
	}
	if len(order) != 7 {
		t.Errorf("groups %v", order)
	}
	h := Hello{Version: 0x0303, Versions: []uint16{0x0304}, Suites: []uint16{0x1301}, Groups: []uint16{30}, SigAlgs: SigAlgs13, Shares: []KeyShare{}}
	if f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilKeyExchange); f.Outcome != Alert || f.Alert != 40 {
		t.Error("no common group:", brief(&f))
	}
}

// TLS 1.3 with a share of a fixed point: ServerHello is the end of what can be
// read without keys.
func TestExchangeServerHello13(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "rsa")}}
	share := bytes.Repeat([]byte{9}, 32)
	h := Hello{Version: 0x0303, Versions: []uint16{0x0304}, Suites: []uint16{0x1301}, Groups: []uint16{29}, SigAlgs: SigAlgs13, Shares: []KeyShare{{29, share}}}
	f := Exchange(ample(t), serveTLS(t, config), h.AppendTo(nil), UntilKeyExchange)
	if f.Outcome != ServerHello || !f.Done || f.Version != 0x0304 || f.Group != 29 {
		t.Error(brief(&f))
	}
}
