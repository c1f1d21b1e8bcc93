package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// says makes a check that always says the same.
func says(needs []audit.Need, outcomes ...audit.Outcome) *audit.Check {
	return &audit.Check{ID: "test.check", Title: "All is well", Needs: needs, Run: func(*audit.Case) []audit.Outcome { return outcomes }}
}

func outcome(k audit.OutcomeKind, message string) audit.Outcome {
	return audit.Outcome{Kind: k, Message: message}
}

func reached() audit.Observation {
	return audit.Observation{Target: audit.Target{Protocol: "https", Host: "www.example.com", Port: 443}, Reach: audit.ReachTLS}
}

func dead() audit.Observation {
	o := reached()
	o.Reach, o.Reason = audit.ReachUnreachable, "connection refused"
	return o
}

func TestVerdicts(t *testing.T) {
	tls := []audit.Need{audit.NeedTLS}
	violated, advice := outcome(audit.Violated, "broken"), outcome(audit.Advice, "barely")
	undecided, moot, met := outcome(audit.Undecided, "unclear"), outcome(audit.Moot, "nothing to see"), outcome(audit.Met, "fine")
	tests := []struct {
		name    string
		check   *audit.Check
		level   audit.Level
		o       audit.Observation
		want    audit.Verdict
		message string
	}{
		{"nothing said", says(tls), audit.Must, reached(), audit.Pass, "All is well"},
		{"met", says(tls, met), audit.Must, reached(), audit.Pass, "fine"},
		{"violated must", says(tls, met, violated), audit.Must, reached(), audit.Fail, "broken"},
		{"violated must_not", says(tls, violated), audit.MustNot, reached(), audit.Fail, "broken"},
		{"violated should", says(tls, violated), audit.Should, reached(), audit.Warn, "broken"},
		{"violated should_not", says(tls, violated), audit.ShouldNot, reached(), audit.Warn, "broken"},
		{"violated may", says(tls, violated), audit.May, reached(), audit.Pass, "for information: broken"},
		{"violated at a level nobody knows", says(tls, violated), audit.Level("ought"), reached(), audit.Fail, "broken"},
		{"advice", says(tls, advice, met), audit.Must, reached(), audit.Warn, "barely"},
		{"advice under may", says(tls, advice), audit.May, reached(), audit.Pass, "for information: barely"},
		{"undecided beats advice", says(tls, advice, undecided, met), audit.Must, reached(), audit.Unknown, "not judged: unclear"},
		{"undecided under may", says(tls, undecided), audit.May, reached(), audit.Unknown, "not judged: unclear"},
		{"violation beats undecided", says(tls, undecided, violated), audit.Must, reached(), audit.Fail, "broken"},
		{"moot", says(tls, moot), audit.Must, reached(), audit.NotApplicable, "nothing to see"},
		{"moot beside met", says(tls, moot, met), audit.Must, reached(), audit.Pass, "fine"},
		{"need not met", says(tls), audit.Must, dead(), audit.Unknown, "not judged: unreachable: connection refused"},
		{"need not met beats met", says(tls, met), audit.Must, dead(), audit.Unknown, "not judged: unreachable: connection refused"},
		{"need not met beats moot", says(tls, moot), audit.Must, dead(), audit.Unknown, "not judged: unreachable: connection refused"},
		{"need not met beats advice", says(tls, advice), audit.Must, dead(), audit.Unknown, "not judged: unreachable: connection refused"},
		{"violation beats need not met", says(tls, violated), audit.Must, dead(), audit.Fail, "broken"},
		{"panic", &audit.Check{ID: "test.check", Run: func(*audit.Case) []audit.Outcome { panic("index out of range") }}, audit.Must, reached(),
			audit.Unknown, "not judged: internal error in check test.check: index out of range"},
		{"other protocol", &audit.Check{ID: "test.check", Protocols: []string{"smtp"}}, audit.Must, reached(), audit.NotApplicable, "does not apply to https"},
		{"several messages", says(nil, outcome(audit.Violated, "a"), outcome(audit.Violated, "b"), outcome(audit.Violated, "a"), outcome(audit.Violated, "c"),
			outcome(audit.Violated, "d")), audit.Must, reached(), audit.Fail, "a; b; c; d"},
		{"many messages", says(nil, outcome(audit.Violated, "a"), outcome(audit.Violated, "b"), outcome(audit.Violated, "c"), outcome(audit.Violated, "d"),
			outcome(audit.Violated, "e")), audit.Must, reached(), audit.Fail, "a; b; c; +2 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge{Checks: []*audit.Check{tt.check}, Rules: []audit.Rule{{Profile: "p", ID: "R", Check: "test.check", Level: tt.level}}, Now: noon}
			got := j.Findings(&tt.o)
			if len(got) != 1 {
				t.Fatalf("%d findings", len(got))
			}
			if got[0].Verdict != tt.want || got[0].Message != tt.message {
				t.Errorf("%s %q, want %s %q", got[0].Verdict, got[0].Message, tt.want, tt.message)
			}
		})
	}
}

