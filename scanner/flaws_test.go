package scanner_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

var flawedLeaf = sync.OnceValue(func() fixtures.Certificate {
	return fixtures.NewAuthority(now).Issue(fixtures.Leaf{DNS: []string{"www.example.com"}, Key: fixtures.RSA2048})
})

var flawNames = []audit.Feature{
	audit.FeatureHeartbleed, audit.FeatureCCSInjection, audit.FeatureROBOT, audit.FeatureTicketbleed,
	audit.FeaturePOODLETLS, audit.FeaturePaddingOracle, audit.FeaturePaddingOracleAnywhere,
}

// flaws lists what was found of them, and checks that nothing leaked is told.
func flaws(t *testing.T, o *audit.Observation) map[audit.Feature]string {
	t.Helper()
	m := features(o, audit.TLSv12)
	maps.DeleteFunc(m, func(f audit.Feature, _ string) bool { return !slices.Contains(flawNames, f) })
	if b, err := json.Marshal(o); err != nil || strings.Contains(string(b), "LEAK") || strings.Contains(string(b), "MEMORY") {
		t.Errorf("leaked memory is in the observation, or %v", err)
	}
	for _, f := range o.Features {
		if slices.Contains(flawNames, f.Name) {
			t.Logf("%s: %s: %s", f.Name, f.Answer, f.Evidence)
			if f.Evidence == "" {
				t.Errorf("%s: no evidence", f.Name)
			}
		}
	}
	return m
}

// sound is what is found of a server that has everything but no flaw.
func sound() map[audit.Feature]string {
	return map[audit.Feature]string{
		audit.FeatureHeartbleed: "refused", audit.FeatureCCSInjection: "refused", audit.FeatureROBOT: "refused",
		audit.FeatureTicketbleed: "refused", audit.FeaturePOODLETLS: "refused", audit.FeaturePaddingOracle: "refused",
	}
}

