package scanner

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tlsaudit/audit"
)

// eighteen are the suites of a server in everyday use with an RSA certificate,
// which has no CBC suites with SHA-384.
var eighteen = map[audit.Version][]uint16{
	audit.TLSv13: {0x1301, 0x1302, 0x1303},
	audit.TLSv12: {0xC02F, 0xC030, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035, 0xC027, 0x003C, 0xC012, 0x000A, 0xC011, 0x0005},
}

// scanSuites scans a server for its versions and suites alone.
func scanSuites(t *testing.T, s *simulated) (o *audit.Observation) {
	t.Helper()
	s.unknown, s.unshared, s.random = 70, 40, rand.New(rand.NewPCG(1, 1))
	synctest.Test(t, func(t *testing.T) {
		o = New(Options{SuitesOnly: true, Dial: s.dial}).Scan(t.Context(), audit.Target{Protocol: "tls", IP: netip.MustParseAddr("127.0.0.1"), Port: 443})
	})
	return o
}

// TestWhoDecides: who decides is found with the suites, whoever that is. A
// server that grants ChaCha20 to clients that put it first still decides; one
// that leaves some of its choices to clients does not, nor do they.
func TestWhoDecides(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		s    *simulated
		want map[audit.Version]audit.Preference
		says string
	}{
		{"the server decides", &simulated{}, map[audit.Version]audit.Preference{audit.TLSv12: audit.PreferenceServer, audit.TLSv13: audit.PreferenceServer}, ""},
		{"the client decides", &simulated{clientOrder: true}, map[audit.Version]audit.Preference{audit.TLSv12: audit.PreferenceClient, audit.TLSv13: audit.PreferenceClient}, ""},
		{"but for ChaCha20", &simulated{chacha: true}, map[audit.Version]audit.Preference{audit.TLSv12: audit.PreferenceServer, audit.TLSv13: audit.PreferenceServer}, exception},
		{"now one, now the other", &simulated{alike: []uint16{0xC02F, 0xC030}}, map[audit.Version]audit.Preference{audit.TLSv12: audit.PreferenceUndetermined, audit.TLSv13: audit.PreferenceServer}, "; but offered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.s.accepted = eighteen
			o := scanSuites(t, test.s)
			for v, truth := range eighteen {
				f := o.Version(v)
				if f.SuitesAnswer != audit.Accepted || len(f.Suites) != len(truth) {
					t.Errorf("%s: %d suites, %s", v, len(f.Suites), f.SuitesAnswer)
				}
				if f.Preference != test.want[v] {
					t.Errorf("%s: %s (%s)", v, f.Preference, f.PreferenceEvidence)
				}
			}
			if f := o.Version(audit.TLSv12); !strings.Contains(f.PreferenceEvidence, test.says) {
				t.Errorf("%s, want it to say %q", f.PreferenceEvidence, test.says)
			}
		})
	}
}

// TestChaChaAndOther: a server that grants ChaCha20 a priority does so against
// whatever it has, so that no pair with it in it says that the client decides.
func TestChaChaAndOther(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		accepted []uint16
		want     audit.Preference
	}{
		{"RC4 and two of elliptic curves", []uint16{0x0005, 0xCCA8, 0xC013}, audit.PreferenceServer},
		{"RC4", []uint16{0x0005, 0xCCA8}, audit.PreferenceUndetermined},
		{"3DES", []uint16{0xC012, 0xCCA8}, audit.PreferenceUndetermined},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := scanSuites(t, &simulated{chacha: true, accepted: map[audit.Version][]uint16{audit.TLSv12: test.accepted}})
			if f := o.Version(audit.TLSv12); f.Preference != test.want {
				t.Errorf("%s (%s)", f.Preference, f.PreferenceEvidence)
			}
		})
	}
}

