package metrics

import (
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// some are the records of the subjects that are kept.
type some struct {
	audit.Records
	keep func(subject string) bool
}

func (s some) only(all iter.Seq2[*audit.Record, error]) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for r, err := range all {
			if err != nil || s.keep(r.Evidence.Subject) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
}

func (s some) BySubject() iter.Seq2[*audit.Record, error]  { return s.only(s.Records.BySubject()) }
func (s some) WorstFirst() iter.Seq2[*audit.Record, error] { return s.only(s.Records.WorstFirst()) }
func (s some) Findings() iter.Seq2[*audit.Record, error]   { return s.only(s.Records.Findings()) }

// nights is a history of one estate.
type nights struct {
	t      *testing.T
	store  *history.Store
	estate *historytest.Estate
}

const estateSize = 60

func newNights(t *testing.T) *nights {
	t.Helper()
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "audits.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &nights{t, store, historytest.New(estateSize, 7)}
}

// run keeps a run of the endpoints with these numbers; what else the inventory has
// is left out if it was not asked for.
func (n *nights) run(night int, leftOut bool, numbers ...int) {
	n.t.Helper()
	r := historytest.Run(night)
	kept := map[string]bool{}
	for _, i := range numbers {
		kept[n.estate.Subject(i)] = true
	}
	if r.Part = leftOut; leftOut {
		r.LeftOut = &history.LeftOut{}
		for i := range estateSize {
			if !kept[n.estate.Subject(i)] {
				r.LeftOut.Add(&n.estate.Observation(i, night).Target)
			}
		}
	}
	w, err := n.store.Begin(n.t.Context(), r)
	if err != nil {
		n.t.Fatal(err)
	}
	report := n.estate.Report(night)
	report.Records = some{report.Records, func(subject string) bool { return kept[subject] }}
	if leftOut { // which makes a score, and waivers, of its own
		report.Summary = audit.Summary{Subjects: len(numbers), Judged: len(numbers), Pass: 1, Score: audit.Score{Points: 1, Of: 1}}
		report.Waivers[0].State = audit.WaiverUnused
	}
	if _, err := w.Finish(n.t.Context(), report, 0); err != nil {
		n.t.Fatal(err)
	}
}

// values are those of all families, without those that say when.
func (n *nights) values(m *Metrics) map[string]float64 {
	n.t.Helper()
	values := scrape(n.t, m)
	for key := range values {
		if strings.Contains(key, "_timestamp_") || strings.Contains(key, "_duration_") {
			delete(values, key)
		}
	}
	return values
}

func numbersTo(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

// TestFleetOutlivesSmallRuns: a run of one endpoint changes what is known of it,
// and neither hides what fails elsewhere nor makes the rest of the fleet sound.
func TestFleetOutlivesSmallRuns(t *testing.T) {
	n := newNights(t)
	n.run(0, false, numbersTo(estateSize)...)
	m := New(Options{Source: n.store})
	before := n.values(m)
	summary := n.estate.Report(0).Summary
	fails := 0.0
	for key, v := range before {
		if strings.HasPrefix(key, "tlsaudit_findings{") && strings.Contains(key, "verdict=fail") {
			fails += v
		}
	}
	if fails != float64(summary.Fail) || summary.Fail == 0 || before["tlsaudit_findings{severity=critical,verdict=fail}"] == 0 {
		t.Fatalf("%v findings fail, the report has %d", fails, summary.Fail)
	}
	for state, want := range map[string]int{"judged": summary.Judged, "unknown": summary.Unknown} {
		if got := before["tlsaudit_endpoints{state="+state+"}"]; got != float64(want) {
			t.Errorf("%v endpoints are %s, the report has %d", got, state, want)
		}
	}
	sound := -1 // an endpoint of which the next night says the same
	for i := range estateSize {
		if len(n.changed(i)) == 0 {
			sound = i
			break
		}
	}
	if sound < 0 {
		t.Fatal("every endpoint changes on the first night")
	}
	n.run(1, true, sound)
	after := n.values(m)
	for key, want := range before {
		if got, there := after[key]; !there || got != want {
			t.Errorf("after a run of one endpoint %s is %v (%v), it was %v", key, got, there, want)
		}
	}
	values := scrape(t, m)
	for key, night := range map[string]int{"tlsaudit_oldest_result_timestamp_seconds{}": 0, "tlsaudit_target_last_audit_timestamp_seconds{target=" + n.estate.Subject(sound) + "}": 1} {
		if got, want := time.Unix(int64(values[key]), 0).UTC(), n.estate.Report(night).Generated; !got.Equal(want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// changed are the verdicts of an endpoint that differ between the first nights.
func (n *nights) changed(i int) (rules []string) {
	n.t.Helper()
	verdicts := func(night int) map[string]audit.Verdict {
		of := map[string]audit.Verdict{}
		for r, err := range n.estate.Report(night).Records.Findings() {
			if err != nil {
				n.t.Fatal(err)
			}
			if r.Evidence.Subject != n.estate.Subject(i) {
				continue
			}
			for k := range r.Findings {
				of[r.Findings[k].Rule] = r.Findings[k].Verdict
			}
		}
		return of
	}
	first, second := verdicts(0), verdicts(1)
	if len(first) == 0 || len(second) != len(first) {
		return []string{"not there"}
	}
	for rule, v := range first {
		if second[rule] != v {
			rules = append(rules, rule)
		}
	}
	return rules
}

// TestGoneHasNoSeries: what a whole run of the inventory does not have any more is
// neither up nor down, nor counted.
func TestGoneHasNoSeries(t *testing.T) {
	n := newNights(t)
	n.run(0, false, numbersTo(estateSize)...)
	m := New(Options{Source: n.store})
	of := func(subject string) (series []string) {
		for key := range scrape(t, m) {
			if strings.Contains(key, "target="+subject+",") || strings.Contains(key, "target="+subject+"}") {
				series = append(series, key)
			}
		}
		return series
	}
	last := n.estate.Subject(estateSize - 1)
	if len(of(last)) < 3 {
		t.Fatalf("%s has %q", last, of(last))
	}
	counted := func() float64 {
		v := scrape(t, m)
		return v["tlsaudit_endpoints{state=judged}"] + v["tlsaudit_endpoints{state=unknown}"]
	}
	all := counted()
	n.run(1, false, numbersTo(estateSize-1)...)
	if left := of(last); len(left) > 0 {
		t.Errorf("%s is gone, and has %q", last, left)
	}
	if got := counted(); got >= all {
		t.Errorf("%v endpoints, there were %v", got, all)
	}
}

// TestStoppedRunIsNoSuccess: what a run saw that was asked to stop counts, and the
// run is no success.
func TestStoppedRunIsNoSuccess(t *testing.T) {
	n := newNights(t)
	n.run(0, false, numbersTo(estateSize)...)
	w, err := n.store.Begin(t.Context(), historytest.Run(1))
	if err != nil {
		t.Fatal(err)
	}
	report := n.estate.Report(1)
	report.Records = some{report.Records, func(subject string) bool { return subject == n.estate.Subject(0) }}
	report.Stopped, report.Complete, report.Incomplete = true, false, "terminated before every target was audited"
	if _, err := w.FinishStopped(t.Context(), report, 143); err != nil {
		t.Fatal(err)
	}
	values := scrape(t, New(Options{Source: n.store}))
	ended := float64(n.estate.Report(0).Generated.Unix())
	if values["tlsaudit_last_run_success{}"] != 0 || values["tlsaudit_last_success_timestamp_seconds{}"] != ended || values["tlsaudit_last_run_timestamp_seconds{}"] <= ended {
		t.Errorf("success %v, the last one at %v", values["tlsaudit_last_run_success{}"], values["tlsaudit_last_success_timestamp_seconds{}"])
	}
	if _, there := values["tlsaudit_target_up{system="+n.estate.Observation(1, 0).Target.System+",target="+n.estate.Subject(1)+"}"]; !there {
		t.Error("what was not seen again is gone")
	}
}
