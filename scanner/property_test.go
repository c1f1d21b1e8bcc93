package scanner_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
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
		{"at most 20 to 126 suites", true, func(s *fixtures.Script, r *rand.Rand) { s.MaxSuites = 20 + r.IntN(107) }},
		{"few suites, other alerts", true, func(s *fixtures.Script, r *rand.Rand) {
			s.MaxSuites, s.VersionAlert, s.SuiteAlert = 20+r.IntN(107), 47, 47
		}},
		{"alert 80", true, func(s *fixtures.Script, _ *rand.Rand) { s.SuiteAlert = 80 }},
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
				o := scan(t, "https", serve(t, s.Handler()).Addr(), scanner.Options{Timeout: 60 * time.Second, Order: seed%2 == 0})
				compare(t, &s, o, kind.exact)
			})
		}
	}
}

// TestPoisonAgainstTruth: a suite the server chooses and then fails with, in
// words or in silence, hides no other, wherever it stands in the server's order
// and in the chunks. A server that fails like that after its first choice is
// gone gives away less than one that fails at once.
func TestPoisonAgainstTruth(t *testing.T) {
	t.Parallel()
	rsa := []audit.Code{0xC030, 0xC02F, 0x0035, 0x002F}
	ecdsa := []audit.Code{0xC02C, 0xC02B, 0xC00A, 0xC009}
	type poisoned struct {
		name   string
		suites []audit.Code
		poison uint16
		alert  byte // 0 hangs up
		late   bool // only once the first choice is gone
	}
	for i, c := range []poisoned{
		{"no ECDSA certificate", rsa, 0xC02C, 40, false},
		{"no ECDSA certificate", rsa, 0xC02C, 40, true},
		{"no ECDSA certificate, internal error", rsa, 0xC02B, 80, true},
		{"no ECDH certificate", rsa, 0xC02E, 40, true},
		{"no DHE parameters", rsa, 0x009F, 40, true},
		{"no anonymous, hangs up", rsa, 0xC018, 0, false},
		{"no anonymous, hangs up", rsa, 0xC018, 0, true},
		{"Camellia", rsa, 0x0041, 40, false},
		{"Camellia", rsa, 0x0041, 40, true},
		{"NULL", rsa, 0x0001, 47, true},
		{"RC4 among the common ones", rsa, 0x0005, 40, false},
		{"RC4 among the common ones", rsa, 0x0005, 80, true},
		{"in the same class", ecdsa, 0xC024, 80, true},
		{"in the same class", ecdsa, 0xC024, 0, true},
		{"no RSA certificate", ecdsa, 0x002F, 40, true},
	} {
		t.Run(fmt.Sprintf("%s/%d/%v", c.name, c.alert, c.late), func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			c.suites = slices.Clone(c.suites)
			s.Suites[audit.TLSv12] = slices.Clone(c.suites)
			inner := s.Handler()
			o := scan(t, "https", serve(t, func(ctx context.Context, conn net.Conn) {
				in, b := peekHello(conn)
				offered := offers(b)
				if !slices.Contains(offered, c.poison) || c.late && slices.Contains(offered, uint16(c.suites[0])) {
					inner(ctx, &peeked{conn, in})
				} else if c.alert > 0 {
					_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, c.alert})
				}
			}).Addr(), scanner.Options{Timeout: 40 * time.Second, Order: i%2 == 0})
			f := o.Version(audit.TLSv12)
			if f.SuitesUnordered {
				slices.Sort(c.suites)
				slices.SortFunc(f.Suites, func(a, b audit.Suite) int { return cmp.Compare(a.ID, b.ID) })
			}
			if f.Answer != audit.Accepted || f.SuitesAnswer != audit.Accepted || !slices.Equal(suiteCodes(f), c.suites) {
				t.Errorf("%s (%s), suites %s %v, notes %q", f.Answer, f.Evidence, f.SuitesAnswer, suiteCodes(f), o.Notes)
			}
		})
	}
}

// TestOneSpuriousAlert: alert 80 to any one connection shortens no list that is
// called complete.
func TestOneSpuriousAlert(t *testing.T) {
	t.Parallel()
	for nth := int64(1); nth <= 40; nth++ {
		t.Run(fmt.Sprint(nth), func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.Groups = []audit.Code{24, 29, 23, 25, 30}
			inner := s.Handler()
			var count atomic.Int64
			o := scan(t, "https", serve(t, func(ctx context.Context, c net.Conn) {
				if count.Add(1) == nth {
					_, _ = peekHello(c)
					_, _ = c.Write([]byte{21, 3, 1, 0, 2, 2, 80})
					return
				}
				inner(ctx, c)
			}).Addr(), scanner.Options{Timeout: 40 * time.Second, PerHost: 1})
			compare(t, &s, o, false)
			for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
				accepted := 0
				for _, g := range o.Groups {
					if g.Version == v && g.Answer == audit.Accepted {
						accepted++
					}
				}
				if f := o.Version(v); f.Answer == audit.Accepted && f.GroupsAnswer == audit.Accepted && accepted != len(s.Groups) {
					t.Errorf("%s: %d groups called complete, in truth %d", v, accepted, len(s.Groups))
				}
			}
		})
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
		if want == audit.PreferenceServer && f.SuitesAnswer == audit.Accepted && exact && !f.SuitesUnordered && !slices.Equal(found, suites) {
			t.Errorf("%s: order %v, in truth %v", f.Version, found, suites)
		}
	}
	if t.Failed() {
		t.Logf("connections %d, notes %q", o.Connections, o.Notes)
	}
}
