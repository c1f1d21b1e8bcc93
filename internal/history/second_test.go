package history_test

import (
	"path/filepath"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// TestRefuted: a second look takes back only what it decides to be otherwise.
func TestRefuted(t *testing.T) {
	news := func(kind history.ChangeKind) history.Change {
		return history.Change{Kind: kind, Subject: "a", Finding: &history.FindingState{Fingerprint: "a/r", Rule: "r"}}
	}
	record := func(reach audit.Reach, rule string, verdict audit.Verdict) *audit.Record {
		return &audit.Record{
			Evidence: audit.Evidence{Subject: "a", Observed: &audit.Observation{Reach: reach}},
			Findings: []audit.Finding{{Rule: rule, Fingerprint: "a/" + rule, Verdict: verdict}},
		}
	}
	cut := record(audit.ReachTLS, "r", audit.Pass)
	cut.Evidence.Observed.Interrupted = true
	down := history.Change{Kind: history.ChangeUnreachable, Subject: "a"}
	for _, tt := range []struct {
		name    string
		change  history.Change
		again   *audit.Record
		refuted bool
	}{
		{"still there", news(history.ChangeNew), record(audit.ReachTLS, "r", audit.Fail), false},
		{"kept now", news(history.ChangeNew), record(audit.ReachTLS, "r", audit.Pass), true},
		{"regressed, kept now", news(history.ChangeRegressed), record(audit.ReachTLS, "r", audit.Pass), true},
		{"undecided, kept now", news(history.ChangeUndecided), record(audit.ReachTLS, "r", audit.Pass), true},
		{"another rule is kept", news(history.ChangeNew), record(audit.ReachTLS, "s", audit.Pass), false},
		{"not decided is no pass", news(history.ChangeNew), record(audit.ReachUnreachable, "r", audit.Unknown), false},
		{"not applicable is no pass", news(history.ChangeNew), record(audit.ReachTLS, "r", audit.NotApplicable), false},
		{"waived is no pass", news(history.ChangeNew), record(audit.ReachTLS, "r", audit.Waived), false},
		{"answers again", down, record(audit.ReachTLS, "r", audit.Pass), true},
		{"answers again, and is cut short", down, cut, false},
		{"still down", down, record(audit.ReachUnreachable, "r", audit.Unknown), false},
		{"nothing learnt", down, record(audit.ReachUnknown, "r", audit.Unknown), false},
		{"answers without TLS", down, record(audit.ReachNoTLS, "r", audit.Unknown), false},
		{"good news needs no second look", news(history.ChangeFixed), record(audit.ReachTLS, "r", audit.Pass), false},
		{"a certificate is what it is", history.Change{Kind: history.ChangeCertificate, Subject: "a"}, record(audit.ReachTLS, "r", audit.Pass), false},
	} {
		if got := tt.change.Refuted(tt.again); got != tt.refuted {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// TestSecondLookIsNotLatest: the latest run is the one a second look looked at.
func TestSecondLookIsNotLatest(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "audits.db"))
	first := keep(t, s, 0, small(0, "a.example.com tls R1=fail!"))
	w := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(1), Trigger: history.TriggerRecheck}))(t)
	must(w.Finish(t.Context(), small(1, "a.example.com tls R1=pass"), 0))(t)
	if run := must(s.Run(t.Context(), "latest"))(t); run.ID != first.ID {
		t.Errorf("the latest is %s of %s", run.ID, run.Trigger)
	}
}
