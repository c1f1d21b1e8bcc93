package history_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// recordList is the records of a small report.
type recordList []*audit.Record

func (l recordList) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for _, r := range l {
			if !yield(r, nil) {
				return
			}
		}
	}
}
func (l recordList) WorstFirst() iter.Seq2[*audit.Record, error] { return l.BySubject() }
func (l recordList) Findings() iter.Seq2[*audit.Record, error]   { return l.BySubject() }

// told makes a record of a word for each: "a.example.com tls R1=fail R2=pass".
// The word behind a reach is the leaf that is presented, if it has no "=".
func told(text string) *audit.Record {
	words := strings.Fields(text)
	o := &audit.Observation{Target: audit.Target{Protocol: "https", Host: words[0], Port: 443, System: "sys-" + words[0][:1]}, Reach: audit.Reach(words[1])}
	o.ChainsAnswer = audit.Accepted
	r := &audit.Record{Evidence: audit.Evidence{Subject: o.Target.Subject(), Observed: o}}
	if o.Reach == audit.ReachUnreachable {
		o.Reason = "connection refused"
	}
	for _, word := range words[2:] {
		rule, verdict, is := strings.Cut(word, "=")
		if !is {
			o.Chains = append(o.Chains, audit.Chain{Certificates: []audit.Certificate{{SHA256: word, Subject: "CN=" + words[0], Key: audit.Key{Type: "rsa", Bits: 3072}, NotAfter: historytest.FirstNight.AddDate(0, 3, 0)}}})
			continue
		}
		f := audit.Finding{Profile: "p", Rule: rule, Check: "c", Subject: r.Evidence.Subject, Severity: audit.Medium, Message: rule + " is " + verdict, Fingerprint: audit.FindingFingerprint("p", rule, r.Evidence.Subject)}
		if strings.HasSuffix(verdict, "!") {
			verdict, f.Severity = strings.TrimSuffix(verdict, "!"), audit.Critical
		}
		if err := f.Verdict.UnmarshalText([]byte(verdict)); err != nil {
			panic(err)
		}
		if f.Verdict == audit.Waived {
			f.Waiver = &audit.WaiverRef{ID: "W", Was: audit.Fail}
		}
		r.Findings = append(r.Findings, f)
	}
	slices.SortFunc(r.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
	return r
}

// small is a report of records.
func small(night int, records ...string) *audit.Report {
	r := &audit.Report{Schema: audit.SchemaV1, Generated: historytest.Night(night).Add(time.Hour), Rules: []audit.RuleRef{{Profile: "p", Rule: "R1"}}, Sources: []audit.FileRef{{File: "inventory.yaml"}}}
	var list recordList
	for _, text := range records {
		list = append(list, told(text))
	}
	r.Records = list
	return r
}

// keep keeps a report as a run of the whole inventory it names.
func keep(t testing.TB, s *history.Store, night int, r *audit.Report) *history.Run {
	t.Helper()
	return keepRun(t, s, night, history.Run{Inventory: r.Sources[0].File}, r)
}

func keepRun(t testing.TB, s *history.Store, night int, run history.Run, r *audit.Report) *history.Run {
	t.Helper()
	run.Started, run.Trigger = historytest.Night(night), "cli"
	w := must(s.Begin(t.Context(), run))(t)
	return must(w.Finish(t.Context(), r, 0))(t)
}

// happened lists the changes of a run in short.
func happened(t testing.TB, s *history.Store, run string) (list []string) {
	t.Helper()
	changes, next, err := s.Changes(t.Context(), run, history.Page{Limit: 1000})
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	for _, c := range changes {
		text := fmt.Sprintf("%s %s", c.Kind, strings.TrimSuffix(strings.TrimPrefix(c.Subject, "https://"), ".example.com:443"))
		if c.Finding != nil {
			text += " " + c.Finding.Rule + " " + c.Finding.Verdict.String()
		}
		list = append(list, text)
	}
	return list
}

// testChanges tells what becomes of findings and subjects from night to night.
func testChanges(t *testing.T, where place) {
	for _, test := range []struct {
		name   string
		nights []string // records, apart by "; "
		want   []string // changes, apart by "; "
	}{
		{"new, fixed, regressed", []string{"a.example.com tls R1=fail R2=pass", "a.example.com tls R1=pass R2=fail", "a.example.com tls R1=fail R2=fail"},
			[]string{"added a; new a R1 fail", "regressed a R2 fail; fixed a R1 pass", "regressed a R1 fail"}},
		{"nothing new", []string{"a.example.com tls R1=fail", "a.example.com tls R1=fail"}, []string{"added a; new a R1 fail", ""}},
		{"graver", []string{"a.example.com tls R1=warn", "a.example.com tls R1=fail", "a.example.com tls R1=fail!", "a.example.com tls R1=fail"},
			[]string{"added a; new a R1 warn", "regressed a R1 fail", "regressed a R1 fail", ""}},
		{"a waiver comes and goes", []string{"a.example.com tls R1=fail", "a.example.com tls R1=waived", "a.example.com tls R1=fail"},
			[]string{"added a; new a R1 fail", "", "regressed a R1 fail"}},
		{"undecided closes nothing", []string{"a.example.com tls R1=fail", "a.example.com tls R1=unknown", "a.example.com tls R1=unknown", "a.example.com tls R1=fail", "a.example.com tls R1=unknown", "a.example.com tls R1=pass"},
			[]string{"added a; new a R1 fail", "undecided a R1 unknown", "", "", "undecided a R1 unknown", "fixed a R1 pass"}},
		{"in order, undecided, open", []string{"a.example.com tls R1=pass", "a.example.com tls R1=unknown", "a.example.com tls R1=fail"},
			[]string{"added a", "undecided a R1 unknown", "regressed a R1 fail"}},
		{"undecided from the first", []string{"a.example.com tls R1=unknown", "a.example.com tls R1=fail"}, []string{"added a; undecided a R1 unknown", "new a R1 fail"}},
		{"unreachable is said once and fixes nothing", []string{"a.example.com tls R1=fail R2=pass", "a.example.com unreachable R1=unknown R2=unknown", "a.example.com unreachable R1=unknown R2=unknown", "a.example.com tls R1=fail R2=pass"},
			[]string{"added a; new a R1 fail", "unreachable a", "", "reachable a"}},
		{"cut short is not unreachable", []string{"a.example.com tls R1=fail", "a.example.com unknown R1=unknown", "a.example.com tls R1=fail"}, []string{"added a; new a R1 fail", "", ""}},
		{"never reached", []string{"a.example.com unreachable R1=unknown", "a.example.com tls R1=pass"}, []string{"added a", "reachable a"}},
		{"rule not asked any more", []string{"a.example.com tls R1=fail R2=fail", "a.example.com tls R1=not-applicable"},
			[]string{"added a; new a R1 fail; new a R2 fail", "gone a R1 not-applicable; gone a R2 not-applicable"}},
		{"flapping", []string{"a.example.com tls R1=fail", "a.example.com tls R1=pass", "a.example.com tls R1=fail", "a.example.com tls R1=pass", "a.example.com tls R1=fail"},
			[]string{"added a; new a R1 fail", "fixed a R1 pass", "regressed a R1 fail", "flapping a R1 pass", "flapping a R1 fail"}},
		{"certificate", []string{"a.example.com tls aa R1=pass", "a.example.com tls bb R1=pass", "a.example.com tls bb R1=pass", "a.example.com unreachable R1=unknown", "a.example.com tls bb R1=pass"},
			[]string{"added a", "certificate a", "", "unreachable a", "reachable a"}},
		{"certificate over an outage", []string{"a.example.com tls aa R1=pass", "a.example.com unreachable R1=unknown", "a.example.com tls bb R1=pass"},
			[]string{"added a", "unreachable a", "reachable a; certificate a"}},
		{"regressed over an outage", []string{"a.example.com tls R1=pass", "a.example.com unreachable R1=unknown", "a.example.com unreachable R1=unknown R2=unknown", "a.example.com tls R1=fail"},
			[]string{"added a", "unreachable a", "", "reachable a; regressed a R1 fail"}},
		{"undecided over an outage", []string{"a.example.com tls R1=pass", "a.example.com unreachable R1=unknown", "a.example.com tls R1=unknown"},
			[]string{"added a", "unreachable a", "reachable a; undecided a R1 unknown"}},
		{"a night without the profile", []string{"a.example.com tls R1=pass", "a.example.com tls", "a.example.com tls R1=fail"}, []string{"added a", "", "regressed a R1 fail"}},
		{"not asked, and asked again", []string{"a.example.com tls R1=pass R2=pass", "a.example.com tls R2=pass", "a.example.com tls R1=fail R2=pass"}, []string{"added a", "", "new a R1 fail"}},
		{"new after an outage", []string{"a.example.com tls R1=pass", "a.example.com unreachable R1=unknown", "a.example.com tls R1=pass R2=fail"}, []string{"added a", "unreachable a", "reachable a; new a R2 fail"}},
		{"gone and back", []string{"a.example.com tls R1=fail; b.example.com tls R1=pass", "b.example.com tls R1=pass", "a.example.com tls R1=fail; b.example.com tls R1=pass"},
			[]string{"added a; new a R1 fail; added b", "gone a", "added a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := opened(t, where(t))
			for i, night := range test.nights {
				run := keep(t, s, i, small(i, strings.Split(night, "; ")...))
				if diff := cmp.Diff(test.want[i], strings.Join(happened(t, s, run.ID), "; ")); diff != "" {
					t.Errorf("night %d (-want +got):\n%s", i, diff)
				}
			}
			if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 {
				t.Error(v.Damage)
			}
		})
	}
}

// testStates: since when, when last, and what is open.
func testStates(t *testing.T, where place) {
	s := opened(t, where(t))
	at := func(night int) time.Time { return historytest.Night(night).Add(time.Hour) }
	for i, night := range []string{"tls R1=fail R2=fail", "tls R1=fail R2=pass", "unreachable R1=unknown R2=unknown", "unreachable R1=unknown R2=unknown"} {
		keep(t, s, i, small(i, "a.example.com "+night))
	}
	list, _, err := s.Findings(t.Context(), history.FindingQuery{State: "all", Order: "age"})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	slices.SortFunc(list, func(a, b history.FindingState) int { return strings.Compare(a.Rule, b.Rule) })
	want := []history.FindingState{
		{Fingerprint: list[0].Fingerprint, Profile: "p", Rule: "R1", Check: "c", Subject: "https://a.example.com:443", System: "sys-a", Verdict: audit.Unknown, Severity: audit.Medium, Message: "R1 is unknown", FirstSeen: at(0), LastSeen: at(1), Since: at(2), OpenSince: at(0)},
		{Fingerprint: list[1].Fingerprint, Profile: "p", Rule: "R2", Check: "c", Subject: "https://a.example.com:443", System: "sys-a", Verdict: audit.Unknown, Severity: audit.Medium, Message: "R2 is unknown", FirstSeen: at(0), LastSeen: at(0), Since: at(2), OpenSince: at(0), FixedAt: at(1), Toggles: 1},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	open, _, err := s.Findings(t.Context(), history.FindingQuery{})
	if err != nil || len(open) != 1 || open[0].Rule != "R1" {
		t.Errorf("what is not decided any more is not closed: %v, %v", open, err)
	}
	state := must(s.Subject(t.Context(), "https://a.example.com:443"))(t)
	if !state.UnreachableSince.Equal(at(2)) || !state.FirstSeen.Equal(at(0)) || !state.LastSeen.Equal(at(3)) || state.Unknown != 2 || state.Reason != "connection refused" {
		t.Errorf("%+v", state)
	}
	// another inventory: what is not in it keeps its latest result
	other := small(4, "b.example.com tls R1=pass")
	other.Sources[0].File = "other.yaml"
	keep(t, s, 4, other)
	if got := happened(t, s, "latest"); len(got) != 1 || got[0] != "added b" {
		t.Error(got)
	}
	if again := must(s.Subject(t.Context(), "https://a.example.com:443"))(t); *again != *state {
		t.Errorf("%+v", again)
	}
}
