package scanner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// script makes up a server: versions, suites and order at random.
func script(r *rand.Rand, a *fixtures.Authority) fixtures.Script {
	rsa, ecdsa := a.Server(fixtures.RSA2048, "www.example.com"), a.Server(fixtures.P256, "www.example.com")
	s := fixtures.Script{
		Suites: map[audit.Version][]audit.Code{}, ClientOrder: r.IntN(3) == 0,
		Chain: rsa.Certificate, ECDSAChain: ecdsa.Certificate,
		Groups: []audit.Code{23, 29, 24},
	}
	var old, new []audit.Code
	for _, suite := range tlsreg.Suites() {
		secret := slices.Contains([]string{"PSK", "SRP", "KRB5"}, suite.Auth) || suite.KX == "SRP" || suite.KX == "PSK"
		switch {
		case suite.Status != "iana" || secret || suite.Code == 0:
		case suite.Min == audit.TLSv13:
			new = append(new, suite.Code)
		case slices.Contains([]string{"RSA", "ECDSA", "anon"}, suite.Auth):
			old = append(old, suite.Code)
		}
	}
	pick := func(from []audit.Code, most int) []audit.Code {
		r.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		return slices.Clone(from[:1+r.IntN(most)])
	}
	for _, v := range audit.Versions[1:] {
		switch {
		case r.IntN(5) < 2:
		case v == audit.TLSv13:
			s.Suites[v] = pick(new, 5)
		default:
			s.Suites[v] = pick(old, 14)
			if r.IntN(4) > 0 {
				// The full handshake then fails at the signature, and not, as with
				// key transport, by waiting for a Finished that never comes.
				s.Suites[v] = append([]audit.Code{0xC013}, slices.DeleteFunc(s.Suites[v], func(c audit.Code) bool { return c == 0xC013 })...)
			}
		}
	}
	if len(s.Suites) == 0 {
		s.Suites[audit.TLSv12] = pick(old, 14)
	}
	return s
}

// TestEnumerationAgainstTruth compares what is found with what was declared.
// Against servers that behave it must be equal; against all others, whatever
// is claimed must be true.
func TestEnumerationAgainstTruth(t *testing.T) {
	t.Parallel()
	a := fixtures.NewAuthority(now)
	kinds := []struct {
		name   string
		exact  bool
		change func(*fixtures.Script, *rand.Rand)
	}{
		{"plain", true, func(*fixtures.Script, *rand.Rand) {}},
		{"fragments", true, func(s *fixtures.Script, r *rand.Rand) { s.Fragment = 1 + r.IntN(30) }},
		{"other alerts", true, func(s *fixtures.Script, _ *rand.Rand) { s.VersionAlert, s.SuiteAlert = 40, 47 }},
		{"at most 128 suites", true, func(s *fixtures.Script, _ *rand.Rand) { s.MaxSuites = 128 }},
		{"silent", true, func(s *fixtures.Script, _ *rand.Rand) { s.Silent = true }},
		{"one at a time", true, func(s *fixtures.Script, _ *rand.Rand) { s.Concurrent = 1 }},
		{"every fifth reset", true, func(s *fixtures.Script, _ *rand.Rand) { s.ResetEvery = 5 }},
		{"dies in mid-scan", false, func(s *fixtures.Script, r *rand.Rand) { s.Limit = 1 + r.IntN(60) }},
	}
	for _, kind := range kinds {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%s/%d", kind.name, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, uint64(len(kind.name))))
				s := script(r, a)
				kind.change(&s, r)
				o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 20 * time.Second})
				compare(t, &s, o, kind.exact)
			})
		}
	}
}

func compare(t *testing.T, s *fixtures.Script, o *audit.Observation, exact bool) {
	t.Helper()
	for _, f := range o.Versions {
		answer, suites := s.Truth(f.Version)
		if f.Answer.Known() && f.Answer != answer || exact && !f.Answer.Known() {
			t.Errorf("%s is %s (%s), in truth %s", f.Version, f.Answer, f.Evidence, answer)
		}
		if f.Answer != audit.Accepted {
			continue
		}
		found := suiteCodes(f)
		if exact && f.SuitesAnswer != audit.Accepted {
			t.Errorf("%s: suites %s, notes %q", f.Version, f.SuitesAnswer, o.Notes)
		}
		for _, c := range found {
			if !slices.Contains(suites, c) {
				t.Errorf("%s: %s is not accepted in truth", f.Version, c)
			}
		}
		if f.SuitesAnswer == audit.Accepted && len(found) != len(suites) {
			t.Errorf("%s: %d suites called complete, in truth %d", f.Version, len(found), len(suites))
		}
		want := audit.PreferenceServer
		if s.ClientOrder {
			want = audit.PreferenceClient
		}
		if len(suites) == 2 && strings.Contains(f.PreferenceEvidence, "may be a priority") {
			continue // AES and ChaCha20 alone cannot tell
		}
		if len(suites) > 1 && f.Preference != want && (exact || f.Preference == audit.PreferenceClient || f.Preference == audit.PreferenceServer) {
			t.Errorf("%s: preference %s (%s), in truth %s", f.Version, f.Preference, f.PreferenceEvidence, want)
		}
		if want == audit.PreferenceServer && f.SuitesAnswer == audit.Accepted && exact && !slices.Equal(found, suites) {
			t.Errorf("%s: order %v, in truth %v", f.Version, found, suites)
		}
	}
	if t.Failed() {
		t.Logf("connections %d, notes %q", o.Connections, o.Notes)
	}
}
