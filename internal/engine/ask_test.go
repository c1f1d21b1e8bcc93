package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// asks makes a check that asks about the suites in its parameters at TLS 1.2,
// and needs an answer about them.
func asks() *audit.Check {
	return &audit.Check{
		ID: "test.asks", Title: "All is well", Needs: []audit.Need{audit.NeedSuites}, Run: func(*audit.Case) []audit.Outcome { return nil },
		Asks: func(c *audit.Case, q *audit.Questions) { q.AskSuites(audit.TLSv12, c.Params.([]audit.Code)...) },
	}
}

// TestPlanner: what is asked of a target is what the rules in force for it ask.
func TestPlanner(t *testing.T) {
	judge := &Judge{Checks: []*audit.Check{asks(), says(nil)}, Now: noon, Rules: []audit.Rule{
		{ID: "1", Check: "test.asks", Params: []audit.Code{5}},
		{ID: "2", Check: "test.asks", Params: []audit.Code{4, 5}, Applies: []string{"smtp"}},
		{ID: "3", Check: "test.asks", Params: []audit.Code{1}, Until: noon},
		{ID: "4", Check: "test.asks", Params: []audit.Code{2}, From: noon.Add(time.Second)},
		{ID: "5", Check: "test.asks", Params: []audit.Code{3}, Undecided: "nobody knows"},
		{ID: "6", Check: "test.asks", Params: []audit.Code{6}, Match: func(target *audit.Target, _ *audit.Observation) bool { return target.Host == "mx.example.com" }},
		{ID: "7", Check: "test.asks", Params: []audit.Code{7}, Match: func(_ *audit.Target, o *audit.Observation) bool { return o.Chains[0].Truncated }}, // panics before the scan
		{ID: "8", Check: "test.asks", Params: "nonsense"},
		{ID: "9", Check: "test.check"},
		{ID: "10", Check: "no.such.check"},
	}, Probes: []audit.Rule{{ID: "p", Check: "test.asks", Params: []audit.Code{8}}}}
	p := judge.Planner()
	for _, tt := range []struct {
		target audit.Target
		want   []audit.Code
	}{
		{audit.Target{Protocol: "https", Host: "www.example.com"}, []audit.Code{5, 7, 8}},
		{audit.Target{Protocol: "smtp", Host: "www.example.com"}, []audit.Code{4, 5, 7, 8}},
		{audit.Target{Protocol: "smtp", Host: "mx.example.com"}, []audit.Code{4, 5, 6, 7, 8}},
		{audit.Target{Protocol: "https", Host: "www.example.org"}, []audit.Code{5, 7, 8}},
	} {
		q := p.Questions(tt.target)
		if diff := cmp.Diff(tt.want, q.Suites(audit.TLSv12)); diff != "" || q.Suites(audit.TLSv13) != nil || q.Groups(audit.TLSv13) != nil {
			t.Errorf("%s: %s, %v", tt.target.Subject(), diff, q)
		}
	}
	if p.Questions(audit.Target{Protocol: "https", Host: "a.example.com"}) != p.Questions(audit.Target{Protocol: "https", Host: "b.example.com"}) {
		t.Error("two targets under the same rules have questions of their own")
	}
}

// TestAskedOnly: what a rule does not ask need not be known, and what it asks
// must be, also when evidence is judged by rules of another day.
func TestAskedOnly(t *testing.T) {
	o := reached()
	o.Depth = audit.DepthQuick
	for _, v := range audit.Versions {
		o.Versions = append(o.Versions, audit.VersionFact{Version: v, Answer: audit.Refused})
	}
	f := &o.Versions[slices.Index(audit.Versions, audit.TLSv12)]
	*f = audit.VersionFact{Version: audit.TLSv12, Answer: audit.Accepted, Suites: []audit.Suite{{ID: 0xC02F}}, SuitesRefused: []audit.Code{4, 5}}
	const open = "not judged: whether 1 of the TLSv1.2 suites in question are accepted, such as 0x0006, is not asked at depth quick: --depth standard asks it"
	for _, tt := range []struct {
		name    string
		params  any
		change  func(*audit.Observation)
		want    audit.Verdict
		message string
	}{
		{"all refused", []audit.Code{4, 5}, nil, audit.Pass, "All is well"},
		{"one of them accepted", []audit.Code{5, 0xC02F}, nil, audit.Pass, "All is well"}, // that is for the check to say
		{"one not offered", []audit.Code{5, 6}, nil, audit.Unknown, open},
		{"broken off", []audit.Code{5, 6}, func(o *audit.Observation) { o.Versions[4].SuitesAnswer = audit.Undetermined }, audit.Unknown,
			"not judged: the list of TLSv1.2 suites is not complete (undetermined)"},
		{"a version open", []audit.Code{5}, func(o *audit.Observation) { o.Versions[3].Answer = audit.Undetermined }, audit.Unknown, "not judged: TLSv1.1 is undetermined"},
		{"what is asked cannot be told", "nonsense", nil, audit.Unknown, "not judged: the list of TLSv1.2 suites is not asked at depth quick: --depth standard asks it"},
		{"nothing reached", []audit.Code{5}, func(o *audit.Observation) { *o = dead() }, audit.Unknown, "not judged: unreachable: connection refused"},
	} {
		seen := o
		seen.Versions = slices.Clone(o.Versions)
		if tt.change != nil {
			tt.change(&seen)
		}
		judge := &Judge{Checks: []*audit.Check{asks()}, Now: noon, Rules: []audit.Rule{{ID: "1", Check: "test.asks", Params: tt.params}}}
		if got := judge.Findings(&seen)[0]; got.Verdict != tt.want || got.Message != tt.message {
			t.Errorf("%s: %s: %s", tt.name, got.Verdict, got.Message)
		}
	}
}
