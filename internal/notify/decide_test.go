package notify

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// TestDecide: what happened, whether it is told, as what, and under which title.
func TestDecide(t *testing.T) {
	clean := func(id string, days int) history.Run { return sampleRun(id, today.AddDate(0, 0, days)) }
	broken := func(id string, days int) history.Run {
		r := clean(id, days)
		r.State, r.Finished, r.Why = history.Incomplete, time.Time{}, "killed"
		return r
	}
	ends := func(days int) history.Certificate {
		return history.Certificate{SHA256: "aa", Subject: "CN=x", NotAfter: today.AddDate(0, 0, days).Add(-time.Hour)}
	}
	change := []history.Change{finding(history.ChangeNew, "https://a.example.com:443", "R", "m", audit.High, audit.Fail)}
	gone := []history.Change{{Kind: history.ChangeGone, Subject: "https://a.example.com:443"}}
	tests := []struct {
		name         string
		runs         []history.Run // the newest first
		changes      []history.Change
		certificates []history.Certificate
		mode         AllClear
		kinds        []history.ChangeKind
		send         bool
		kind         Kind
		title        string
	}{
		{"the first", []history.Run{clean("2", 0)}, nil, nil, AllClearNever, nil, true, KindDigest, "tlsaudit: first audit; 0 of 9025 findings fail"},
		{"nothing, never", []history.Run{clean("2", 0), clean("1", -1)}, nil, nil, AllClearNever, nil, false, KindAllClear, ""},
		{"nothing, always", []history.Run{clean("2", 0), clean("1", -1)}, nil, nil, AllClearAlways, nil, true, KindAllClear, "tlsaudit: all clear: 1000 of 1000 endpoints judged, nothing fails, 20 warnings"},
		{"nothing, on recovery, was well", []history.Run{clean("2", 0), clean("1", -1)}, nil, nil, AllClearOnRecovery, nil, false, KindAllClear, ""},
		{"nothing, on recovery, was ill", []history.Run{clean("2", 0), failing(clean("1", -1))}, nil, nil, AllClearOnRecovery, nil, true, KindAllClear, ""},
		{"nothing, on recovery, was broken off", []history.Run{clean("3", 0), broken("2", -1), clean("1", -2)}, nil, nil, AllClearOnRecovery, nil, true, KindAllClear, ""},
		{"still failing, on recovery", []history.Run{failing(clean("2", 0)), failing(clean("1", -1))}, nil, nil, AllClearOnRecovery, nil, false, KindUnchanged, ""},
		{"still failing, always", []history.Run{failing(clean("2", 0)), failing(clean("1", -1))}, nil, nil, AllClearAlways, nil, true, KindUnchanged, "tlsaudit: no change: 40 of 9080 findings fail, 12 of 1000 endpoints unknown"},
		{"a change", []history.Run{failing(clean("2", 0)), clean("1", -1)}, change, nil, AllClearNever, nil, true, KindDigest, "tlsaudit: 1 new; 40 of 9080 findings fail, 12 of 1000 endpoints unknown"},
		{"a change nobody asked for", []history.Run{clean("2", 0), clean("1", -1)}, gone, nil, AllClearNever, []history.ChangeKind{history.ChangeNew}, false, KindAllClear, ""},
		{"a certificate comes within 30 days", []history.Run{clean("2", 0), clean("1", -1)}, nil, []history.Certificate{ends(30)}, AllClearNever, nil, true, KindDigest, "tlsaudit: dates come closer; 0 of 9025 findings fail"},
		{"a certificate has been within 30 days", []history.Run{clean("2", 0), clean("1", -1)}, nil, []history.Certificate{ends(25)}, AllClearNever, nil, false, KindAllClear, ""},
		{"a certificate has ended", []history.Run{clean("2", 0), clean("1", -1)}, nil, []history.Certificate{ends(0)}, AllClearNever, nil, true, KindDigest, ""},
		{"broken off", []history.Run{broken("2", 0), clean("1", -1)}, nil, nil, AllClearNever, nil, true, KindBrokenOff, "tlsaudit: the audit was broken off: begun 2026-11-22 03:00 UTC"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := &fakeHistory{runs: tt.runs, changes: map[string][]history.Change{tt.runs[0].ID: tt.changes}, certificates: tt.certificates}
			n := notifierFor(h, nil, tt.mode)
			if tt.kinds != nil {
				n.config.Changes = tt.kinds
			}
			d, err := n.digest(t.Context(), &h.runs[0])
			if err != nil {
				t.Fatal(err)
			}
			send, why := d.decide(tt.mode, n.config.Changes)
			if send != tt.send || d.Kind != tt.kind || send == (why != "") {
				t.Errorf("send %v (%s) as %s", send, why, d.Kind)
			}
			if tt.title != "" && d.title() != tt.title {
				t.Errorf("title %q\nwant  %q", d.title(), tt.title)
			}
			if strings.Contains(d.title(), "all clear") && !wasClear(d.Run) {
				t.Error("all clear, and it is not")
			}
		})
	}
}

// TestClear: what keeps a run from being clear, and one of before all there is was
// counted.
func TestClear(t *testing.T) {
	for _, old := range []bool{false, true} {
		make := func() history.Run {
			r := sampleRun("1", today)
			if old {
				r.Fleet = history.FleetCounts{}
			}
			return r
		}
		if r := make(); !wasClear(&r) {
			t.Error("the sample is not clear")
		}
		for name, spoil := range map[string]func(*history.Run){
			"not whole":           func(r *history.Run) { r.Whole = false },
			"a failure":           func(r *history.Run) { r.Summary.Fail, r.Fleet.FindingsFail = 1, 1 },
			"an unknown endpoint": func(r *history.Run) { r.Summary.Unknown, r.Fleet.Unknown = 1, 1 },
			"an unknown finding":  func(r *history.Run) { r.Summary.UnknownFindings, r.Fleet.FindingsUnknown = 1, 1 },
			"nothing audited":     func(r *history.Run) { r.Summary, r.Fleet = audit.Summary{}, history.FleetCounts{} },
			"broken off":          func(r *history.Run) { r.State = history.Incomplete },
		} {
			r := make()
			if spoil(&r); wasClear(&r) {
				t.Errorf("%s, and it is clear", name)
			}
		}
	}
}

