package history_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// testObserved: what was seen is there if the run is broken off, and only there.
func testObserved(t *testing.T, where place) {
	s := opened(t, where(t))
	ctx := t.Context()
	estate := historytest.New(30, 1)
	w := must(s.Begin(ctx, history.Run{Started: historytest.FirstNight, Trigger: "cli"}))(t)
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			if err := w.Observe(ctx, estate.Observation(i, 0)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs, _, err := s.Runs(ctx, history.Page{}); err != nil || len(runs) != 1 || runs[0].State != history.Running {
		t.Fatal(runs, err)
	}
	if err := w.Abandon(ctx, "it was cut short"); err != nil {
		t.Fatal(err)
	}
	run := must(s.Run(ctx, w.ID()))(t)
	if run.State != history.Incomplete || run.Why != "it was cut short" {
		t.Errorf("%+v", run)
	}
	n := 0
	for stored, err := range s.Evidence(ctx, w.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		if got, want := line(t, stored.Observed), line(t, estate.Observation(n, 0)); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
		n++
	}
	if n != 30 {
		t.Errorf("%d observations", n)
	}
	if _, err := s.Run(ctx, "latest"); !errors.Is(err, history.ErrNotFound) {
		t.Error("a run that was broken off counts:", err)
	}
	if _, err := s.Report(ctx, w.ID()); !errors.Is(err, history.ErrNotFound) {
		t.Error(err)
	}
	if subjects, _, err := s.Subjects(ctx, history.SubjectQuery{}); err != nil || len(subjects) != 0 {
		t.Error("what was not finished shows:", subjects, err)
	}
	if v := must(s.Verify(ctx, ""))(t); len(v.Damage) > 0 {
		t.Error(v.Damage)
	}
}

// testFinishFails: a report that cannot be read to its end leaves no trace but
// the mark, and what was seen.
func testFinishFails(t *testing.T, where place) {
	s := opened(t, where(t))
	ctx := t.Context()
	keep(t, s, 0, small(0, "a.example.com tls R1=fail"))
	w := must(s.Begin(ctx, history.Run{Started: historytest.Night(1)}))(t)
	if err := w.Observe(ctx, historytest.New(1, 1).Observation(0, 1)); err != nil {
		t.Fatal(err)
	}
	_, err := w.Finish(ctx, small(1, "a.example.com tls R1=pass", "a.example.com tls R1=pass"), 0)
	if err == nil || !strings.Contains(err.Error(), "twice") {
		t.Fatal(err)
	}
	if run := must(s.Run(ctx, w.ID()))(t); run.State != history.Incomplete || !strings.Contains(run.Why, "twice") {
		t.Errorf("%+v", run)
	}
	if open, _, err := s.Findings(ctx, history.FindingQuery{}); err != nil || len(open) != 1 {
		t.Error(open, err)
	}
	n := 0
	for _, err := range s.Evidence(ctx, w.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d observations", n)
	}
	if _, err := w.Finish(ctx, small(1), 0); err == nil {
		t.Error("a run can be finished twice")
	}
}

// testRecover: a run whose program is gone is marked; one that goes on is not.
func testRecover(t *testing.T, where place) {
	s := opened(t, where(t))
	ctx := t.Context()
	w := must(s.Begin(ctx, history.Run{Started: historytest.FirstNight}))(t)
	if lost, err := s.Recover(ctx, time.Minute); err != nil || len(lost) != 0 {
		t.Fatal(lost, err)
	}
	lost, err := s.Recover(ctx, 0)
	if err != nil || len(lost) != 1 || lost[0].ID != w.ID() || lost[0].State != history.Incomplete {
		t.Fatal(lost, err)
	}
	if _, err := w.Finish(ctx, small(0, "a.example.com tls R1=fail"), 0); err == nil || !strings.Contains(err.Error(), "held this one for dead") {
		t.Error(err)
	}
	if lost, err := s.Recover(ctx, 0); err != nil || len(lost) != 0 {
		t.Error("marked twice:", lost, err)
	}
}

// testLeases, slots and claims are taken once.
func testLeases(t *testing.T, where place) {
	file := where(t)
	a, b := opened(t, file), opened(t, file) // two programs
	ctx, now := t.Context(), historytest.FirstNight
	if err := a.Acquire(ctx, "run", "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	heldUntil := func(want time.Time) {
		t.Helper()
		err := b.Acquire(ctx, "run", "b", time.Minute)
		held := new(history.HeldError)
		if !errors.Is(err, history.ErrHeld) || !errors.As(err, &held) || held.Holder != "a" || held.Until.Sub(want).Abs() > 10*time.Second {
			t.Fatal(held, err)
		}
	}
	heldUntil(time.Now().Add(time.Minute))
	if err := a.Renew(ctx, "run", "a", time.Hour); err != nil {
		t.Fatal(err)
	}
	heldUntil(time.Now().Add(time.Hour))
	if err := a.Renew(ctx, "run", "a", time.Millisecond); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond)
	if err := b.Acquire(ctx, "run", "b", time.Minute); err != nil {
		t.Fatal("it ran out:", err)
	}
	if err := a.Renew(ctx, "run", "a", time.Minute); !errors.Is(err, history.ErrHeld) {
		t.Fatal("a lost lease is renewed:", err)
	}
	if err := a.Release(ctx, "run", "a"); err != nil {
		t.Fatal(err)
	}
	if err := a.Acquire(ctx, "run", "a", time.Minute); !errors.Is(err, history.ErrHeld) {
		t.Fatal("somebody else's lease is given back:", err)
	}
	if err := b.Release(ctx, "run", "b"); err != nil {
		t.Fatal(err)
	}
	if err := a.Renew(ctx, "run", "a", time.Minute); !errors.Is(err, history.ErrHeld) {
		t.Fatal("a lease that is nobody's is renewed:", err)
	}

	if at, err := a.LastSlot(ctx, "nightly"); err != nil || !at.IsZero() {
		t.Fatal(at, err)
	}
	for i, test := range []struct {
		s     *history.Store
		night int
		want  bool
	}{{a, 3, true}, {b, 3, false}, {b, 2, false}, {b, 4, true}, {a, 4, false}} {
		if fresh, err := test.s.TakeSlot(ctx, "nightly", historytest.Night(test.night)); err != nil || fresh != test.want {
			t.Errorf("%d: %v, %v", i, fresh, err)
		}
	}
	if at, err := a.LastSlot(ctx, "nightly"); err != nil || !at.Equal(historytest.Night(4)) {
		t.Error(at, err)
	}

	var mu sync.Mutex
	won := 0
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			fresh, err := []*history.Store{a, b}[i%2].Claim(ctx, "run 1 to ops@example.com", now)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if fresh {
				won++
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("%d have claimed it", won)
	}
	if v := must(a.Verify(ctx, ""))(t); len(v.Damage) > 0 {
		t.Error(v.Damage)
	}
}

