package main

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// TestRunOfReport: a report is of a run if it judges what was seen for it.
func TestRunOfReport(t *testing.T) {
	at := historytest.Night(3)
	for name, tt := range map[string]struct {
		change func(*audit.Report)
		want   string
	}{
		"an audit":        {func(*audit.Report) {}, ""},
		"evidence":        {func(r *audit.Report) { r.Policies = nil }, "evidence alone"},
		"judged again":    {func(r *audit.Report) { r.Generated = r.Generated.AddDate(0, 0, 1); r.Now = r.Generated }, "judges again what was seen until 2026-01-08T03:"},
		"of another time": {func(r *audit.Report) { r.Now = r.Generated.AddDate(5, 0, 0) }, "judges as of 2031"},
		"no observation":  {func(r *audit.Report) { r.Records = judged{} }, ""},
	} {
		r := historytest.New(5, 1).Report(3)
		r.Policies, r.Now = []audit.PolicyRef{{ID: "p", SHA256: "aa"}}, r.Generated
		tt.change(r)
		run, err := runOfReport("r.json", r)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "r.json") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || run.seen.Before(at) || run.seen.After(r.Generated) || !run.Part || run.Inventory != "" || run.PolicySHA256 == "" {
			t.Errorf("%s: %+v, %v", name, run, err)
		}
	}
}

// TestAlreadyThere: a report is passed over if there is a run of the same endpoints,
// and not because one of others ended in the same second.
func TestAlreadyThere(t *testing.T) {
	s, err := history.Open(t.Context(), t.TempDir()+"/h.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := historytest.Fill(t.Context(), s, 3, 5, 1); err != nil {
		t.Fatal(err)
	}
	latest, err := s.Run(t.Context(), "latest")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(r *audit.Report) (string, error) {
		seen := r.Generated.Add(-time.Minute)
		return alreadyThere(t.Context(), s, "r.json", r, &reported{history.Run{PolicySHA256: latest.PolicySHA256, Started: seen}, seen})
	}
	if id, err := ask(historytest.New(5, 1).Report(2)); err != nil || id != latest.ID {
		t.Errorf("the same: %q, %v", id, err)
	}
	if id, err := ask(historytest.New(5, 1).Report(1)); err != nil || id == "" || id == latest.ID {
		t.Errorf("the one before: %q, %v", id, err)
	}
	other := historytest.New(5, 2).Report(2)
	other.Summary, other.Generated = latest.Summary, latest.Finished
	id, err := alreadyThere(t.Context(), s, "r.json", other, &reported{history.Run{PolicySHA256: latest.PolicySHA256, Started: other.Generated}, other.Generated})
	if err != nil || id != "" {
		t.Errorf("another of the same second: %q, %v", id, err)
	}
	// What it saw is older than what the newest run did, however new the report is.
	old := historytest.New(5, 3).Report(2)
	old.Generated = latest.Finished.Add(time.Hour)
	if _, err := alreadyThere(t.Context(), s, "r.json", old, &reported{history.Run{}, latest.Finished.Add(-time.Hour)}); err == nil || !strings.Contains(err.Error(), "a history goes forward") {
		t.Errorf("older evidence: %v", err)
	}
}

// TestCompareOrder: the run that ended later is the later one, also if it began
// first.
func TestCompareOrder(t *testing.T) {
	r := newRecorded(t)
	s, err := history.Open(t.Context(), r.database)
	if err != nil {
		t.Fatal(err)
	}
	begin := func(at time.Time) *history.Writer {
		w, err := s.Begin(t.Context(), history.Run{Started: at})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	slow, quick := begin(historytest.Night(0)), begin(historytest.Night(0).Add(time.Minute))
	for _, w := range []*history.Writer{quick, slow} {
		if _, err := w.Finish(t.Context(), historytest.New(3, 1).Report(0), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := r.run("history", "compare", "latest~1", "latest"); code == exitUsage {
		t.Errorf("%d: %s", code, stderr)
	}
	if code, _, stderr := r.run("history", "compare", slow.ID(), quick.ID()); code != exitUsage || !strings.Contains(stderr, "earlier") {
		t.Errorf("the wrong way round: %d: %s", code, stderr)
	}
}
