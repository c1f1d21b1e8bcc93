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

// news makes a change of a finding.
func news(kind history.ChangeKind, subject, rule string) history.Change {
	return history.Change{RunID: "R", Kind: kind, Subject: subject, Finding: &history.FindingState{Fingerprint: subject + "/" + rule, Subject: subject, Rule: rule}}
}

// TestDubious: each subject of bad news is audited once more, the first ones
// only, and those over the bound are counted.
func TestDubious(t *testing.T) {
	changes := []history.Change{news(history.ChangeFixed, "z", "r"), {Kind: history.ChangeCertificate, Subject: "y"}}
	for i := range 5 {
		subject := fmt.Sprint("s", i)
		changes = append(changes, news(history.ChangeNew, subject, "r"), news(history.ChangeRegressed, subject, "s"))
	}
	changes = append(changes, history.Change{Kind: history.ChangeUnreachable, Subject: "down"}, news(history.ChangeUndecided, "u", "r"))
	for most, want := range map[int]struct {
		subjects []string
		left     int
	}{0: {nil, 7}, 2: {[]string{"s0", "s1"}, 5}, 9: {[]string{"s0", "s1", "s2", "s3", "s4", "down", "u"}, 0}} {
		if subjects, left := dubious(changes, most); !slices.Equal(subjects, want.subjects) || left != want.left {
			t.Errorf("at most %d: %q, and %d left", most, subjects, left)
		}
	}
}

// TestLifecycle: the order, and that a stop behind the audit does not lose news.
func TestLifecycle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var steps []string
	broken := errors.New("no descriptors left")
	job := Job{Schedule: Schedule{Name: "nightly", Depth: audit.DepthDeep}}
	l := Lifecycle{
		Audit: func(context.Context, Job) (*history.Run, error) {
			steps = append(steps, "audit")
			return &history.Run{ID: "R"}, nil
		},
		Changes: func(_ context.Context, run *history.Run) ([]history.Change, error) {
			steps = append(steps, "changes of "+run.ID)
			return []history.Change{news(history.ChangeNew, "a", "r"), news(history.ChangeNew, "b", "r")}, nil
		},
		Again: func(_ context.Context, job Job, run *history.Run, subjects []string) (int, error) {
			steps = append(steps, fmt.Sprintf("again %q of %s, %s", subjects, run.ID, job.Schedule.Depth))
			cancel()
			return 0, broken
		},
		Notify: func(ctx context.Context, _ Job, run *history.Run, r Rechecked) error {
			steps = append(steps, fmt.Sprintf("notify of %s: %d looked at, %d left, failed: %t", run.ID, r.Subjects, r.Left, errors.Is(r.Err, broken)))
			return ctx.Err()
		},
	}
	one := 1
	job.Schedule.Recheck = &one
	if err := l.Do(ctx, job); err != nil {
		t.Error(err)
	}
	want := []string{"audit", "changes of R", `again ["a"] of R, deep`, "notify of R: 0 looked at, 1 left, failed: true"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error(diff)
	}
	none := 0
	job.Schedule.Recheck, steps = &none, nil
	if err := l.Do(t.Context(), job); err != nil || len(steps) != 3 {
		t.Errorf("%q, %v", steps, err)
	}
	failed := errors.New("no policy")
	l.Audit = func(context.Context, Job) (*history.Run, error) { return nil, failed }
	if steps = nil; !errors.Is(l.Do(t.Context(), job), failed) || steps != nil {
		t.Errorf("after a failed audit: %q", steps)
	}
}
