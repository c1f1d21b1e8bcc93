package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

func TestHorizons(t *testing.T) {
	h := horizons{90, 30, 7}
	now := today
	in := func(d int) time.Time { return now.AddDate(0, 0, d) }
	for _, tt := range []struct {
		at, then time.Time
		days     int
		ok       bool
		entered  bool
	}{
		{in(91), in(-1), 0, false, false}, {in(90), in(-1), 90, true, true}, {in(89), in(-1), 90, true, false}, {in(30), in(-1), 30, true, true},
		{in(5), in(-1), 7, true, false}, {in(5), in(-3), 7, true, true}, {in(0), in(-1), 0, true, true}, {in(-5), in(-1), 0, true, false}, {in(5), time.Time{}, 7, true, false},
	} {
		days, ok := h.narrowest(tt.at, now)
		if days != tt.days || ok != tt.ok || h.entered(tt.at, tt.then, now) != tt.entered {
			t.Errorf("%s since %s: %d %v %v", tt.at, tt.then, days, ok, h.entered(tt.at, tt.then, now))
		}
	}
	if daysLeft(now.Add(time.Hour), now) != 0 || daysLeft(now.Add(-time.Hour), now) != -1 {
		t.Error("the last day is not day 0")
	}
}

// TestOnce: a run is told once, over restarts; what failed is told at the next
// start, and what may have arrived is not.
func TestOnce(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("2", today), sampleRun("1", today.AddDate(0, 0, -1))}}
	way := &fakeWay{fails: []error{errDown}}
	restart := func() *Notifier { return notifierFor(h, way, AllClearAlways) }
	outcome := func(list []Delivery, err error) string {
		t.Helper()
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		return fmt.Sprint(list[len(list)-1].Outcome, " ", list[len(list)-1].Why)
	}
	if got := outcome(restart().Finished(t.Context(), "2")); got != "failed connection refused, password (secret)" {
		t.Error(got)
	}
	if got := outcome(restart().Resume(t.Context())); got != "sent " {
		t.Error(got)
	}
	for range 5 {
		if got := outcome(restart().Resume(t.Context())); got != "skipped sent before, or given up" {
			t.Error(got)
		}
		if got := outcome(restart().Finished(t.Context(), "2")); got != "skipped sent before, or given up" {
			t.Error(got)
		}
	}
	if len(way.sent) != 1 || way.ids[0] != idOf("ops", "run/2") {
		t.Errorf("sent %d times, %v", len(way.sent), way.ids)
	}

	way.fails = []error{&failure{certainty: unclear, err: errors.New("silence")}}
	if got := outcome(restart().Missed(t.Context(), Missed{Schedule: "nightly", Slot: today})); got != "unclear silence" {
		t.Error(got)
	}
	if got := outcome(restart().Missed(t.Context(), Missed{Schedule: "nightly", Slot: today})); got != "skipped sent before, or given up" {
		t.Error(got)
	}
	if got := outcome(restart().Missed(t.Context(), Missed{Schedule: "nightly", Slot: today.AddDate(0, 0, 1)})); got != "sent " {
		t.Error(got)
	}
}

// TestResumeBound: an old run is left alone, one nobody told of is told if it is
// the latest, and a history that cannot be asked sends nothing.
func TestResumeBound(t *testing.T) {
	h := &fakeHistory{}
	for i := range 5 {
		h.runs = append(h.runs, sampleRun(fmt.Sprint(9-i), today.AddDate(0, 0, -i)))
	}
	goesOn := sampleRun("99", today)
	goesOn.State = history.Running
	h.runs = append([]history.Run{goesOn}, h.runs...)
	way := &fakeWay{}
	h.broken = errors.New("disk full")
	if _, err := notifierFor(h, way, AllClearAlways).Resume(t.Context()); err == nil || len(way.sent) > 0 {
		t.Errorf("%v, sent %d", err, len(way.sent))
	}
	h.broken = nil
	list, err := notifierFor(h, way, AllClearAlways).Resume(t.Context())
	if err != nil || len(list) != 4 || len(way.sent) != 1 || way.sent[0].Run.ID != "9" {
		t.Errorf("%v, %v, sent %d", list, err, len(way.sent))
	}
}

// TestRecordedAtTheEnd: a failure is recorded although the program is told to
// end, so that the next start tries again.
func TestRecordedAtTheEnd(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("2", today)}}
	ctx, cancel := context.WithCancel(t.Context())
	way := &fakeWay{fails: []error{errDown}, during: cancel}
	if _, err := notifierFor(h, way, AllClearAlways).Finished(ctx, "2"); err != nil {
		t.Fatal(err)
	}
	if _, err := notifierFor(h, way, AllClearAlways).Resume(t.Context()); err != nil || len(way.sent) != 1 {
		t.Errorf("%v, sent %d", err, len(way.sent))
	}
}

