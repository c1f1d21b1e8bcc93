package scanner_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

// schemesAt maps the schemes of a version to the leaf presented, empty for
// those refused, and leaves the others out.
func schemesAt(o *audit.Observation, v audit.Version, a audit.Answer) map[audit.Code]string {
	m := map[audit.Code]string{}
	for _, s := range o.Schemes {
		if s.Version == v && s.Answer == a {
			m[s.ID] = s.Leaf
		}
	}
	return m
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// TestSchemesAgainstTruth compares the schemes found with those declared, for
// servers made up at random, with the certificate of each.
func TestSchemesAgainstTruth(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	rsa, ecdsa := a.Server(fixtures.RSA2048, "www.example.com").Certificate, a.Server(fixtures.P256, "www.example.com").Certificate
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 3))
			s := only12(t, 0xC02F, 0xC02B, 0x009E, 0x002F)
			s.Chain, s.ECDSAChain, s.Schemes = rsa, ecdsa, []audit.Code{}
			if r.IntN(3) == 0 {
				s.ECDSAChain = nil
			}
			s.SuiteFirst = r.IntN(2) == 0
			want := map[audit.Code]string{}
			for _, code := range []audit.Code{0x0101, 0x0201, 0x0301, 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806} {
				if r.IntN(2) == 0 {
					s.Schemes = append(s.Schemes, code)
					want[code] = fingerprint(rsa[0])
				}
			}
			for _, code := range []audit.Code{0x0103, 0x0203, 0x0303, 0x0403, 0x0503, 0x0603} {
				if r.IntN(2) == 0 {
					s.Schemes = append(s.Schemes, code)
					if s.ECDSAChain != nil {
						want[code] = fingerprint(ecdsa[0])
					}
				}
			}
			r.Shuffle(len(s.Schemes), func(i, j int) { s.Schemes[i], s.Schemes[j] = s.Schemes[j], s.Schemes[i] })
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: "deep"})
			if diff := cmp.Diff(want, schemesAt(o, audit.TLSv12, audit.Accepted)); diff != "" {
				t.Errorf("%s\nnotes %q", diff, o.Notes)
			}
			if gap := o.LacksSchemes(audit.TLSv12); gap != "" && len(want) > 0 {
				t.Error(gap)
			}
			if refused := schemesAt(o, audit.TLSv12, audit.Refused); len(want) > 0 && len(refused) == 0 {
				t.Error("nothing was refused")
			}
			if f := o.Feature(audit.FeatureSignatureAlgorithms, audit.TLSv12); len(want) > 1 && f.Answer != audit.Accepted {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestSchemesIgnored: a server that signs as it likes is found out, at either
// depth.
func TestSchemesIgnored(t *testing.T) {
	t.Parallel()
	for _, depth := range []string{"standard", "deep"} {
		for _, scheme := range []audit.Code{0x0201, 0x0401} {
			s := only12(t, 0xC02F, 0x002F)
			s.IgnoreSchemes = scheme
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: depth})
			if f := o.Feature(audit.FeatureSignatureAlgorithms, audit.TLSv12); f.Answer != audit.Refused {
				t.Errorf("%s, %s: %+v", depth, scheme, f)
			}
			if got := schemesAt(o, audit.TLSv12, audit.Accepted); len(got) != 1 || got[scheme] == "" {
				t.Errorf("%s, %s: %v", depth, scheme, got)
			}
		}
	}
}

// TestSchemesOfTLS13 reads them out of the encrypted part of a real handshake.
func TestSchemesOfTLS13(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	rsa, ecdsa := a.Server(fixtures.RSA2048, "www.example.com"), a.Server(fixtures.P256, "www.example.com")
	pss := map[audit.Code]string{0x0804: fingerprint(rsa.Certificate[0]), 0x0805: fingerprint(rsa.Certificate[0]), 0x0806: fingerprint(rsa.Certificate[0])}
	both := map[audit.Code]string{0x0403: fingerprint(ecdsa.Certificate[0])}
	for code, sum := range pss {
		both[code] = sum
	}
	for name, c := range map[string]struct {
		certificates []tls.Certificate
		want         map[audit.Code]string
	}{
		"RSA":   {[]tls.Certificate{rsa}, pss},
		"ECDSA": {[]tls.Certificate{ecdsa}, map[audit.Code]string{0x0403: fingerprint(ecdsa.Certificate[0])}},
		"both":  {[]tls.Certificate{ecdsa, rsa}, both},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: c.certificates}
			at := serve(t, fixtures.TLS(config)).Addr()
			o := scan(t, "https", at, scanner.Options{Depth: "deep"})
			if diff := cmp.Diff(c.want, schemesAt(o, audit.TLSv13, audit.Accepted)); diff != "" {
				t.Errorf("%s\nnotes %q", diff, o.Notes)
			}
			if gap := o.LacksSchemes(audit.TLSv13); gap != "" {
				t.Error(gap)
			}
			if refused := schemesAt(o, audit.TLSv13, audit.Refused); len(refused) < 10 {
				t.Errorf("only %d are refused", len(refused))
			}
			o = scan(t, "https", at, scanner.Options{})
			seen := schemesAt(o, audit.TLSv13, audit.Accepted)
			if f := o.Feature(audit.FeatureSignatureAlgorithms, audit.TLSv13); len(seen) == 0 || f.Answer != audit.Accepted || o.Version(audit.TLSv13).SchemesAnswer != audit.NotAsked {
				t.Errorf("at depth standard: %v, %+v, %s", seen, f, o.Version(audit.TLSv13).SchemesAnswer)
			}
			if gap := o.LacksSchemes(audit.TLSv13); !slices.Contains([]string{"which signature schemes are accepted at TLSv1.3 is not asked at depth standard: --depth deep asks it"}, gap) {
				t.Errorf("at depth standard the gap is %q", gap)
			}
		})
	}
}

// TestSchemesLost: what a server that stops answering does not sign with is
// not known.
func TestSchemesLost(t *testing.T) {
	t.Parallel()
	for limit := range 10 {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			s := only12(t, 0xC02F)
			s.Schemes, s.Limit = []audit.Code{0x0804, 0x0401, 0x0501}, 18+limit
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Depth: "deep", Timeout: 30 * time.Second})
			for _, code := range s.Schemes {
				if _, refused := schemesAt(o, audit.TLSv12, audit.Refused)[code]; refused {
					t.Errorf("%s is refused", code)
				}
			}
			complete := o.Version(audit.TLSv12).SchemesAnswer == audit.Accepted
			if found := len(schemesAt(o, audit.TLSv12, audit.Accepted)); complete && found != 3 {
				t.Errorf("complete with %d", found)
			}
			t.Logf("complete %t", complete)
		})
	}
}
