package scanner_test

import (
	"crypto/tls"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ocsp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// features lists the answers about one version, by name.
func features(o *audit.Observation, v audit.Version) map[audit.Feature]string {
	m := map[audit.Feature]string{}
	for _, f := range o.Features {
		if f.Version == v {
			m[f.Name] = f.Answer.String()
			if f.Value != "" {
				m[f.Name] += " " + f.Value
			}
		}
	}
	return m
}

// ofKeys are the features that declared says nothing of.
var ofKeys = []audit.Feature{audit.FeatureFFDHE, audit.FeatureReusesDHE, audit.FeatureReusesECDHE, audit.FeatureSignatureAlgorithms}

// declared says what a perfect scan finds about the features of a script's
// newest version before TLS 1.3.
func declared(s *fixtures.Script, v audit.Version, has func(func(tlsreg.Suite) bool) bool) map[audit.Feature]string {
	say := func(yes bool) string {
		if yes {
			return "accepted"
		}
		return "refused"
	}
	m := map[audit.Feature]string{
		audit.FeatureSecureRenegotiation:  say(!s.NoRenegotiationInfo),
		audit.FeatureExtendedMasterSecret: say(!s.NoExtendedMasterSecret),
		audit.FeatureSessionTicket:        say(s.Tickets),
		audit.FeatureHeartbeat:            say(s.Heartbeat),
		audit.FeatureClientCertificateURL: say(s.ClientCertificateURL),
		audit.FeatureStatusRequestV2:      say(s.StatusRequestV2),
		audit.FeatureTruncatedHMAC:        say(s.TruncatedHMAC && has(func(t tlsreg.Suite) bool { return t.Mode == "CBC" })),
		audit.FeatureCompression:          say(s.Deflate),
		audit.FeatureALPN:                 say(s.ALPN != nil),
		audit.FeatureServerName:           "refused",
		audit.FeatureRawPublicKey:         "refused",
		// a script completes no handshake
		audit.FeatureClientRenegotiation: "undetermined",
		audit.FeatureTicketResumption:    "undetermined",
		audit.FeatureSessionIDResumption: "undetermined",
	}
	if s.Deflate {
		m[audit.FeatureCompression] += " DEFLATE"
	}
	if s.ALPN != nil && s.ALPN[0] == "http/1.1" {
		m[audit.FeatureALPN] += " http/1.1"
	}
	if has(func(t tlsreg.Suite) bool { return t.Mode == "CBC" }) {
		m[audit.FeatureEncryptThenMAC] = say(s.EncryptThenMAC)
	}
	if has(func(t tlsreg.Suite) bool { return t.KX == "ECDHE" || t.KX == "ECDH" }) {
		m[audit.FeaturePointFormats] = say(!s.NoPointFormats)
		if !s.NoPointFormats {
			m[audit.FeaturePointFormats] += " uncompressed"
		}
	}
	if signed := func(t tlsreg.Suite) bool {
		return (t.KX == "ECDHE" || t.KX == "DHE") && (t.Auth == "RSA" || t.Auth == "ECDSA")
	}; v == audit.TLSv12 && has(signed) {
		for hash, name := range map[audit.Code]audit.Feature{1: audit.FeatureSignsMD5, 2: audit.FeatureSignsSHA1, 3: audit.FeatureSignsSHA224} {
			m[name] = say(s.Schemes == nil || slices.ContainsFunc(s.Schemes, func(c audit.Code) bool { return c>>8 == hash }))
		}
	}
	return m
}

// TestFeaturesAgainstTruth compares what is found with what was declared, for
// servers made up at random.
func TestFeaturesAgainstTruth(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			yes := func() bool { return r.IntN(2) == 0 }
			s := script(r, a)
			delete(s.Suites, audit.SSLv3)
			if len(s.Versions()) == 0 || s.Versions()[0] == audit.TLSv13 {
				s.Suites[audit.TLSv12] = []audit.Code{0xC02F, 0xC013}
			}
			s.Session = fixtures.Session{
				NoRenegotiationInfo: yes(), NoExtendedMasterSecret: yes(), NoPointFormats: yes(), NoFallbackSCSV: yes(),
				EncryptThenMAC: yes(), Tickets: yes(), Deflate: yes(), Heartbeat: yes(), TruncatedHMAC: yes(), ClientCertificateURL: yes(), StatusRequestV2: yes(),
			}
			if yes() {
				s.ALPN = []string{"http/1.1"}
				if yes() {
					s.ALPN = []string{"imap"}
				}
			}
			if yes() {
				s.Schemes = []audit.Code{0x0804, 0x0403}
				for _, legacy := range []audit.Code{0x0101, 0x0103, 0x0201, 0x0203, 0x0301, 0x0303} {
					if r.IntN(3) == 0 {
						s.Schemes = append(s.Schemes, legacy)
					}
				}
				// with both certificates, or which of them signs is chance
				for _, legacy := range slices.Clone(s.Schemes[2:]) {
					s.Schemes = append(s.Schemes, legacy&0xFF00|1, legacy&0xFF00|3)
				}
			}
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second})
			compare(t, &s, o, true)
			var spoken []audit.Version
			for _, v := range slices.Backward(audit.Versions[2:]) {
				if _, suites := s.Truth(v); len(suites) > 0 {
					spoken = append(spoken, v)
				}
			}
			newest := spoken[0]
			if newest == audit.TLSv13 {
				newest = spoken[1]
			}
			_, suites := s.Truth(newest)
			want := declared(&s, newest, func(is func(tlsreg.Suite) bool) bool {
				return slices.ContainsFunc(suites, func(c audit.Code) bool { u, _ := tlsreg.SuiteByCode(c); return is(u) })
			})
			got := features(o, newest)
			if len(spoken) > 1 {
				f := o.Feature(audit.FeatureFallbackSCSV, spoken[1])
				if want := map[bool]audit.Answer{true: audit.Refused, false: audit.Accepted}[s.NoFallbackSCSV]; f.Answer != want {
					t.Errorf("fallback signal at %s: %s (%s), in truth %s", f.Version, f.Answer, f.Evidence, want)
				}
				delete(got, audit.FeatureFallbackSCSV)
			}
			maps.DeleteFunc(got, func(f audit.Feature, _ string) bool { return slices.Contains(ofKeys, f) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s\n%+v\nnotes %q", newest, diff, o.Features, o.Notes)
			}
		})
	}
}

