package scanner_test

import (
	"crypto/tls"
	"slices"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// TestCertificatesOfTwoCurves: a server with certificates of both kinds of
// elliptic curve shows both, whichever it likes better.
func TestCertificatesOfTwoCurves(t *testing.T) {
	t.Parallel()
	p256, ed, rsa := leaf(t, fixtures.P256), leaf(t, fixtures.Ed25519), leaf(t, fixtures.RSA2048)
	for _, c := range []struct {
		name string
		have []tls.Certificate
		want []string
	}{
		{"ECDSA first", []tls.Certificate{p256, ed, rsa}, []string{"ecdsa", "ed25519", "rsa"}},
		{"EdDSA first", []tls.Certificate{ed, p256, rsa}, []string{"ecdsa", "ed25519", "rsa"}},
		{"ECDSA alone", []tls.Certificate{p256}, []string{"ecdsa"}},
		{"EdDSA alone", []tls.Certificate{ed}, []string{"ed25519"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, "https", serve(t, fixtures.TLS(fixtures.Hardened(c.have...))).Addr(), scanner.Options{Depth: scanner.DepthQuick})
			var got []string
			for _, chain := range o.Chains {
				got = append(got, chain.Certificates[0].Key.Type)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || o.ChainsAnswer != audit.Accepted {
				t.Errorf("%v, %s %s; want %v", got, o.ChainsAnswer, o.ChainsEvidence, c.want)
			}
		})
	}
}