// TestAllClear: all is clear only if all there is is, whatever the run looked at.
func TestAllClear(t *testing.T) {
	ago := func(days int) time.Time { return today.AddDate(0, 0, -days) }
	quick := func(id string, days int) history.Run {
		r := sampleRun(id, ago(days))
		r.Schedule, r.Part, r.Summary.Subjects, r.Summary.Judged = "quick", true, 1, 1
		return r
	}
	standing := func(r, like history.Run) history.Run {
		r.Fleet = like.Fleet
		return r
	}
	fleet := failing(sampleRun("1", ago(1)))
	whole := fleet
	whole.Whole = true
	gap := sampleRun("1", ago(1))
	gap.Schedule, gap.Whole, gap.Why = "mail", false, "the MX records of example.com could not be looked up"
	old := gap
	old.Started, old.Finished = ago(40), ago(40)
	second := sampleRun("3", today)
	second.Trigger = history.TriggerRecheck
	for _, tt := range []struct {
		name string
		runs []history.Run // the newest first; what is told is of run 2
		send bool
		kind Kind
	}{
		{"a part is clear, and the rest is not", []history.Run{standing(quick("2", 0), fleet), fleet}, false, KindUnchanged},
		{"a part is clear, and with it all", []history.Run{quick("2", 0), whole}, true, KindAllClear},
		{"the rest was not judged in full", []history.Run{quick("2", 0), fleet}, false, KindUnchanged},
		{"nothing had been open", []history.Run{quick("2", 0), sampleRun("1", ago(1))}, false, KindAllClear},
		{"another schedule did not see all of its own", []history.Run{quick("2", 0), gap}, false, KindUnchanged},
		{"another schedule did not long ago", []history.Run{quick("2", 0), old}, true, KindAllClear},
		{"clear at the second look", []history.Run{second, failing(sampleRun("2", today)), sampleRun("1", ago(1))}, false, KindUnchanged}, // some could not be judged
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &fakeHistory{runs: tt.runs}
			r, _ := h.Run(t.Context(), "2")
			d, err := notifierFor(h, nil, AllClearOnRecovery).digest(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if send, why := d.decide(AllClearOnRecovery, notifierFor(h, nil, AllClearNever).config.Changes); send != tt.send || d.Kind != tt.kind {
				t.Errorf("send %v (%s) as %s\n%s", send, why, d.Kind, strings.Join(d.facts(), "\n"))
			}
		})
	}
}

// TestPartIsNamed: a message about a part says so, and how all there is stands.
func TestPartIsNamed(t *testing.T) {
	r := sampleRun("2", today)
	r.Schedule, r.Part, r.Summary.Subjects, r.Summary.Judged = "quick", true, 3, 3
	r.Fleet = failing(r).Fleet
	h := &fakeHistory{runs: []history.Run{r, sampleRun("1", today.AddDate(0, 0, -1))}, changes: map[string][]history.Change{"2": {finding(history.ChangeNew, "https://a.example.com:443", "R", "m", audit.High, audit.Fail)}}}
	d, err := notifierFor(h, nil, AllClearNever).digest(t.Context(), &h.runs[0])
	if err != nil {
		t.Fatal(err)
	}
	d.Kind = KindDigest
	if got := d.title(); got != "tlsaudit: quick: 1 new; 40 of 9080 findings fail, 12 of 1000 endpoints unknown" {
		t.Error(got)
	}
	text := d.words().text()
	for _, want := range []string{
		"Of 1000 endpoints in all, 38 fail, 12 are unknown, 20 warn, 0 waived, 930 pass; the oldest result is of 2026-11-21 03:30 UTC.",
		"This run was of a part of them: 3 of 3 endpoints judged in full, 0 unknown.", "Run 2 of the schedule quick, begun ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	d.Run.Schedule = ""
	if got := d.title(); !strings.HasPrefix(got, "tlsaudit: a part: 1 new; ") {
		t.Error(got)
	}
}

// TestStoppedIsTold: what a run saw that was stopped is no news to the next one,
// and so is told; of one that was killed nothing is kept.
func TestStoppedIsTold(t *testing.T) {
	r := sampleRun("2", today)
	r.State, r.Whole, r.Why = history.Incomplete, false, "stopped by a signal"
	h := &fakeHistory{runs: []history.Run{r, sampleRun("1", today.AddDate(0, 0, -1))}, changes: map[string][]history.Change{"2": {finding(history.ChangeNew, "https://a.example.com:443", "R", "RC4 is accepted", audit.High, audit.Fail)}}}
	way := &fakeWay{}
	if _, err := notifierFor(h, way, AllClearNever).Finished(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	if d := way.sent[0]; d.Kind != KindBrokenOff || !strings.Contains(d.words().text(), "RC4 is accepted") || !strings.Contains(d.words().text(), "stopped by a signal") {
		t.Errorf("%s: %s", d.Kind, d.words().text())
	}
	h.runs[0].Finished = time.Time{}
	d, err := notifierFor(h, way, AllClearNever).digest(t.Context(), &h.runs[0])
	if err != nil || len(d.Groups) > 0 || !strings.Contains(d.words().text(), "decides nothing") {
		t.Errorf("%v %+v", err, d)
	}
}