// TestIntolerantOfFeatures: a server that stumbles over one odd thing is asked
// for the others all the same.
func TestIntolerantOfFeatures(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fixtures.Script){
		"heartbeat":   func(s *fixtures.Script) { s.Intolerant = []uint16{15} },
		"compression": func(s *fixtures.Script) { s.IntolerantDeflate = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.TruncatedHMAC = true
			change(&s)
			o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
			want := map[audit.Feature]string{
				audit.FeatureHeartbeat: "refused", audit.FeatureCompression: "refused", audit.FeatureTruncatedHMAC: "accepted", audit.FeatureClientCertificateURL: "refused",
			}
			got := features(o, audit.TLSv12)
			for name, answer := range want {
				if got[name] != answer {
					t.Errorf("%s is %q, want %s", name, got[name], answer)
				}
			}
			compare(t, &s, o, true)
		})
	}
}

// TestFeaturesOfDepths: quick asks for none, deep for those of each version.
func TestFeaturesOfDepths(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Suites[audit.TLSv10] = []audit.Code{0xC013, 0x002F}
	at := serve(t, s.Handler()).Addr()
	for depth, want := range map[string][2]string{"quick": {"", ""}, "standard": {"", "refused"}, "deep": {"refused", "refused"}} {
		o := scan(t, "https", at, scanner.Options{Depth: depth})
		got := [2]string{features(o, audit.TLSv10)[audit.FeatureHeartbeat], features(o, audit.TLSv12)[audit.FeatureHeartbeat]}
		if got != want || (len(o.Features) == 0) != (depth == "quick") {
			t.Errorf("%s: heartbeat %q, want %q; %d facts", depth, got, want, len(o.Features))
		}
	}
}

// TestFeaturesWithoutExtensions: SSLv3 has no extensions, and a server of
// nothing else is not accused of lacking them.
func TestFeaturesWithoutExtensions(t *testing.T) {
	t.Parallel()
	s := usual(t)
	s.Deflate = true
	s.Suites = map[audit.Version][]audit.Code{audit.SSLv3: {0x002F, 0x000A}}
	o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{})
	want := map[audit.Feature]string{audit.FeatureSecureRenegotiation: "accepted", audit.FeatureCompression: "accepted DEFLATE"}
	if diff := cmp.Diff(want, features(o, audit.SSLv3)); diff != "" {
		t.Error(diff)
	}
}

