package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// sentOf lists what a channel was sent.
func sentOf(way *fakeWay) (list []string) {
	for _, d := range way.sent {
		list = append(list, d.Key)
	}
	return list
}

// TestResumeLater: what could not be delivered is tried again while the program
// goes on, less and less often, and arrives once.
func TestResumeLater(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("1", today.AddDate(0, 0, -1))}}
	way := &fakeWay{fails: []error{nil, errDown, errDown, errDown, errDown}} // missed arrives, the run does not
	n := notifierFor(h, way, AllClearAlways)
	now := today
	n.parts.Now = func() time.Time { return now }
	n.Missed(t.Context(), Missed{Schedule: "weekly", Slot: today, Slots: 1})
	h.runs = append([]history.Run{sampleRun("2", today)}, h.runs...)
	if done, err := n.Finished(t.Context(), "2"); err != nil || done[0].Outcome != Failed {
		t.Fatal(done, err)
	}
	if done, err := n.Finished(t.Context(), "2"); err != nil || done[0].Outcome != Skipped || len(way.fails) != 3 {
		t.Errorf("tried again at once: %v, %v", done, err)
	}
	var tries []time.Duration
	for ; now.Before(today.Add(12 * time.Hour)); now = now.Add(10 * time.Minute) {
		left := len(way.fails)
		if _, err := n.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(way.fails) < left || len(way.sent) == 2 && len(tries) == 3 {
			tries = append(tries, now.Sub(today))
		}
	}
	if diff := cmp.Diff([]time.Duration{10 * time.Minute, 30 * time.Minute, 70 * time.Minute, 150 * time.Minute}, tries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"missed/weekly/2026-11-22T03:30:00Z", "run/2"}, sentOf(way)); diff != "" {
		t.Error(diff)
	}
}

// TestResumeMissed: so is the message that an audit did not run.
func TestResumeMissed(t *testing.T) {
	h := &fakeHistory{}
	way := &fakeWay{fails: []error{errDown}}
	n := notifierFor(h, way, AllClearAlways)
	now := today
	n.parts.Now = func() time.Time { return now }
	n.Missed(t.Context(), Missed{Schedule: "nightly", Slot: today, Slots: 1})
	for range 5 {
		now = now.Add(time.Hour)
		n.Resume(t.Context())
	}
	if diff := cmp.Diff([]string{"missed/nightly/2026-11-22T03:30:00Z"}, sentOf(way)); diff != "" {
		t.Error(diff)
	}
	n.Missed(t.Context(), Missed{Schedule: "nightly", Slot: today, Slots: 1, GivenUp: true})
	if got := sentOf(way); len(got) != 2 || way.sent[1].title() != "tlsaudit: the audit failed: nightly, due 2026-11-22 03:30 UTC" {
		t.Errorf("that the slot is given up is not told: %q", got)
	}
}

// TestResumeTellsOthers: runs that others made while the program goes on are told,
// each once; one that somebody is at work on, and a second look, are not.
func TestResumeTellsOthers(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("1", today.AddDate(0, 0, -1))}}
	way := &fakeWay{}
	n := notifierFor(h, way, AllClearAlways)
	n.Resume(t.Context())
	pending := map[string]bool{"5": true}
	n.parts.Pending = func(_ context.Context, r *history.Run) (bool, error) { return pending[r.ID], nil }
	add := func(id, trigger string, state history.RunState) {
		r := sampleRun(id, today.Add(time.Minute))
		r.Trigger, r.State = trigger, state
		if trigger != "schedule" && trigger != history.TriggerRecheck {
			r.Schedule = ""
		}
		h.runs = append([]history.Run{r}, h.runs...)
	}
	add("2", "cli", history.Complete)
	add("3", "operator", history.Complete)
	add("4", "cli", history.Incomplete)
	add("5", "schedule", history.Complete)
	add("6", history.TriggerRecheck, history.Complete)
	add("7", "cli", history.Running)
	for range 3 {
		if _, err := n.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"run/1", "run/2", "run/3", "broken-off/4"}, sentOf(way)); diff != "" {
		t.Error(diff)
	}
	pending["5"] = false
	n.Resume(t.Context())
	if got := sentOf(way); len(got) != 5 || got[4] != "run/5" {
		t.Errorf("what nobody is at work on any more is not told: %q", got)
	}
	n.parts.Pending = func(context.Context, *history.Run) (bool, error) { return false, errors.New("no answer") }
	add("8", "cli", history.Complete)
	if _, err := n.Resume(t.Context()); err == nil || len(way.sent) != 5 {
		t.Errorf("without knowing whether somebody is at work, it is told: %v", err)
	}
}