// TestZeroVerdict guards the promise that silence is not consent.
func TestZeroVerdict(t *testing.T) {
	j := Judge{Rules: []audit.Rule{{Profile: "p", ID: "R", Check: "no.such.check", Level: audit.Must}}, Now: noon}
	o := reached()
	got := j.Findings(&o)
	if len(got) != 1 || got[0].Verdict != audit.Unknown || !strings.Contains(got[0].Message, "no.such.check") {
		t.Errorf("a rule without a check gives %+v", got)
	}
}

func TestWhichRulesSpeak(t *testing.T) {
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	rule := func(change func(*audit.Rule)) audit.Rule {
		r := audit.Rule{Profile: "p", ID: "R", Check: "test.check", Level: audit.Must}
		change(&r)
		return r
	}
	tests := []struct {
		name string
		rule audit.Rule
		want []string
	}{
		{"in force", rule(func(r *audit.Rule) { r.From, r.Until = year(2026), year(2027) }), []string{"pass All is well"}},
		{"later", rule(func(r *audit.Rule) { r.From = year(2031) }), []string{"not-applicable in force from 2031-01-01"}},
		{"over", rule(func(r *audit.Rule) { r.Until = year(2026) }), []string{"not-applicable in force until 2025-12-31"}},
		{"first moment", rule(func(r *audit.Rule) { r.From = noon }), []string{"pass All is well"}},
		{"last moment is over", rule(func(r *audit.Rule) { r.Until = noon }), []string{"not-applicable in force until 2026-11-20"}},
		{"other protocol", rule(func(r *audit.Rule) { r.Applies = []string{"smtp"} }), []string{"not-applicable does not apply to https"}},
		{"table row that another shadows", rule(func(r *audit.Rule) { r.Match = func(*audit.Target, *audit.Observation) bool { return false } }), nil},
		{"table row that matches", rule(func(r *audit.Rule) { r.Match = func(*audit.Target, *audit.Observation) bool { return true } }), []string{"pass All is well"}},
		{"match panics", rule(func(r *audit.Rule) { r.Match = func(*audit.Target, *audit.Observation) bool { panic("oops") } }),
			[]string{"unknown not judged: internal error in the match of rule R: oops"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge{Checks: []*audit.Check{says(nil)}, Rules: []audit.Rule{tt.rule}, Now: noon}
			o := reached()
			var got []string
			for _, f := range j.Findings(&o) {
				got = append(got, f.Verdict.String()+" "+f.Message)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindingFields(t *testing.T) {
	place := &audit.Place{File: "inventory.yaml", Line: 7, Col: 3}
	o := reached()
	o.Target.Place, o.Target.Product = place, "nginx"
	var gotLevel audit.Level
	check := says(nil, audit.Outcome{Kind: audit.Violated, Message: "broken", Evidence: "alert 40"})
	check.Want = func(any) audit.Want { return audit.Want{Strong: true} }
	check.WantFor = func(c *audit.Case) audit.Want {
		gotLevel = c.Level
		return audit.Want{MinVersion: audit.TLSv12}
	}
	j := Judge{Checks: []*audit.Check{check}, Now: noon,
		Rules: []audit.Rule{{Profile: "p", ID: "R", Control: "4.2", Check: "test.check", Level: audit.MustNot, Severity: audit.High, Confidence: "low"}},
		Remedy: func(product string, w audit.Want) *audit.Remedy {
			return &audit.Remedy{Product: product, Text: "at least " + w.MinVersion.String()}
		}}
	want := []audit.Finding{{Rule: "R", Control: "4.2", Profile: "p", Check: "test.check", Subject: "https://www.example.com:443", Level: audit.MustNot,
		Verdict: audit.Fail, Severity: audit.High, Message: "broken", Evidence: "alert 40", Place: place,
		Remedy: &audit.Remedy{Product: "nginx", Text: "at least TLSv1.2"}, Confidence: "low",
		Fingerprint: audit.FindingFingerprint("p", "R", "https://www.example.com:443")}}
	if diff := cmp.Diff(want, j.Findings(&o)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if gotLevel != audit.MustNot {
		t.Errorf("the check was told level %q", gotLevel)
	}
	o.Target.Product = ""
	if got := j.Findings(&o)[0].Remedy.Product; got != "generic" {
		t.Errorf("no product: remedy for %q", got)
	}
	j.Remedy = func(string, audit.Want) *audit.Remedy { panic("oops") }
	if f := j.Findings(&o)[0]; f.Verdict != audit.Fail || f.Remedy != nil {
		t.Errorf("a panic in the remedy gives %s with %v", f.Verdict, f.Remedy)
	}
}

func TestFindingsWorstFirst(t *testing.T) {
	kinds := []audit.OutcomeKind{audit.Met, audit.Moot, audit.Advice, audit.Undecided, audit.Violated}
	var j Judge
	for i, k := range kinds {
		id := string(rune('a' + i))
		check := says(nil, outcome(k, "m"))
		check.ID = id
		j.Checks = append(j.Checks, check)
		j.Rules = append(j.Rules, audit.Rule{ID: id, Check: id, Level: audit.Must})
	}
	o := reached()
	var got []string
	for _, f := range j.Findings(&o) {
		got = append(got, f.Verdict.String())
	}
	if diff := cmp.Diff([]string{"fail", "unknown", "warn", "pass", "not-applicable"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDirection: a prohibition is told to the check as one, also where a policy
// lowered it to may; the lead of a rule opens its message.
func TestDirection(t *testing.T) {
	check := &audit.Check{ID: "test.check", Run: func(c *audit.Case) []audit.Outcome {
		if c.Forbids {
			return []audit.Outcome{outcome(audit.Violated, "accepted")}
		}
		return []audit.Outcome{outcome(audit.Violated, "not offered")}
	}}
	tests := []struct {
		rule audit.Rule
		want string
	}{
		{audit.Rule{Level: audit.Must}, "fail not offered"},
		{audit.Rule{Level: audit.MustNot}, "fail accepted"},
		{audit.Rule{Level: audit.ShouldNot}, "warn accepted"},
		{audit.Rule{Level: audit.May}, "pass for information: not offered"},
		{audit.Rule{Level: audit.May, Lowered: audit.MustNot}, "pass for information: accepted"},
		{audit.Rule{Level: audit.May, Lowered: audit.Should}, "pass for information: not offered"},
		{audit.Rule{Level: audit.May, Lead: "no row matches"}, "pass no row matches: for information: not offered"},
		{audit.Rule{Level: audit.Must, Undecided: "the target does not say"}, "unknown not judged: the target does not say"},
		{audit.Rule{Level: audit.Must, Undecided: "the target does not say", Until: noon}, "not-applicable"},
	}
	for _, tt := range tests {
		tt.rule.Check = check.ID
		j := Judge{Checks: []*audit.Check{check}, Rules: []audit.Rule{tt.rule}, Now: noon}
		o := reached()
		f := j.Findings(&o)[0]
		if got := f.Verdict.String() + " " + f.Message; got != tt.want && (tt.want != "not-applicable" || f.Verdict != audit.NotApplicable) {
			t.Errorf("%s, lowered from %q: %q, want %q", tt.rule.Level, tt.rule.Lowered, got, tt.want)
		}
	}
}