// TestFlaws: each flaw is found where it is, and no other; without it none is.
func TestFlaws(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server fixtures.Flawed
		want   map[audit.Feature]string
	}{
		"none":       {fixtures.Flawed{}, nil},
		"Heartbleed": {fixtures.Flawed{Heartbleed: true}, map[audit.Feature]string{audit.FeatureHeartbleed: "accepted"}},
		"early CCS":  {fixtures.Flawed{EarlyCCS: true}, map[audit.Feature]string{audit.FeatureCCSInjection: "accepted"}},
		"weak ROBOT": {fixtures.Flawed{WeakROBOT: true}, map[audit.Feature]string{audit.FeatureROBOT: "accepted weak"}},
		"strong ROBOT": {fixtures.Flawed{StrongROBOT: true}, map[audit.Feature]string{
			audit.FeatureROBOT: "accepted strong",
		}},
		"ROBOT without Finished": {fixtures.Flawed{SilentROBOT: true}, map[audit.Feature]string{audit.FeatureROBOT: "accepted weak"}},
		"TLS POODLE": {fixtures.Flawed{IgnoresPadding: true}, map[audit.Feature]string{
			audit.FeaturePOODLETLS: "accepted", audit.FeaturePaddingOracle: "accepted padding is not checked",
		}},
		"padding alert": {fixtures.Flawed{PaddingAlert: true}, map[audit.Feature]string{audit.FeaturePaddingOracle: "accepted wrong padding shows"}},
		"Ticketbleed":   {fixtures.Flawed{Ticketbleed: true}, map[audit.Feature]string{audit.FeatureTicketbleed: "accepted"}},
		// One that says nothing when it refuses is believed if it does so twice, and
		// is still there.
		"none, mute": {fixtures.Flawed{Mute: true}, nil},
		// Silence may hide a difference, and comes of much else.
		"none, silent": {fixtures.Flawed{Silent: true}, map[audit.Feature]string{
			audit.FeatureROBOT: "undetermined", audit.FeaturePOODLETLS: "undetermined", audit.FeaturePaddingOracle: "undetermined",
		}},
		// One that taketh early CCS and then closes may have the flaw.
		"early CCS, mute": {fixtures.Flawed{Mute: true, EarlyCCS: true}, map[audit.Feature]string{audit.FeatureCCSInjection: "undetermined"}},
		// It objects before it looks at any key.
		"client certificate": {fixtures.Flawed{Client: true}, map[audit.Feature]string{
			audit.FeatureROBOT: "undetermined", audit.FeatureTicketbleed: "undetermined", audit.FeaturePOODLETLS: "undetermined", audit.FeaturePaddingOracle: "undetermined",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.server.Certificate, test.server.Heartbeat, test.server.Tickets = flawedLeaf(), true, true
			s := serve(t, test.server.Handler())
			o := scan(t, "https", s.Addr(), scanner.Options{Depth: scanner.DepthDeep})
			want := sound()
			maps.Copy(want, test.want)
			got := flaws(t, o)
			if test.server.PaddingAlert && got[audit.FeatureROBOT] == "undetermined" {
				// What cannot be decrypted has right padding once in 256 times.
				want[audit.FeatureROBOT] = "undetermined"
			}
			if !maps.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// TestFlawsNotAsked: a probe that makes no sense is not made, and none below
// depth deep.
func TestFlawsNotAsked(t *testing.T) {
	t.Parallel()
	plain := serve(t, fixtures.Flawed{Certificate: flawedLeaf()}.Handler())
	got := flaws(t, scan(t, "https", plain.Addr(), scanner.Options{Depth: scanner.DepthDeep}))
	want := sound()
	delete(want, audit.FeatureHeartbleed)
	delete(want, audit.FeatureTicketbleed)
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	all := serve(t, fixtures.Flawed{Certificate: flawedLeaf(), Heartbleed: true, StrongROBOT: true}.Handler())
	if got := flaws(t, scan(t, "https", all.Addr(), scanner.Options{Depth: scanner.DepthStandard})); len(got) > 0 {
		t.Errorf("at depth standard: %v", got)
	}
}

// TestFlawsIntrusive: every suite is probed only if that is allowed.
func TestFlawsIntrusive(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server fixtures.Flawed
		want   string
	}{
		"sound":  {fixtures.Flawed{}, "refused"},
		"flawed": {fixtures.Flawed{PaddingAlert: true}, "accepted wrong padding shows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.server.Certificate = flawedLeaf()
			s := serve(t, test.server.Handler())
			o := scan(t, "https", s.Addr(), scanner.Options{Depth: scanner.DepthDeep, Intrusive: true})
			if got := flaws(t, o)[audit.FeaturePaddingOracleAnywhere]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestFlawsMoody: a server that answers now in this way and now in that is
// neither found flawed nor sound.
func TestFlawsMoody(t *testing.T) {
	t.Parallel()
	s := serve(t, fixtures.Flawed{Certificate: flawedLeaf(), Moody: true}.Handler())
	o := scan(t, "https", s.Addr(), scanner.Options{Depth: scanner.DepthDeep, PerHost: 1})
	for name, answer := range flaws(t, o) {
		if strings.HasPrefix(answer, "accepted") || name == audit.FeatureROBOT && answer != "undetermined" {
			t.Errorf("%s is %s", name, answer)
		}
	}
}

// TestFlawsDying: what was met after the server's last answer is not refused.
func TestFlawsDying(t *testing.T) {
	t.Parallel()
	whole := serve(t, fixtures.Flawed{Certificate: flawedLeaf(), Heartbeat: true, Tickets: true}.Handler())
	o := scan(t, "https", whole.Addr(), scanner.Options{Depth: scanner.DepthDeep})
	flaws(t, o)
	most := o.Connections
	standard := scan(t, "https", whole.Addr(), scanner.Options{Depth: scanner.DepthStandard}).Connections
	for _, left := range []int{1, 4, 9} {
		if most-left <= standard {
			continue
		}
		s := serve(t, fixtures.Flawed{Certificate: flawedLeaf(), Heartbeat: true, Tickets: true, Dies: most - left}.Handler())
		o := scan(t, "https", s.Addr(), scanner.Options{Depth: scanner.DepthDeep, PerHost: 1})
		found := flaws(t, o)
		if len(found) == 0 {
			t.Errorf("dead after %d connections: nothing was asked", most-left)
		}
		last := found[audit.FeaturePaddingOracle]
		if last != "" && last != "undetermined" {
			t.Errorf("dead after %d of %d connections: the padding is %s", most-left, most, last)
		}
	}
}
