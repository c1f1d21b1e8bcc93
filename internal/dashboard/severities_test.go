package dashboard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// TestNewFailures tells new failures from old ones: what fails for no longer than
// seven days is new, whatever the change is called, and what only got heavier,
// is gone, or was mended since is not.
func TestNewFailures(t *testing.T) {
	const oneDay = 24 * time.Hour
	f := newFake()
	f.rules = []history.RuleCount{{Profile: "house", Rule: "a", Severity: audit.High, Fail: 9}, {Profile: "house", Rule: "b", Severity: audit.Low, Fail: 4}}
	f.changes = nil
	change := func(kind history.ChangeKind, verdict audit.Verdict, rule, subject string, failing time.Duration) {
		c := history.Change{Kind: kind, Subject: subject}
		if rule != "" {
			c.Finding = &history.FindingState{Fingerprint: rule + subject, Profile: "house", Rule: rule, Subject: subject, Verdict: verdict, Severity: audit.Critical, Since: fakeNow.Add(-failing)}
		}
		f.changes = append(f.changes, c)
	}
	change(history.ChangeNew, audit.Fail, "a", "one", oneDay)
	change(history.ChangeFlapping, audit.Fail, "a", "two", oneDay)
	change(history.ChangeRegressed, audit.Fail, "a", "three", oneDay)     // it came back
	change(history.ChangeRegressed, audit.Fail, "a", "four", 90*oneDay)   // it got heavier
	change(history.ChangeFixed, audit.Pass, "a", "five", oneDay)          // in a later run than
	change(history.ChangeNew, audit.Fail, "a", "five", 3*oneDay)          // this one
	change(history.ChangeGone, 0, "", "six", 0)                           // the subject
	change(history.ChangeNew, audit.Fail, "a", "six", 2*oneDay)           // is not counted any more
	change(history.ChangeUndecided, audit.Fail, "a", "undecided", oneDay) // for a night, and open from before
	f.changes[len(f.changes)-1].Finding.OpenSince = fakeNow.Add(-90 * oneDay)
	change(history.ChangeNew, audit.Warn, "b", "seven", oneDay) // it only warns
	change(history.ChangeNew, audit.Fail, "b", "eight", 6*oneDay+time.Hour*23)
	change(history.ChangeNew, audit.Fail, "b", "nine", 7*oneDay+time.Hour)
	c := testConfig(f, viewer)
	d := &overviewData{Fleet: &history.Fleet{Rules: f.rules}}
	if err := d.severities(t.Context(), &request{dashboard: &dashboard{Config: c}, now: fakeNow}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range d.Severities {
		got[s.Name] = fmt.Sprintf("%d new, %d old of %d", s.New, s.Old, s.All)
	}
	want := map[string]string{"critical": "0 new, 0 old of 0", "high": "3 new, 6 old of 9", "medium": "0 new, 0 old of 0", "low": "1 new, 3 old of 4", "info": "0 new, 0 old of 0"}
	if diff := cmp.Diff(want, got); diff != "" || d.Cut {
		t.Errorf("%s, cut: %v", diff, d.Cut)
	}
	for i := range maxChanges {
		change(history.ChangeNew, audit.Fail, "a", fmt.Sprint("more ", i), oneDay)
	}
	if body := plain(get(t, newDashboard(t, c), "/").Body.String()); !strings.Contains(body, "There were too many changes to count") {
		t.Error("it is not said that not all were counted")
	}
}