// testTwoPrograms: two write runs at once; both are kept, and the chain holds.
func testTwoPrograms(t *testing.T, where place) {
	file := where(t)
	var all sync.WaitGroup
	for who := range 2 {
		s := opened(t, file)
		all.Go(func() {
			for i := range 5 {
				w, err := s.Begin(t.Context(), history.Run{Started: historytest.Night(i)})
				if err == nil {
					_, err = w.Finish(t.Context(), small(i, fmt.Sprintf("%c.example.com tls R1=fail", 'a'+who)), 0)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := opened(t, file)
	runs, _, err := s.Runs(t.Context(), history.Page{})
	if err != nil || len(runs) != 10 {
		t.Fatal(len(runs), err)
	}
	if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 || v.Runs != 10 {
		t.Errorf("%+v", v)
	}
}

// testHostileText: what peers and files say is kept as it is in the report, and
// in a form every database takes in the lists.
func testHostileText(t *testing.T, where place) {
	s := opened(t, where(t))
	record := told("a.example.com tls R1=fail")
	record.Evidence.Observed.Target.System = "sys\x00tem"
	record.Findings[0].Message = "it says \x00\x1b[31m\u202e' OR 1=1 --%_!"
	report := small(0)
	report.Records = recordList{record}
	run := keep(t, s, 0, report)
	got := must(s.Record(t.Context(), run.ID, record.Evidence.Subject))(t)
	if line(t, got) != line(t, record) {
		t.Errorf("got %s\nwant %s", line(t, got), line(t, record))
	}
	for text, want := range map[string]int{"OR 1=1": 1, "%_!": 1, "%%": 0, "_x": 0, "'": 1} {
		list, _, err := s.Findings(t.Context(), history.FindingQuery{Text: text})
		if err != nil || len(list) != want {
			t.Errorf("%q: %d, %v", text, len(list), err)
		}
	}
}
