package dashboard

import (
	"iter"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// chosen are some of the records of a report.
type chosen struct {
	audit.Records
	keep func(*audit.Record) bool
}

// BySubject leaves out what is not wanted.
func (c chosen) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for r, err := range c.Records.BySubject() {
			if (err != nil || c.keep(r)) && !yield(r, err) {
				return
			}
		}
	}
}

// partly is a history of a whole run, and of one of a single system ten days
// later, as an operator begins it.
func partly(t *testing.T) (store *history.Store, system string, now time.Time) {
	t.Helper()
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	estate := historytest.New(60, 1)
	keep := func(night int, run history.Run, keep func(*audit.Record) bool) {
		r := estate.Report(night)
		r.Records = chosen{r.Records, keep}
		w, err := store.Begin(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(t.Context(), r, 1); err != nil {
			t.Fatal(err)
		}
	}
	keep(0, historytest.Run(0), func(*audit.Record) bool { return true })
	part := history.Run{Started: historytest.Night(10), Trigger: "operator", Actor: "alice", Inventory: historytest.Run(0).Inventory, Part: true, LeftOut: &history.LeftOut{}}
	for r := range estate.Report(10).Records.BySubject() {
		if t := r.Evidence.Observed.Target; system == "" || t.System == system {
			system = t.System
		} else {
			part.LeftOut.Add(&t)
		}
	}
	keep(10, part, func(r *audit.Record) bool { return r.Evidence.Observed.Target.System == system })
	return store, system, historytest.Night(10).Add(6 * time.Hour)
}

// TestFleetAfterPart reads the pages after a run of one system: they are about all
// there is, and their links lead to as many as they say.
func TestFleetAfterPart(t *testing.T) {
	store, audited, now := partly(t)
	c := testConfig(newFake(), operator)
	c.History, c.Now = store, func() time.Time { return now }
	h := newDashboard(t, c)
	read := func(address string) string {
		t.Helper()
		w := get(t, h, address)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: answer %d", address, w.Code)
		}
		return w.Body.String()
	}
	fleet, err := store.Fleet(t.Context())
	if err != nil || fleet.Subjects < 60 {
		t.Fatalf("%+v, %v", fleet, err)
	}
	total := plural(fleet.Subjects, "subject", "subjects")
	overview := plain(read("/"))
	for _, want := range []string{
		total + ", each at its latest result, of 2 runs; the oldest result is of 2026-01-05 03:20 UTC, 10 days", num(fleet.Pass) + " of " + num(fleet.Subjects) + " pass; " + num(fleet.Unknown) + " (", ", of a part of all there is",
	} {
		if !strings.Contains(overview, want) {
			t.Errorf("the overview does not say %q", want)
		}
	}
	if at := strings.Index(overview, "Longest not audited"); !strings.Contains(overview[at:at+400], "10 days") {
		t.Errorf("those not audited for longest are not named: %s", overview[at:at+400])
	}
	counted := regexp.MustCompile(`<a href="(/subjects\?verdict=[a-z-]+)" aria-label="([0-9,]+) subjects`).FindAllStringSubmatch(read("/"), -1)
	if len(counted) < 3 {
		t.Errorf("the overview counts %q", counted)
	}
	for _, link := range counted {
		if n := lengthOf(t, read, strings.ReplaceAll(link[1], "&amp;", "&")); strconv.Itoa(n) != link[2] {
			t.Errorf("%s lists %d, and %s are counted", link[1], n, link[2])
		}
	}
	form, systems := plain(read("/audit")), read("/systems")
	for _, s := range fleet.Systems {
		if s.System == "" {
			continue
		}
		if !strings.Contains(form, s.System) || !strings.Contains(systems, s.System) {
			t.Errorf("the system %s cannot be chosen, or is not listed", s.System)
		}
		if n := lengthOf(t, read, "/system?name="+url.QueryEscape(s.System)); n != s.Subjects {
			t.Errorf("the system %s has %d, and lists %d", s.System, s.Subjects, n)
		}
	}
	for _, r := range fleet.Rules {
		address := "/rule?" + url.Values{"profile": {r.Profile}, "rule": {r.Rule}}.Encode()
		if text := plain(read(address)); !strings.Contains(text, "Of "+total+", each at its latest result, ") {
			t.Errorf("%s is not about all there is", address)
		}
		if n := lengthOf(t, read, address); n != r.Fail+r.Warn+r.Waived+openUnknown(t, store, r) {
			t.Errorf("%s lists %d findings, and counts %+v", address, n, r)
		}
	}
	for _, address := range []string{"/rules", "/waivers"} {
		if body := read(address); !strings.Contains(body, "2026-01-05 03:00 UTC") {
			t.Errorf("%s does not say that it rests on the run of the whole inventory", address)
		}
	}
	trend := newTrendOf(t, store)
	if n := len(trend.Points); n != 2 || trend.Points[0].Subjects != fleet.Subjects || trend.Points[1].Subjects != fleet.Subjects {
		t.Errorf("the trend compares a part with the whole: %+v", trend.Points)
	}
	run := plain(read("/runs/latest"))
	if !strings.Contains(run, "What is said here is about that part") {
		t.Error("the page of the run does not say that it is of a part")
	}
	if body := plain(read("/compare")); !strings.Contains(body, "The later run is of a part of all there is") || strings.Contains(body, " better ") {
		t.Error("a part is compared with the whole as if it were the whole")
	}
	_ = audited
}

// openUnknown counts the findings of a rule that are listed as open and could not
// be decided.
func openUnknown(t *testing.T, store *history.Store, r history.RuleCount) (n int) {
	t.Helper()
	list, next, err := store.Findings(t.Context(), history.FindingQuery{Page: history.Page{Limit: 1000}, Profile: r.Profile, Rule: r.Rule})
	if err != nil || next != "" {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Verdict == audit.Unknown {
			n++
		}
	}
	return n
}

func newTrendOf(t *testing.T, store *history.Store) *trend {
	t.Helper()
	runs, _, err := store.Runs(t.Context(), history.Page{Limit: trendRuns})
	if err != nil {
		t.Fatal(err)
	}
	return newTrend(runs)
}

var shownLines = regexp.MustCompile(`<p>([0-9,]+) (?:subjects?|findings?)( in this part of the list)?\.</p>`)

// lengthOf counts the lines of a list in all its parts.
func lengthOf(t *testing.T, read func(string) string, address string) (n int) {
	t.Helper()
	for range 20 {
		body := read(address)
		if found := shownLines.FindStringSubmatch(body); found != nil {
			more, err := strconv.Atoi(found[1])
			if err != nil {
				t.Fatal(err)
			}
			n += more
		}
		next := regexp.MustCompile(`<a class="button" rel="next" href="([^"]*)"`).FindStringSubmatch(body)
		if next == nil {
			return n
		}
		address = strings.ReplaceAll(next[1], "&amp;", "&")
	}
	t.Fatalf("%s has no end", address)
	return 0
}