// TestRecoveryAfterMissed: the first clear run after one that did not happen is
// told, and only the first, whatever is looked at in between.
func TestRecoveryAfterMissed(t *testing.T) {
	for _, resume := range []bool{false, true} {
		first, second, third := sampleRun("1", today.AddDate(0, 0, -2)), sampleRun("2", today.AddDate(0, 0, -1)), sampleRun("3", today)
		quick := sampleRun("15", today.AddDate(0, 0, -1))
		quick.Schedule = "quick"
		h := &fakeHistory{runs: []history.Run{first}}
		way := &fakeWay{}
		notifierFor(h, way, AllClearOnRecovery).Finished(t.Context(), "1")
		n := notifierFor(h, way, AllClearOnRecovery)
		n.Missed(t.Context(), Missed{Schedule: "nightly", Slot: second.Slot, Slots: 1})
		if resume {
			n.Resume(t.Context())
		}
		for _, r := range []history.Run{quick, second, third} {
			h.runs = append([]history.Run{r}, h.runs...)
			if resume {
				n.Resume(t.Context())
			}
			n.Finished(t.Context(), r.ID)
		}
		var got []string
		for _, d := range way.sent {
			name := string(d.Kind)
			if d.Run != nil {
				name += " " + d.Run.ID
			}
			got = append(got, name)
		}
		if diff := cmp.Diff([]string{"digest 1", "missed", "all-clear 2"}, got); diff != "" {
			t.Errorf("resumed in between: %t: %s", resume, diff)
		}
	}
}

// TestGravest: a group keeps the gravest, whatever the order they come in.
func TestGravest(t *testing.T) {
	var list []history.Change
	for i := range 50 {
		c := finding(history.ChangeNew, fmt.Sprintf("s%02d", (i*37)%50), "R", "m", audit.Severity((i*37)%50%5), audit.Warn)
		list = keep(list, c, 3)
	}
	list = keep(list, finding(history.ChangeNew, "fails", "R", "m", audit.Low, audit.Fail), 3)
	var got []string
	for _, c := range list {
		got = append(got, c.Subject)
	}
	if diff := cmp.Diff([]string{"fails", "s04", "s09"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestOutlookFails: a digest says what could not be found out.
func TestOutlookFails(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("2", today)}}
	n := notifierFor(h, nil, AllClearNever)
	n.parts.Outlook = fakeOutlook{err: errors.New("no evidence")}
	d, err := n.digest(t.Context(), &h.runs[0])
	if err != nil {
		t.Fatal(err)
	}
	d.decide(AllClearNever, nil)
	if text := d.words().text(); !strings.Contains(text, "What gets worse later could not be computed: no evidence") || !strings.Contains(text, "waivers are about to end could not be read: no evidence") {
		t.Error(text)
	}
}

// TestGoesOn: nothing is told about a run that goes on, nor about none.
func TestGoesOn(t *testing.T) {
	r := sampleRun("2", today)
	r.State = history.Running
	h := &fakeHistory{runs: []history.Run{r}}
	if _, err := notifierFor(h, &fakeWay{}, AllClearAlways).Finished(t.Context(), "2"); err == nil {
		t.Error("a run that goes on is told")
	}
	if _, err := notifierFor(h, &fakeWay{}, AllClearAlways).Finished(t.Context(), "1"); !errors.Is(err, history.ErrNotFound) {
		t.Error(err)
	}
}

// TestPreview: what would be sent is shown as often as it is asked for, and is
// sent all the same afterwards.
func TestPreview(t *testing.T) {
	h := &fakeHistory{runs: []history.Run{sampleRun("2", today), sampleRun("1", today.AddDate(0, 0, -1))}}
	way := &fakeWay{}
	n := notifierFor(h, way, AllClearAlways)
	for range 2 {
		text, send, why, err := n.Preview(t.Context(), "2", "ops")
		if err != nil || !send || why != "" || !strings.Contains(string(text), `"kind":"all-clear"`) || !strings.Contains(string(text), idOf("ops", "run/2")) {
			t.Errorf("%v %s %v\n%s", send, why, err, text)
		}
	}
	if len(way.sent) > 0 || len(h.claims) > 0 {
		t.Error("a preview is sent, or counts as sent")
	}
	n.channels[0].allClear = AllClearNever
	if _, send, why, err := n.Preview(t.Context(), "2", "ops"); send || why != "nothing changed" || err != nil {
		t.Errorf("%v %s %v", send, why, err)
	}
	if _, _, _, err := n.Preview(t.Context(), "2", "opps"); err == nil {
		t.Error("a channel nobody knows is shown")
	}
	if _, _, _, err := n.Preview(t.Context(), "7", "ops"); !errors.Is(err, history.ErrNotFound) {
		t.Error(err)
	}
}