// TestDecide: who chooses a suite with an accepted one of its kind in front of it has an
// order of his own. A suite that is not accepted says nothing, nor does one of
// another kind, and nothing does where there may be several servers.
func TestDecide(t *testing.T) {
	t.Parallel()
	const weak, strong, other, refused = 0xC014, 0xC013, 0x0035, 0xC00A // AES-256 and AES-128 in CBC mode, and without elliptic curves
	for _, test := range []struct {
		name   string
		found  []uint16
		offer  []uint16
		chosen uint16
		odd    bool
		want   uint16
	}{
		{"the one behind", []uint16{weak, strong}, []uint16{weak, strong}, strong, false, strong},
		{"the one in front", []uint16{weak, strong}, []uint16{strong, weak}, strong, false, 0},
		{"another kind in front", []uint16{other, strong}, []uint16{other, strong}, strong, false, 0},
		{"a refused one in front", []uint16{strong}, []uint16{refused, weak, strong}, strong, false, 0},
		{"an odd server", []uint16{weak, strong}, []uint16{weak, strong}, strong, true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := newVersion(audit.TLSv12)
			s := set{x: x, claimed: map[uint16]bool{}, turned: []turned{{test.offer, test.chosen}}}
			for _, code := range test.found {
				s.take(hit{code: code})
			}
			if test.odd {
				s.spoil(&reply{})
			}
			s.decide(candidatesFor(audit.TLSv12))
			if x.decided.chosen != test.want {
				t.Errorf("decided by %+v", x.decided)
			}
		})
	}
	// A pair says nothing if one of it turned out to be refused.
	x := newVersion(audit.TLSv12)
	x.decided = choice{first: weak, second: strong, chosen: strong}
	s := set{x: x, claimed: map[uint16]bool{}}
	s.take(hit{code: strong})
	if s.decide(candidatesFor(audit.TLSv12)); x.decided.chosen != 0 {
		t.Errorf("decided by %+v, of which one is refused", x.decided)
	}
}

// TestOneGuessForAReason: while it is not known whether a reason to guess is a
// good one, one suite alone is asked about for it.
func TestOneGuessForAReason(t *testing.T) {
	t.Parallel()
	list := candidatesFor(audit.TLSv12)
	s := &set{claimed: map[uint16]bool{}}
	s.take(hit{code: 0xC027}) // ECDHE and RSA, both with AES_128_CBC_SHA256
	s.take(hit{code: 0x003C})
	longer := func() []uint16 {
		return slices.DeleteFunc(s.guesses(list), func(code uint16) bool { return code != 0xC028 && code != 0x003D })
	}
	if got := longer(); len(got) != 1 {
		t.Errorf("guesses at AES-256: %04X, want one", got)
	}
	reason := s.reason(suiteTraits().of(0xC028))
	if s.asking[reason] = true; len(longer()) != 0 {
		t.Errorf("guesses at AES-256 while one is under way: %04X", longer())
	}
	s.asking[reason], s.right[reason] = false, true
	if got := longer(); len(got) != 2 {
		t.Errorf("guesses at AES-256 when one was right: %04X, want both", got)
	}
}

// TestSuspiciousAnswer: a server that is offered all suites again and chooses
// another of the same kind, for which no group can be missing, is checked more
// often than one that answers as before.
func TestSuspiciousAnswer(t *testing.T) {
	t.Parallel()
	x := newVersion(audit.TLSv12)
	x.complete, x.reply.Suite = true, 0xC02F
	e := inferring(4096, func(int) []byte { return flightOf(audit.TLSv12, 0xC030) })
	e.askOddAgain(context.Background(), x)
	if n := x.doubtful() - x.again; n != 3 {
		t.Errorf("the first answer is checked %d times, want 3", n)
	}
	x.again = 0
	e = inferring(4096, func(int) []byte { return flightOf(audit.TLSv12, 0x009C) })
	e.askOddAgain(context.Background(), x)
	if n := x.doubtful() - x.again; n != 1 {
		t.Errorf("a server that may have no second group is checked %d times, want 1", n)
	}
}

// TestNobodyDecides: who decides is not known of servers that disagree.
func TestNobodyDecides(t *testing.T) {
	t.Parallel()
	x := newVersion(audit.TLSv12)
	x.Preference, x.PreferenceEvidence = audit.PreferenceServer, "chose"
	x.soften()
	x.soften()
	if x.Preference != audit.PreferenceUndetermined || strings.Count(x.PreferenceEvidence, "disagree") != 1 {
		t.Errorf("%s: %s", x.Preference, x.PreferenceEvidence)
	}
}