// TestAlone: while somebody else sends, a run waits for its turn, and what is
// resumed is left to them.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &fakeHistory{runs: []history.Run{sampleRun("1", today)}}
		way := &fakeWay{}
		n := notifierFor(h, way, AllClearAlways)
		var held atomic.Bool
		held.Store(true)
		n.parts.Alone = func(ctx context.Context, work func(context.Context) error) error {
			if held.Load() {
				return fmt.Errorf("another program: %w", history.ErrHeld)
			}
			return work(ctx)
		}
		if done, err := n.Resume(t.Context()); len(done) > 0 || err != nil || len(way.sent) > 0 {
			t.Errorf("%v %v", done, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.Finished(ctx, "1"); !errors.Is(err, history.ErrHeld) {
			t.Errorf("the time is over: %v", err)
		}
		time.AfterFunc(time.Minute, func() { held.Store(false) })
		begun := time.Now()
		if done, err := n.Finished(t.Context(), "1"); err != nil || done[0].Outcome != Sent || time.Since(begun) < time.Minute {
			t.Errorf("%v %v after %s", done, err, time.Since(begun))
		}
		n.parts.Alone = func(ctx context.Context, work func(context.Context) error) error {
			return errors.Join(work(ctx), history.ErrHeld)
		}
		if _, err := n.Missed(t.Context(), Missed{Schedule: "nightly", Slot: today}); err == nil || len(way.sent) != 2 {
			t.Errorf("the turn was lost under way: %v, sent %d", err, len(way.sent))
		}
	})
}

// TestSecondLook: what a second look decided to be otherwise is left out and
// counted; what else it found is told, and what it did not see is.
func TestSecondLook(t *testing.T) {
	const a, b, c, down = "https://a.example.com:443", "https://b.example.com:443", "https://c.example.com:443", "https://down.example.com:443"
	run, second := failing(sampleRun("2", today)), sampleRun("3", today.Add(time.Minute))
	second.Trigger, second.Slot = history.TriggerRecheck, run.Slot
	record := func(subject string, verdicts map[string]audit.Verdict) *audit.Record {
		r := &audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: &audit.Observation{Reach: audit.ReachTLS}}}
		for rule, v := range verdicts {
			r.Findings = append(r.Findings, audit.Finding{Verdict: v, Fingerprint: audit.FindingFingerprint("baseline", rule, subject)})
		}
		return r
	}
	h := &fakeHistory{
		runs: []history.Run{second, run, sampleRun("1", today.AddDate(0, 0, -1))},
		changes: map[string][]history.Change{"2": {
			finding(history.ChangeNew, a, "R", "gone at once", audit.High, audit.Fail), finding(history.ChangeRegressed, a, "S", "stays", audit.High, audit.Fail),
			finding(history.ChangeNew, b, "R", "not looked at", audit.High, audit.Fail), {Kind: history.ChangeUnreachable, Subject: down, Text: "no answer"},
			finding(history.ChangeFixed, c, "R", "mended", audit.High, audit.Pass), finding(history.ChangeUndecided, c, "U", "not known", audit.High, audit.Unknown),
		}, "3": {
			finding(history.ChangeFixed, a, "R", "gone at once", audit.High, audit.Pass), finding(history.ChangeNew, a, "T", "seen the second time", audit.High, audit.Fail),
			{Kind: history.ChangeReachable, Subject: down, Text: "it answers again"}, finding(history.ChangeFixed, c, "U", "known, and was open before", audit.High, audit.Pass),
		}},
		records: map[string]*audit.Record{
			"3 " + a: record(a, map[string]audit.Verdict{"R": audit.Pass, "S": audit.Fail, "T": audit.Fail}),
			"3 " + c: record(c, map[string]audit.Verdict{"U": audit.Pass}), "3 " + down: record(down, nil),
		},
	}
	told := func() (*Digest, []string) {
		t.Helper()
		d, err := notifierFor(h, nil, AllClearNever).digest(t.Context(), &h.runs[1])
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, g := range d.Groups {
			if g.Total != len(g.Items) {
				t.Errorf("%s: %d of %d", g.Kind, len(g.Items), g.Total)
			}
			for _, c := range g.Items {
				text := c.Text
				if c.Finding != nil {
					text = c.Finding.Message
				}
				list = append(list, string(g.Kind)+": "+text)
			}
		}
		return d, list
	}
	d, list := told()
	if diff := cmp.Diff([]string{"regressed: stays", "new: seen the second time", "new: not looked at", "fixed: mended", "fixed: known, and was open before"}, list); diff != "" {
		t.Error(diff)
	}
	const line = "Looked at a second time: 3 of 4 endpoints with bad news; not found again and left out: 3 changes."
	if d.Kind = KindDigest; d.Second == nil || d.Second.line() != line || !slices.Contains(d.facts(), line) {
		t.Errorf("%+v: %q", d.Second, d.facts())
	}
	if d.Previous == nil || d.Previous.ID != "1" {
		t.Errorf("compared with %+v", d.Previous)
	}
	h.runs[0].State = history.Incomplete // it was broken off: it decided nothing
	if d, list := told(); d.Second != nil || len(list) != 6 {
		t.Errorf("%+v: %q", d.Second, list)
	}
}
