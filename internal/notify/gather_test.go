package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// changesOf writes the groups of a digest as "kind: subject rule".
func changesOf(d *Digest) (list []string) {
	for _, g := range d.Groups {
		for _, c := range g.Items {
			text := string(g.Kind) + ": " + c.Subject
			if c.Finding != nil {
				text += " " + c.Finding.Rule
			}
			list = append(list, text)
		}
	}
	return list
}

// absence is a history of three runs nobody told of behind one that was told.
func absence(t *testing.T, way *fakeWay) *fakeHistory {
	t.Helper()
	fail := func(kind history.ChangeKind, subject, rule string) history.Change {
		return finding(kind, subject, rule, "m", audit.High, audit.Fail)
	}
	h := &fakeHistory{runs: []history.Run{sampleRun("1", today.AddDate(0, 0, -3))}, changes: map[string][]history.Change{
		"2": {fail(history.ChangeNew, "a", "comes"), fail(history.ChangeNew, "a", "comes and goes"), fail(history.ChangeFixed, "b", "goes and comes"), {Kind: history.ChangeUnreachable, Subject: "c"}, {Kind: history.ChangeAdded, Subject: "d"}},
		"3": {fail(history.ChangeFixed, "a", "comes and goes"), fail(history.ChangeRegressed, "b", "goes and comes"), {Kind: history.ChangeReachable, Subject: "c"}, {Kind: history.ChangeCertificate, Subject: "e", Text: "one"}},
		"4": {fail(history.ChangeRegressed, "f", "late"), {Kind: history.ChangeCertificate, Subject: "e", Text: "another"}},
	}}
	if done, err := notifierFor(h, way, AllClearAlways).Finished(t.Context(), "1"); err != nil || done[0].Outcome != Sent {
		t.Fatal(done, err)
	}
	for i, id := range []string{"2", "3", "4"} {
		h.runs = append([]history.Run{sampleRun(id, today.AddDate(0, 0, i-2).Add(-time.Hour))}, h.runs...)
	}
	return h
}

var absenceChanges = []string{"regressed: b goes and comes", "regressed: f late", "new: a comes", "certificate: e", "added: d"}