// TestFeaturesOfTLS13: what TLS 1.3 still has is in its encrypted part.
func TestFeaturesOfTLS13(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		protocols []string
		want      string
	}{"h2": {[]string{"h2"}, "accepted h2"}, "other": {[]string{"imap"}, "accepted"}, "none": {nil, "refused"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := fixtures.Hardened(leaf(t, fixtures.P256))
			cfg.MinVersion, cfg.NextProtos = tls.VersionTLS13, c.protocols
			o := scan(t, "https", serve(t, fixtures.TLS(cfg)).Addr(), scanner.Options{})
			want := map[audit.Feature]string{
				audit.FeatureHeartbeat: "refused", audit.FeatureALPN: c.want, audit.FeatureRawPublicKey: "refused",
				audit.FeatureReusesECDHE: "refused", audit.FeatureSignatureAlgorithms: "accepted",
				audit.FeatureSessionTicket: "accepted", audit.FeatureTicketLifetime: "accepted 604800", audit.FeatureTicketResumption: "accepted",
				audit.FeatureEarlyData: "refused", audit.FeatureServerName: "accepted", audit.FeatureClientCertificateRequired: "refused",
			}
			if diff := cmp.Diff(want, features(o, audit.TLSv13)); diff != "" || len(o.Features) != len(want) {
				t.Errorf("%s%+v", diff, o.Features)
			}
		})
	}
}

// TestStaple reads what servers staple, in the clear and encrypted.
func TestStaple(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	rsa, ecdsa := a.Server(fixtures.RSA2048, "www.example.com"), a.Server(fixtures.P256, "www.example.com")
	good, revoked := a.OCSP(rsa, fixtures.Staple{}), a.OCSP(ecdsa, fixtures.Staple{Status: ocsp.Revoked})
	s := usual(t)
	s.Chain, s.ECDSAChain = rsa.Certificate, ecdsa.Certificate
	delete(s.Suites, audit.TLSv13)
	scripted := func(session fixtures.Session) fixtures.Handler {
		s := s
		s.Session = session
		return s.Handler()
	}
	real := rsa
	real.OCSPStaple = good
	only13 := fixtures.Hardened(real)
	only13.MinVersion = tls.VersionTLS13
	period := func(s audit.Staple) audit.Staple {
		s.Answer, s.ThisUpdate, s.NextUpdate = audit.Accepted, now.AddDate(0, 0, -1), now.AddDate(0, 0, 6)
		return s
	}
	right := period(audit.Staple{Status: "good", Signed: audit.Accepted})
	for name, c := range map[string]struct {
		server     fixtures.Handler
		rsa, ecdsa audit.Staple
	}{
		"none":              {scripted(fixtures.Session{}), audit.Staple{Answer: audit.Refused}, audit.Staple{Answer: audit.Refused}},
		"good and revoked":  {scripted(fixtures.Session{OCSP: good, ECDSAOCSP: revoked}), right, period(audit.Staple{Status: "revoked", Signed: audit.Accepted})},
		"one of two":        {scripted(fixtures.Session{OCSP: good}), right, audit.Staple{Answer: audit.Refused}},
		"version 2":         {scripted(fixtures.Session{OCSP: good, StatusRequestV2: true}), right, audit.Staple{Answer: audit.Refused}},
		"fetched on demand": {scripted(fixtures.Session{OCSP: good, LazyOCSP: 6}), right, audit.Staple{Answer: audit.Refused}},
		"of another": {scripted(fixtures.Session{OCSP: a.OCSP(ecdsa, fixtures.Staple{})}),
			period(audit.Staple{Status: "good", Signed: audit.Refused, Reason: "no response matching the supplied certificate"}), audit.Staple{Answer: audit.Refused}},
		"forged": {scripted(fixtures.Session{OCSP: a.OCSP(rsa, fixtures.Staple{Forged: true})}),
			period(audit.Staple{Status: "good", Signed: audit.Refused, Reason: "bad OCSP signature: verification error"}), audit.Staple{Answer: audit.Refused}},
		"an error": {scripted(fixtures.Session{OCSP: ocsp.TryLaterErrorResponse}),
			audit.Staple{Answer: audit.Accepted, Signed: audit.Refused, Reason: "no answer but an error: try later"}, audit.Staple{Answer: audit.Refused}},
		"TLS 1.3": {fixtures.TLS(only13), right, audit.Staple{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := scan(t, "https", serve(t, c.server).Addr(), scanner.Options{})
			found := map[string]audit.Staple{}
			for _, chain := range o.Chains {
				found[chain.Certificates[0].Key.Type] = chain.Stapled
			}
			want := map[string]audit.Staple{"rsa": c.rsa, "ecdsa": c.ecdsa}
			if c.ecdsa.Answer == audit.NotAsked {
				delete(want, "ecdsa")
			}
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("%s\nnotes %q", diff, o.Notes)
			}
		})
	}
}
