package checks_test

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/tlsreg"
)

// TestAsks holds what checks ask to what they object to, with their own passing
// examples. Where all that a rule asks was refused it passes still; a suite it
// does not ask about makes no difference to it; and where one of those it asks
// about was not offered it is unknown and names the depth that offers it.
func TestAsks(t *testing.T) {
	for _, check := range checks.All {
		if check.Asks == nil {
			continue
		}
		t.Run(check.ID, func(t *testing.T) {
			passed, unasked := 0, 0
			for _, e := range check.Examples {
				params, err := check.Params(e.Params)
				if err != nil {
					t.Fatal(err)
				}
				judge := engine.Judge{Checks: checks.All, Now: e.Now, Rules: []audit.Rule{{Profile: "example", ID: "R1", Check: check.ID, Level: e.Level, Params: params}}}
				q := judge.Planner().Questions(e.Observe().Target)
				if slices.Contains(check.Needs, audit.NeedKeyExchange) {
					asksPrimes(t, q)
				}
				if e.Want != audit.Pass || !whole(e.Observe()) {
					continue
				}
				verdict := func(o audit.Observation) (audit.Verdict, string) {
					f := judge.Findings(&o)[0]
					return f.Verdict, f.Message
				}
				o := askedOnly(*e.Observe(), q)
				if got, message := verdict(o); got != audit.Pass && !strings.Contains(message, "--depth") {
					t.Errorf("%s, all refused that is in question: %s: %s", e.Name, got, message)
				} else if got != audit.Pass {
					continue // it needs groups of an older version
				}
				passed++
				for i, f := range o.Versions {
					if f.Answer != audit.Accepted {
						continue
					}
					more := askedOnly(*e.Observe(), q)
					for _, s := range tlsreg.Askable(f.Version) {
						if !slices.Contains(q.Suites(f.Version), s.Code) {
							more.Versions[i].Suites = append(more.Versions[i].Suites, audit.Suite{ID: s.Code, Name: s.Name, Bits: s.StrengthBits})
						}
					}
					if got, message := verdict(more); got != audit.Pass {
						t.Errorf("%s, with suites of %s it does not ask about: %s: %s", e.Name, f.Version, got, message)
					}
					if len(f.SuitesRefused) == 0 {
						continue
					}
					less := askedOnly(*e.Observe(), q)
					less.Versions[i].SuitesRefused = f.SuitesRefused[1:]
					unasked++
					if got, message := verdict(less); got != audit.Unknown || !strings.Contains(message, "--depth standard") {
						t.Errorf("%s, without an answer about %s: %s: %s", e.Name, f.SuitesRefused[0], got, message)
					}
				}
			}
			if passed == 0 && check.ID != "suite.server_order" || unasked == 0 && !slices.Contains([]string{"suite.server_order", "kx.tls13_groups", "vuln.beast", "cert.key.min_bits"}, check.ID) {
				t.Errorf("%d examples passed, %d were tried with a suite less", passed, unasked)
			}
		})
	}
}

// asksPrimes: NeedKeyExchange is about suites with ephemeral Diffie-Hellman.
func asksPrimes(t *testing.T, q *audit.Questions) {
	t.Helper()
	for _, v := range audit.Versions {
		for _, s := range tlsreg.Askable(v) {
			if suite := (audit.Suite{Name: s.Name}); suite.FiniteField() && !slices.Contains(q.Suites(v), s.Code) {
				t.Fatalf("%s at %s is not asked about", s.Name, v)
			}
		}
	}
}

// whole reports whether nothing is left open about suites.
func whole(o *audit.Observation) bool {
	return o.Reach == audit.ReachTLS && o.Lacks(audit.NeedSuites) == ""
}

// askedOnly is what depth quick would have seen of an endpoint.
func askedOnly(o audit.Observation, q *audit.Questions) audit.Observation {
	o.Depth, o.Versions, o.Groups = audit.DepthQuick, slices.Clone(o.Versions), slices.Clone(o.Groups)
	for i := range o.Versions {
		f := &o.Versions[i]
		if f.Answer != audit.Accepted {
			continue
		}
		f.SuitesAnswer, f.GroupsAnswer, f.SuitesRefused, f.Suites = audit.NotAsked, audit.NotAsked, nil, slices.Clone(f.Suites)
		for _, code := range q.Suites(f.Version) {
			if !slices.ContainsFunc(f.Suites, func(s audit.Suite) bool { return s.ID == code }) {
				f.SuitesRefused = append(f.SuitesRefused, code)
			}
		}
		if f.Version < audit.TLSv13 {
			continue
		}
		for _, code := range q.Groups(f.Version) {
			if !slices.ContainsFunc(o.Groups, func(g audit.GroupFact) bool { return g.ID == code && g.Version == f.Version }) {
				o.Groups = append(o.Groups, audit.GroupFact{ID: code, Name: code.String(), Version: f.Version, Answer: audit.Refused})
			}
		}
	}
	return o
}
