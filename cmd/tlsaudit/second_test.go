package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
)

// latest returns the newest runs of the history.
func (p *planning) latest(n int) []history.Run {
	p.Helper()
	runs, _, err := p.store.Runs(p.Context(), history.Page{Limit: n})
	if err != nil || len(runs) != n {
		p.Fatalf("%d runs, want %d: %v", len(runs), n, err)
	}
	return runs
}

// TestSecondLookOfOperators: what an operator's audit has bad news of is looked at
// again before it is told, as after a scheduled one.
func TestSecondLookOfOperators(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	p.night(1, nil)
	p.messages()
	p.weak.Store(true)
	by := startedBy{trigger: "operator", actor: "alice"}
	if err := p.audit(t.Context(), order{by: by, depth: audit.DepthQuick, kept: true}); err != nil {
		t.Fatal(err)
	}
	p.weak.Store(false)
	p.audits.tell(p.latest(1)[0].ID)
	p.wantTold()
	if runs := p.latest(3); runs[0].Trigger != history.TriggerRecheck || !runs[0].LooksAt(&runs[1]) || runs[0].Depth != audit.DepthQuick || runs[0].LooksAt(&runs[2]) {
		t.Errorf("%+v", runs)
	}
}

// TestSecondLookFromPages: of an audit that is begun from the pages, what is still
// there at the second look is told once, and by nobody else meanwhile.
func TestSecondLookFromPages(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	p.night(1, nil)
	p.messages()
	p.weak.Store(true)
	id, err := p.audits.Start(t.Context(), dashboard.AuditRequest{By: "alice", Depth: audit.DepthQuick})
	if err != nil {
		t.Fatal(err)
	}
	p.tasks.Wait()
	if p.audits.pending(id) {
		t.Error("it was told, and waits to be told")
	}
	p.notices.resume(t.Context())
	if m := p.messages(); len(m) != 1 || m[0].Run.ID != id || m[0].Second == nil || m[0].Second.Looked != 1 || m[0].Second.Refuted != 0 {
		t.Errorf("told %+v", m)
	}
	if runs := p.latest(3); !runs[0].LooksAt(&runs[1]) || runs[1].ID != id {
		t.Errorf("%+v", runs)
	}

	if err := p.audit(t.Context(), order{by: startedBy{trigger: "operator"}, depth: audit.DepthQuick, kept: true}); err != nil {
		t.Fatal(err)
	}
	next := p.latest(1)[0].ID
	p.weak.Store(false)
	if err := p.audit(t.Context(), order{by: startedBy{trigger: "operator"}, depth: audit.DepthQuick, kept: true}); err != nil {
		t.Fatal(err)
	}
	last := p.latest(1)[0].ID
	p.audits.untold = map[string]bool{next: true, last: true}
	p.notices.resume(t.Context())
	p.wantTold() // a second look at them comes first
	delete(p.audits.untold, last)
	p.notices.resume(t.Context())
	if m := p.messages(); len(m) != 1 || m[0].Run.ID != last {
		t.Errorf("told %+v", m)
	}
}

// TestSecondLookOfCommands: so it is with the audit of a command, also of targets
// that come through a pipe; its reports are those of the first look.
func TestSecondLookOfCommands(t *testing.T) {
	for name, piped := range map[string]bool{"inventory": false, "pipe": true} {
		t.Run(name, func(t *testing.T) {
			p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
			report := filepath.Join(t.TempDir(), "report.json")
			command := func(judged func(*audit.Report) error) {
				t.Helper()
				f, a, args := p.set.audit, *p.app, []string(nil)
				f.quiet, a.stderr = false, writerFunc(func(text []byte) {
					if strings.Contains(string(text), "looking a second time") { // a service on the same history waits for it
						p.notices.resume(t.Context())
					}
				})
				f.db, f.notify, f.depth, f.outputs, f.hooks = p.set.db, filepath.Join(filepath.Dir(p.set.db), "serve.yaml"), audit.DepthQuick, []string{report}, runHooks{judged: judged}
				if piped {
					f.inventories, args, a.stdin = nil, []string{"-"}, strings.NewReader("https://localhost:"+p.port+"?ip=127.0.0.1\n")
				}
				if err := a.audit(t.Context(), f, args); err != nil {
					t.Fatal(err)
				}
			}
			command(nil)
			if m := p.messages(); len(m) != 1 || m[0].Second != nil {
				t.Fatalf("the first run is told as %+v", m)
			}
			p.weak.Store(true)
			command(func(*audit.Report) error { p.weak.Store(false); return nil })
			p.wantTold()
			if runs := p.latest(3); !runs[0].LooksAt(&runs[1]) || runs[0].Part != piped || runs[1].Part != piped {
				t.Errorf("%+v", runs)
			}
			if open := openRules(t, report); !slices.Contains(open, "modern fail") {
				t.Errorf("the report is that of the second look: %q", open)
			}
		})
	}
}

// writerFunc is called with what is written.
type writerFunc func([]byte)

func (f writerFunc) Write(text []byte) (int, error) {
	f(text)
	return len(text), nil
}

// TestLookedAt: while a second look at a run goes on nobody else tells of it; one
// that goes on too long is not waited for.
func TestLookedAt(t *testing.T) {
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "audits.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	began := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	first := &history.Run{ID: "1", Started: began, Trigger: "cli"}
	w, err := store.Begin(t.Context(), history.Run{Started: began.Add(time.Minute), Trigger: history.TriggerRecheck, Slot: began})
	if err != nil {
		t.Fatal(err)
	}
	n := &notices{store: store}
	for after, want := range map[time.Duration]bool{2 * time.Minute: true, lookTime: true, lookTime + time.Minute: false} {
		n.now = func() time.Time { return began.Add(after) }
		if looked, err := n.lookedAt(t.Context(), first); looked != want || err != nil {
			t.Errorf("after %s: %t, %v", after, looked, err)
		}
	}
	n.now = func() time.Time { return began }
	if looked, err := n.lookedAt(t.Context(), &history.Run{ID: "2", Started: began.Add(time.Second), Trigger: "cli"}); looked || err != nil {
		t.Errorf("another run: %t, %v", looked, err)
	}
	// Nor does anybody while a command is about to look, from before its run ends until
	// it has told; one that died is not waited for long.
	own := &history.Run{ID: "3", Started: began, Finished: began, State: history.Complete, Trigger: "cli", Schedule: "another"}
	claim := func(key string) {
		t.Helper()
		if _, err := store.Claim(t.Context(), key, began); err != nil {
			t.Fatal(err)
		}
	}
	want := func(wanted bool) {
		t.Helper()
		if looked, err := n.lookedAt(t.Context(), own); looked != wanted || err != nil {
			t.Errorf("%t, %v", looked, err)
		}
	}
	want(false)
	claim(tellingKey + "3")
	want(true)
	n.own = "3"
	want(false)
	n.own, n.now = "", func() time.Time { return began.Add(lookTime) }
	want(false)
	n.now = func() time.Time { return began }
	own.State = history.Incomplete
	want(false)
	own.State = history.Complete
	claim(tellingKey + "3" + toldKey)
	want(false)
	if err := w.Abandon(t.Context(), "killed"); err != nil {
		t.Fatal(err)
	}
	if looked, err := n.lookedAt(t.Context(), first); looked || err != nil {
		t.Errorf("it is over: %t, %v", looked, err)
	}
}