// TestGatherOld: what runs changed that ended while the program was not running is
// told in one message, summed up, and once; also if it arrives at a later start only.
func TestGatherOld(t *testing.T) {
	for _, failures := range []int{0, 1, 3} {
		way := &fakeWay{}
		h := absence(t, way)
		way.fails = slices.Repeat([]error{errDown}, failures)
		for range 6 {
			n := notifierFor(h, way, AllClearAlways)
			for range 2 {
				if _, err := n.Resume(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if diff := cmp.Diff([]string{"run/1", "run/4"}, sentOf(way)); diff != "" {
			t.Fatalf("after %d failures: %s", failures, diff)
		}
		d := way.sent[1]
		if diff := cmp.Diff(absenceChanges, changesOf(d)); diff != "" {
			t.Errorf("after %d failures: %s", failures, diff)
		}
		if d.Previous == nil || d.Previous.ID != "1" || len(d.Earlier) != 2 || d.Earlier[0].ID != "2" || d.Earlier[1].ID != "3" {
			t.Errorf("compared with %+v, together with %+v", d.Previous, d.Earlier)
		}
		if text := d.words().text(); !strings.Contains(text, "Nobody was told of 2 runs before it, from 2026-11-20 02:00 UTC on: what all of them changed together is told here.") {
			t.Error(text)
		}
		body, err := webhookBody(d, sampleID, 10)
		if err != nil || !strings.Contains(string(body), `"earlier_runs":["2","3"]`) {
			t.Errorf("%v\n%s", err, body)
		}
	}
}

// TestSum: what several runs changed together. A finding that is open may get worse,
// be fixed and come back graver than it was; one that nobody could decide is as it
// was decided last.
func TestSum(t *testing.T) {
	is := func(kind history.ChangeKind) history.Change {
		c := finding(kind, "a", "R", "m", audit.High, audit.Fail)
		if kind == history.ChangeNew || kind == history.ChangeRegressed {
			c.Finding.OpenSince = c.At
		}
		return c
	}
	graver := is(history.ChangeRegressed)
	graver.Finding.OpenSince = today.AddDate(0, 0, -30)
	subject := func(kind history.ChangeKind) history.Change { return history.Change{Kind: kind, Subject: "a"} }
	const came, back, fixed, undecided = history.ChangeNew, history.ChangeRegressed, history.ChangeFixed, history.ChangeUndecided
	for _, tt := range []struct {
		name    string
		changes []history.Change
		want    string
	}{
		{"new and fixed", []history.Change{is(came), is(fixed)}, ""},
		{"regressed and fixed", []history.Change{is(back), is(fixed)}, ""},
		{"graver and fixed", []history.Change{graver, is(fixed)}, "fixed"},
		{"new, graver and fixed", []history.Change{is(came), graver, is(fixed)}, ""},
		{"fixed and back", []history.Change{is(fixed), is(back)}, "regressed"},
		{"new and undecided", []history.Change{is(came), is(undecided)}, "new undecided"},
		{"undecided and new", []history.Change{is(undecided), is(came)}, "new"},
		{"undecided, new and fixed", []history.Change{is(undecided), is(came), is(fixed)}, ""},
		{"new, undecided and fixed", []history.Change{is(came), is(undecided), is(fixed)}, ""},
		{"new, fixed and undecided", []history.Change{is(came), is(fixed), is(undecided)}, "undecided"},
		{"undecided twice", []history.Change{is(undecided), is(undecided)}, "undecided"},
		{"new and flapping", []history.Change{is(came), is(history.ChangeFlapping)}, "flapping"},
		{"a subject that came, failed and went", []history.Change{subject(history.ChangeAdded), is(came), subject(history.ChangeCertificate), subject(history.ChangeGone)}, ""},
		{"one that failed and went", []history.Change{is(came), subject(history.ChangeGone)}, "new gone"},
		{"one that went and is back", []history.Change{subject(history.ChangeGone), subject(history.ChangeAdded), is(came)}, "new"},
	} {
		s := &sum{spans: map[change]*span{}}
		for i := range tt.changes {
			s.see(&tt.changes[i])
		}
		var told []string
		for i := range tt.changes {
			if s.stands(&tt.changes[i]) {
				told = append(told, string(tt.changes[i].Kind))
			}
		}
		if got := strings.Join(told, " "); got != tt.want {
			t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestGatherIntoFinished: so it is when the first thing a program does is to tell of
// a run of its own, as a command does.
func TestGatherIntoFinished(t *testing.T) {
	way := &fakeWay{}
	h := absence(t, way)
	n := notifierFor(h, way, AllClearAlways)
	if _, err := n.Finished(t.Context(), "4"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n.Resume(t.Context())
		notifierFor(h, way, AllClearAlways).Resume(t.Context())
	}
	if diff := cmp.Diff([]string{"run/1", "run/4"}, sentOf(way)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(absenceChanges, changesOf(way.sent[1])); diff != "" {
		t.Error(diff)
	}
}

// TestGatherChannels: each channel is told of what it was not told; a new one
// begins with the run it is first told of, and is never told of those before it.
func TestGatherChannels(t *testing.T) {
	old, fresh := &fakeWay{}, &fakeWay{}
	h := absence(t, old)
	resume := func() {
		t.Helper()
		n := notifierFor(h, old, AllClearAlways)
		n.channels = append(n.channels, opened{name: "new", allClear: AllClearAlways, way: fresh})
		if _, err := n.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	earlier := func(d *Digest) (ids []string) {
		for _, r := range d.Earlier {
			ids = append(ids, r.ID)
		}
		return ids
	}
	resume()
	if diff := cmp.Diff([]string{"run/4"}, sentOf(fresh)); diff != "" || len(fresh.sent[0].Earlier) > 0 {
		t.Fatalf("together with %q: %s", earlier(fresh.sent[0]), diff)
	}
	if diff := cmp.Diff([]string{"2", "3"}, earlier(old.sent[1])); len(old.sent) != 2 || diff != "" {
		t.Errorf("%q: %s", sentOf(old), diff)
	}
	h.runs = append([]history.Run{sampleRun("6", today.Add(-time.Minute)), sampleRun("5", today.Add(-2*time.Minute))}, h.runs...)
	resume()
	for name, way := range map[string]*fakeWay{"new": fresh, "old": old} {
		if last := way.sent[len(way.sent)-1]; last.Run.ID != "6" || !slices.Equal(earlier(last), []string{"5"}) {
			t.Errorf("%s: run %s together with %q", name, last.Run.ID, earlier(last))
		}
	}
}

// TestGatherQuiet: a run of which there was nothing to tell is done, and is not
// said to be untold the next night.
func TestGatherQuiet(t *testing.T) {
	way := &fakeWay{}
	h := &fakeHistory{}
	for i, id := range []string{"1", "2", "3"} {
		h.runs = append([]history.Run{sampleRun(id, today.AddDate(0, 0, i-3))}, h.runs...)
		notifierFor(h, way, AllClearNever).Finished(t.Context(), id)
	}
	h.runs = append([]history.Run{sampleRun("4", today)}, h.runs...)
	h.changes = map[string][]history.Change{"4": {finding(history.ChangeNew, "a", "R", "m", audit.High, audit.Fail)}}
	notifierFor(h, way, AllClearNever).Finished(t.Context(), "4")
	if diff := cmp.Diff([]string{"run/1", "run/4"}, sentOf(way)); diff != "" || len(way.sent[1].Earlier) > 0 {
		t.Errorf("together with %+v: %s", way.sent[1].Earlier, diff)
	}
}

// TestGatherBrokenOff: that one of them was broken off is said, also where nothing
// changed, and what it had found counts.
func TestGatherBrokenOff(t *testing.T) {
	way := &fakeWay{}
	h := absence(t, way)
	h.changes = nil
	h.runs[1].State, h.runs[2].State, h.runs[2].Finished = history.Incomplete, history.Incomplete, time.Time{}
	if _, err := notifierFor(h, way, AllClearNever).Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"run/1", "run/4"}, sentOf(way)); diff != "" {
		t.Fatal(diff)
	}
	d := way.sent[1]
	if text := d.words().text(); d.Kind != KindDigest || !strings.HasPrefix(d.title(), "tlsaudit: 2 broken off before; ") || !strings.Contains(text, "; 2 of them did not come to an end.") {
		t.Errorf("%s: %s\n%s", d.Kind, d.title(), text)
	}

	h = absence(t, way)
	h.runs[0].State, h.runs[0].Finished = history.Incomplete, time.Time{} // killed
	if _, err := notifierFor(h, way, AllClearNever).Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	d = way.sent[len(way.sent)-1]
	if diff := cmp.Diff([]string{"regressed: b goes and comes", "new: a comes", "certificate: e", "added: d"}, changesOf(d)); diff != "" || d.Kind != KindBrokenOff || !strings.Contains(d.words().text(), "Nobody was told of 2 runs before it") {
		t.Errorf("%s: %s\n%s", d.Kind, diff, d.words().text())
	}
}

// TestGatherKilled: a program is killed at any claim, again and again, while runs are
// made: every change that is told is told once, and unless a message was begun and
// lost all of them are.
func TestGatherKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	complete := 0
	for range 500 {
		h, way := &fakeHistory{changes: map[string][]history.Change{}}, &fakeWay{}
		made := 0
		for range 12 {
			if random.IntN(2) == 0 {
				made++
				id := fmt.Sprintf("%02d", made)
				h.runs = append([]history.Run{sampleRun(id, today.Add(time.Duration(made-20)*time.Minute))}, h.runs...)
				h.changes[id] = []history.Change{finding(history.ChangeNew, id, "R", "m", audit.High, audit.Fail)}
			}
			n := notifierFor(h, way, AllClearNever)
			n.config.Lines = 100
			n.parts.Claims = &mortalClaims{mortal{h: h, steps: random.IntN(60), after: random.IntN(2) == 0}}
			if len(h.runs) > 0 && random.IntN(3) == 0 {
				n.Finished(t.Context(), h.runs[0].ID)
			} else {
				n.Resume(t.Context())
			}
		}
		last := notifierFor(h, way, AllClearNever)
		last.config.Lines = 100
		if _, err := last.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		told := map[string]int{}
		for _, d := range way.sent {
			for _, c := range changesOf(d) {
				if told[c]++; told[c] > 1 {
					t.Fatalf("%s is told twice: %q", c, sentOf(way))
				}
			}
		}
		if len(told) == made && made > 3 {
			complete++
		}
	}
	if complete < 100 {
		t.Errorf("everything was told %d times: the simulation simulates nothing", complete)
	}
}

// mortalClaims dies at a claim; asking is without danger.
type mortalClaims struct{ mortal }

func (m *mortalClaims) Claimed(ctx context.Context, prefix string) ([]string, error) {
	return m.h.Claimed(ctx, prefix)
}

// TestGatherRecovered: that an audit did not happen is known to be over by the first
// run of its schedule since, whatever schedule the runs gathered into it are of.
func TestGatherRecovered(t *testing.T) {
	at := func(hours int) time.Time { return today.Add(time.Duration(hours) * time.Hour) }
	missed := &Missed{Schedule: "nightly", Slot: at(-24), Slots: 1}
	quick := func(id string, hours int) history.Run {
		r := sampleRun(id, at(hours))
		r.Schedule = "quick"
		return r
	}
	runs := []history.Run{sampleRun("3", at(0)), quick("q2", -2), quick("q1", -4), sampleRun("1", at(-48))} // the newest first
	b := &builder{source: &fakeHistory{runs: runs}, lines: 3, missed: missed}
	d, err := b.run(t.Context(), &runs[0], []*history.Run{&runs[1]}, today)
	if err != nil || !d.Recovered || d.Previous.ID != "q1" {
		t.Errorf("%+v, %v", d, err)
	}
	b.missed = nil
	if d, err = b.run(t.Context(), &runs[0], []*history.Run{&runs[1]}, today); err != nil || d.Recovered {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestGatherBlind: what cannot be asked is not taken for untold.
func TestGatherBlind(t *testing.T) {
	way := &fakeWay{}
	h := absence(t, way)
	h.broken = errors.New("disk full")
	n := notifierFor(h, way, AllClearAlways)
	if _, err := n.Finished(t.Context(), "4"); err == nil || len(way.sent) != 1 {
		t.Errorf("%v, sent %q", err, sentOf(way))
	}
	if _, err := n.Resume(t.Context()); err == nil || len(way.sent) != 1 {
		t.Errorf("%v, sent %q", err, sentOf(way))
	}
}
