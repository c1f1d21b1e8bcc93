package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// lookingAhead is a service over a history of some nights, that is not served.
func lookingAhead(t *testing.T, now *time.Time) *service {
	t.Helper()
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "audits.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	a := &app{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: func() time.Time { return *now }}
	s := &service{app: a, set: &settings{}, store: store, log: slog.New(slog.DiscardHandler)}
	s.set.audit.given = func(string) bool { return false }
	s.outlook = &outlook{service: s}
	ctx, stop := context.WithCancel(t.Context())
	s.audits = &audits{service: s, live: ctx, known: map[string]*dashboard.Progress{}}
	t.Cleanup(func() {
		stop()
		s.tasks.Wait()
	})
	return s
}

// TestOutlookIsRenewed looks ahead once for each run and day, and says what was
// made before where a newer one is not there in a moment.
func TestOutlookIsRenewed(t *testing.T) {
	now := historytest.Night(1).Add(6 * time.Hour)
	s := lookingAhead(t, &now)
	if _, err := s.outlook.Forecast(t.Context()); err == nil {
		t.Error("there is a forecast of nothing")
	}
	fill := func() {
		t.Helper()
		if err := historytest.Fill(t.Context(), s.store, 1, 30, 1); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	first, err := s.outlook.Forecast(t.Context())
	if err != nil || first == nil || first.Subjects != 30 || !first.Made.Equal(now) || first.Renewing || len(first.Events) == 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	now = now.Add(time.Hour)
	if same, err := s.outlook.Forecast(t.Context()); err != nil || !same.Made.Equal(first.Made) {
		t.Errorf("it is made again an hour later: %v", err)
	}
	fill()
	if after, err := s.outlook.Forecast(t.Context()); err != nil || !after.Made.Equal(now) {
		t.Errorf("it is not made after a run: %v", err)
	}
	now = now.AddDate(0, 0, 1)
	if next, err := s.outlook.Forecast(t.Context()); err != nil || !next.Made.Equal(now) {
		t.Errorf("it is not made on another day: %v", err)
	}
	o := s.outlook
	o.mu.Lock()
	slow := &foretold{key: o.latest.key, done: make(chan struct{})}
	o.latest = slow
	o.mu.Unlock()
	defer close(slow.done)
	began := time.Now()
	if old, err := o.Forecast(t.Context()); err != nil || old == nil || !old.Renewing || time.Since(began) > 2*shortly {
		t.Errorf("after %s: %+v, %v", time.Since(began), old, err)
	}
	o.last = nil
	if none, err := o.Gateway(t.Context()); err != nil || none != nil {
		t.Errorf("what was never made is %+v, %v", none, err)
	}
}

// TestOutlookTriesAgain has the policy be damaged for a while.
func TestOutlookTriesAgain(t *testing.T) {
	now := historytest.Night(1)
	s := lookingAhead(t, &now)
	if err := historytest.Fill(t.Context(), s.store, 1, 5, 1); err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	s.set.audit.policies = []string{policy}
	if _, err := s.outlook.Forecast(t.Context()); err == nil {
		t.Error("a policy that is not there is judged by")
	}
	table := "policy: {id: house, title: House}\nprofiles: [baseline]\nconnections:\n- {name: partners, priority: 1, direction: outbound, match: {domains: [.example.com]}, security: encrypt, strength: medium}\n"
	if err := os.WriteFile(policy, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	told, err := s.outlook.Gateway(t.Context())
	if err != nil || told == nil || !told.Tables || len(told.Impact) != 1 || told.Impact[0].Row != "partners" || len(told.Impact[0].Cells) == 0 {
		t.Errorf("%+v, %v", told, err)
	}
}
