package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// waive is a hook that waives every fail.
func waive(_ string, _ *audit.Observation, findings []audit.Finding) {
	for i := range findings {
		if f := &findings[i]; f.Verdict == audit.Fail {
			f.Waiver, f.Verdict = &audit.WaiverRef{ID: "W", Was: f.Verdict}, audit.Waived
		}
	}
}

// TestMark: hooks are called in order, once for each subject, before anything
// is counted and sorted.
func TestMark(t *testing.T) {
	var mu sync.Mutex
	called := map[string]int{}
	judge := byHost()
	judge.Rules = append(judge.Rules, audit.Rule{Profile: "p", ID: "A", Check: "none", Level: audit.Must})
	judge.Mark = []Mark{waive, func(subject string, o *audit.Observation, findings []audit.Finding) {
		mu.Lock()
		defer mu.Unlock()
		called[subject]++
		if (o == nil) != strings.HasPrefix(subject, "gateway:") {
			t.Errorf("observation of %s: %v", subject, o)
		}
		for i := range findings {
			if findings[i].Verdict == audit.Waived {
				findings[i].Status = "seen"
			}
		}
	}}
	r := do(t, context.Background(), &Run{Targets: endpoints(4, nil), Scan: observe, Judge: judge, Records: rows()}).Report
	if r.Summary.Fail != 0 || r.Summary.Waived != 2 || r.Summary.FailBySeverity["high"] != 0 {
		t.Errorf("summary %+v", r.Summary)
	}
	for subject, n := range called {
		if n != 1 {
			t.Errorf("%d calls for %s", n, subject)
		}
	}
	if len(called) != 6 {
		t.Errorf("called for %v", called)
	}
	for record, err := range r.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(record.Findings, func(a, b audit.Finding) int { return a.Compare(&b) }) {
			t.Errorf("findings of %s are not sorted: %+v", record.Evidence.Subject, record.Findings)
		}
		for _, f := range record.Findings {
			if f.Verdict == audit.Waived && (f.Status != "seen" || f.Waiver.Was != audit.Fail) {
				t.Errorf("finding %+v", f)
			}
		}
	}
	want := []audit.ProfileSummary{{Profile: "p", Unknown: 4}}
	if diff := cmp.Diff(want, r.Summary.Profiles); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
}

// rows are two rows of a table, as they are judged elsewhere: one with a
// finding, one without.
func rows() []audit.Record {
	row := func(n int, findings ...audit.Finding) audit.Record {
		subject := "gateway:corp/outbound/" + string(rune('0'+n)) + ":row"
		for i := range findings {
			findings[i].Subject = subject
		}
		return audit.Record{Findings: findings, Evidence: audit.Evidence{Subject: subject,
			Connection: &audit.Connection{Direction: "outbound", Priority: n, Name: "row"}}}
	}
	return []audit.Record{
		row(2, audit.Finding{Profile: "corp", Rule: "FP-01", Verdict: audit.Warn}, audit.Finding{Profile: "corp", Rule: "FP-02", Verdict: audit.Fail, Severity: audit.High}),
		row(1),
	}
}

// TestRecords: what was judged elsewhere is kept, counted and sorted with the
// rest, and is no endpoint.
func TestRecords(t *testing.T) {
	records := rows()
	r := do(t, context.Background(), &Run{Targets: endpoints(2, nil), Scan: observe, Judge: byHost(), Records: records}).Report
	want := audit.Summary{Subjects: 2, Judged: 2, Fail: 1, Warn: 1, Pass: 2, Rows: 2, FailBySeverity: map[string]int{"high": 1}, Connections: 4, Score: audit.Score{Points: 29, Of: 44},
		Profiles: []audit.ProfileSummary{{Profile: "p", Pass: 2}}}
	if diff := cmp.Diff(want, r.Summary); diff != "" || !r.Complete {
		t.Errorf("complete %v: %q (-want +got):\n%s", r.Complete, r.Incomplete, diff)
	}
	var subjects []string
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, record.Evidence.Subject)
		if row := record.Evidence.Connection; row != nil && (record.Evidence.Observed != nil || row.Name != "row") {
			t.Errorf("evidence %+v", record.Evidence)
		}
		for _, f := range record.Findings {
			if f.Fingerprint != audit.FindingFingerprint(f.Profile, f.Rule, f.Subject) {
				t.Errorf("fingerprint of %+v", f)
			}
		}
	}
	order := []string{"gateway:corp/outbound/2:row", "https://host00000.example.com:443", "https://host00001.example.com:443", "gateway:corp/outbound/1:row"}
	if diff := cmp.Diff(order, subjects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if records[0].Findings[0].Fingerprint != "" || records[0].Findings[0].Rule != "FP-01" {
		t.Error("the caller's records were changed")
	}
}

// TestOpenRow: a row that could not be decided leaves the report incomplete.
func TestOpenRow(t *testing.T) {
	records := rows()
	records[0].Findings[0].Verdict = audit.Unknown
	r := do(t, context.Background(), &Run{Targets: endpoints(2, nil), Scan: observe, Judge: byHost(), Records: records}).Report
	if r.Complete || r.Stopped || r.Incomplete != "1 of 2 rows of the gateway table could not be judged in full" {
		t.Errorf("complete %v: %q", r.Complete, r.Incomplete)
	}
}

func TestRecordsTwice(t *testing.T) {
	r := Run{Targets: endpoints(1, nil), Scan: observe, Judge: byHost(), Records: append(rows(), rows()...), SpoolDir: t.TempDir()}
	result, err := r.Do(context.Background())
	if result != nil || err == nil || err.Error() != "internal error: two records of gateway:corp/outbound/2:row" {
		t.Errorf("%v, error %v", result, err)
	}
}

// TestWhatIf: the probes are judged beside the rules, for the hook alone.
func TestWhatIf(t *testing.T) {
	judge := byHost()
	judge.Mark = []Mark{waive}
	judge.Remedy = func(string, audit.Want) *audit.Remedy { return &audit.Remedy{} }
	judge.Checks[0].Want = func(any) audit.Want { return audit.Want{Strong: true} }
	judge.Probes = []audit.Rule{{Profile: "whatif", ID: "whatif.one", Check: "test.check", Level: audit.Must}, {Profile: "whatif", ID: "whatif.two", Check: "none", Level: audit.Must}}
	judge.WhatIf = func(o *audit.Observation, probes []audit.Finding) *audit.WhatIf {
		var list []string
		for _, f := range probes {
			if f.Remedy != nil {
				t.Errorf("remedy of %s", f.Rule)
			}
			list = append(list, f.Rule+" "+f.Verdict.String())
		}
		if strings.HasPrefix(o.Target.Host, "host00000") {
			return nil
		}
		return &audit.WhatIf{Highest: list}
	}
	r := do(t, context.Background(), &Run{Targets: endpoints(4, nil), Scan: observe, Judge: judge}).Report
	var got [][]string
	for record, err := range r.Records.BySubject() {
		switch {
		case err != nil:
			t.Fatal(err)
		case record.WhatIf == nil:
			got = append(got, nil)
		default:
			got = append(got, record.WhatIf.Highest)
		}
		if len(record.Findings) != 1 || record.Findings[0].Rule != "R" {
			t.Errorf("findings %+v", record.Findings)
		}
	}
	passes := []string{"whatif.two unknown", "whatif.one pass"}
	if diff := cmp.Diff([][]string{nil, passes, passes, {"whatif.one fail", "whatif.two unknown"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Summary.UnknownFindings != 0 || len(r.Summary.Profiles) != 1 {
		t.Errorf("the probes are counted: %+v", r.Summary)
	}
}
