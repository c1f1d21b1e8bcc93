package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// news makes a change of a finding; the subject is part of its fingerprint.
func news(kind history.ChangeKind, subject, rule string) history.Change {
	return history.Change{RunID: "R", Kind: kind, Subject: subject, Finding: &history.FindingState{Fingerprint: subject + "/" + rule, Subject: subject, Rule: rule}}
}

// seen makes what a second audit brings back.
func seen(subject string, reach audit.Reach, verdicts map[string]audit.Verdict) *audit.Record {
	r := &audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: &audit.Observation{Reach: reach}}}
	for rule, verdict := range verdicts {
		r.Findings = append(r.Findings, audit.Finding{Rule: rule, Subject: subject, Verdict: verdict, Fingerprint: subject + "/" + rule})
	}
	return r
}

func words(changes []history.Change) (list []string) {
	for _, c := range changes {
		word := string(c.Kind) + " " + c.Subject
		if c.Finding != nil {
			word += " " + c.Finding.Rule
		}
		list = append(list, word)
	}
	return list
}

func TestRecheck(t *testing.T) {
	down := history.Change{RunID: "R", Kind: history.ChangeUnreachable, Subject: "down"}
	for _, test := range []struct {
		name             string
		change           history.Change
		again            *audit.Record
		vanishes, asking bool
	}{
		{"still there", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Fail}), false, true},
		{"kept now", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass}), true, true},
		{"regressed, kept now", news(history.ChangeRegressed, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass}), true, true},
		{"undecided, kept now", news(history.ChangeUndecided, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass}), true, true},
		{"another rule is kept", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"s": audit.Pass}), false, true},
		{"not decided is no pass", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachUnreachable, map[string]audit.Verdict{"r": audit.Unknown}), false, true},
		{"not applicable is no pass", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.NotApplicable}), false, true},
		{"waived is no pass", news(history.ChangeNew, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Waived}), false, true},
		{"not brought back", news(history.ChangeNew, "a", "r"), seen("b", audit.ReachTLS, nil), false, true},
		{"answers again", down, seen("down", audit.ReachTLS, nil), true, true},
		{"still down", down, seen("down", audit.ReachUnreachable, nil), false, true},
		{"nothing learnt", down, seen("down", audit.ReachUnknown, nil), false, true},
		{"answers without TLS", down, seen("down", audit.ReachNoTLS, nil), false, true},
		{"good news needs no second look", news(history.ChangeFixed, "a", "r"), seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass}), false, false},
		{"a certificate is what it is", history.Change{Kind: history.ChangeCertificate, Subject: "a"}, seen("a", audit.ReachTLS, nil), false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := false
			got, err := Recheck(t.Context(), []history.Change{test.change}, 10, func(context.Context, []string) ([]*audit.Record, error) {
				asked = true
				return []*audit.Record{test.again}, nil
			})
			if err != nil || asked != test.asking {
				t.Fatalf("asked %t, %v", asked, err)
			}
			if vanished := len(got.Vanished) == 1; vanished != test.vanishes || len(got.Notify)+len(got.Vanished) != 1 {
				t.Errorf("%+v", got)
			}
			if test.vanishes && (got.Vanished[0].Kind != history.ChangeFlapping || got.Vanished[0].Text == "" || got.Vanished[0].Subject != test.change.Subject) {
				t.Errorf("noted as %+v", got.Vanished[0])
			}
		})
	}
}

// TestRecheckBound: each subject is audited once, the first ones only, and what
// is over the bound is told of unchecked.
func TestRecheckBound(t *testing.T) {
	changes := []history.Change{news(history.ChangeFixed, "z", "r")}
	for i := range 5 {
		subject := fmt.Sprint("s", i)
		changes = append(changes, news(history.ChangeNew, subject, "r"), news(history.ChangeRegressed, subject, "s"))
	}
	again := func(_ context.Context, subjects []string) (records []*audit.Record, err error) {
		if !slices.Equal(subjects, []string{"s0", "s1"}) {
			t.Errorf("audited once more: %q", subjects)
		}
		for _, subject := range subjects {
			records = append(records, seen(subject, audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass, "s": audit.Fail}))
		}
		return records, nil
	}
	got, err := Recheck(t.Context(), changes, 2, again)
	if err != nil || got.Subjects != 2 || got.Left != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"flapping s0 r", "flapping s1 r"}, words(got.Vanished)); diff != "" {
		t.Error(diff)
	}
	want := []string{"fixed z r", "regressed s0 s", "regressed s1 s", "new s2 r", "regressed s2 s", "new s3 r", "regressed s3 s", "new s4 r", "regressed s4 s"}
	if diff := cmp.Diff(want, words(got.Notify)); diff != "" {
		t.Error(diff)
	}
	if changes[1].Kind != history.ChangeNew {
		t.Error("the caller's list was changed")
	}
	none := func(context.Context, []string) ([]*audit.Record, error) { t.Error("asked"); return nil, nil }
	if got, err := Recheck(t.Context(), changes, 0, none); err != nil || len(got.Notify) != len(changes) || got.Left != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRecheckFails: what could not be looked at again is told of.
func TestRecheckFails(t *testing.T) {
	changes := []history.Change{news(history.ChangeNew, "a", "r")}
	broken := errors.New("no descriptors left")
	got, err := Recheck(t.Context(), changes, 5, func(context.Context, []string) ([]*audit.Record, error) {
		return []*audit.Record{seen("a", audit.ReachTLS, map[string]audit.Verdict{"r": audit.Pass})}, broken
	})
	if !errors.Is(err, broken) || len(got.Notify) != 1 || len(got.Vanished) != 0 || got.Subjects != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestLifecycle: the order, and that a stop behind the audit does not lose news.
func TestLifecycle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var steps []string
	job := Job{Schedule: Schedule{Name: "nightly"}}
	l := Lifecycle{
		Audit: func(context.Context, Job) (*history.Run, error) {
			steps = append(steps, "audit")
			return &history.Run{ID: "R"}, nil
		},
		Changes: func(_ context.Context, run *history.Run) ([]history.Change, error) {
			steps = append(steps, "changes of "+run.ID)
			return []history.Change{news(history.ChangeNew, "a", "r")}, nil
		},
		Again: func(ctx context.Context, subjects []string) ([]*audit.Record, error) {
			steps = append(steps, "again "+subjects[0])
			cancel()
			return nil, ctx.Err()
		},
		Notify: func(ctx context.Context, _ Job, run *history.Run, r *Rechecked, err error) error {
			steps = append(steps, fmt.Sprintf("notify %d of %s, not checked: %t", len(r.Notify), run.ID, errors.Is(err, context.Canceled)))
			return ctx.Err()
		},
	}
	if err := l.Do(ctx, job); err != nil {
		t.Error(err)
	}
	want := []string{"audit", "changes of R", "again a", "notify 1 of R, not checked: true"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error(diff)
	}
	l.Again, steps = nil, nil
	if err := l.Do(t.Context(), job); err != nil || len(steps) != 3 {
		t.Errorf("%q, %v", steps, err)
	}
	failed := errors.New("no policy")
	l.Audit = func(context.Context, Job) (*history.Run, error) { return nil, failed }
	if steps = nil; !errors.Is(l.Do(t.Context(), job), failed) || steps != nil {
		t.Errorf("after a failed audit: %q", steps)
	}
}
