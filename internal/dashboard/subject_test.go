package dashboard

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// plain is a page as it is read.
func plain(body string) string {
	return spaces.ReplaceAllString(tags.ReplaceAllString(body, " "), " ")
}

// TestSubjectInOldRun reads a subject as an old run saw it: nothing on the page is
// today's without saying so.
func TestSubjectInOldRun(t *testing.T) {
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	estate := historytest.New(60, 1)
	var runs []string
	for _, night := range []int{0, 399} {
		w, err := store.Begin(t.Context(), historytest.Run(night))
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.Finish(t.Context(), estate.Report(night), 1)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r.ID)
	}
	c := testConfig(newFake(), viewer)
	c.History, c.Now = store, func() time.Time { return historytest.Night(399).Add(6 * time.Hour) }
	h := newDashboard(t, c)
	old, _, err := store.Subjects(t.Context(), history.SubjectQuery{Run: runs[0], Page: history.Page{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for i := range old {
		then := &old[i]
		now, err := store.Subject(t.Context(), then.Subject)
		if err != nil {
			t.Fatal(err)
		}
		if then.Reach != audit.ReachTLS || now.Reach != audit.ReachTLS || then.Fail == now.Fail || then.NotAfter.Equal(now.NotAfter) {
			continue
		}
		read++
		address := "/subject?s=" + url.QueryEscape(then.Subject)
		f := &frame{}
		text := plain(get(t, h, address+"&run="+runs[0]).Body.String())
		for _, want := range []string{"Findings " + f.Counts(then) + " ", "Certificate ends " + day(then.NotAfter), verdictWord(then.Verdict) + " of the system " + then.System + " , in the run of " + stamp(historytest.Night(0)), " ago, is " + verdictWord(now.Verdict)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s in the old run does not say %q: %.900s", then.Subject, want, text[strings.Index(text, "All on this page"):])
			}
		}
		for _, same := range []string{address, address + "&run=latest"} {
			if text := plain(get(t, h, same).Body.String()); !strings.Contains(text, "Findings "+f.Counts(now)+" ") || strings.Contains(text, "All on this page") {
				t.Errorf("%s is not the latest result", same)
			}
		}
	}
	if read == 0 {
		t.Error("no subject changed: nothing was compared")
	}
}

// TestFactPairs compares what was seen: a record and itself differ in nothing,
// also where it has two chains alike.
func TestFactPairs(t *testing.T) {
	record := func(names ...string) *audit.Record {
		o := &audit.Observation{Reach: audit.ReachTLS}
		for _, name := range names {
			o.Chains = append(o.Chains, audit.Chain{Certificates: []audit.Certificate{{Subject: "CN=" + name, SHA256: name, Key: audit.Key{Type: "rsa", Bits: 2048}}}})
		}
		return &audit.Record{Evidence: audit.Evidence{Observed: o}}
	}
	for _, same := range [][2]*audit.Record{{record("a", "b"), record("a", "b")}, {record("a", "b"), record("b", "a")}, {nil, nil}} {
		if list := factPairs(factsOf(same[0]), factsOf(same[1])); len(list) > 0 {
			t.Errorf("what is the same differs in %+v", list)
		}
	}
	list := factPairs(factsOf(record("a", "b")), factsOf(record("a", "c")))
	if len(list) != 1 || !strings.Contains(list[0].A, "CN=b") || !strings.Contains(list[0].B, "CN=c") {
		t.Errorf("a leaf that was changed: %+v", list)
	}
	if list := factPairs(factsOf(record("a")), nil); len(list) != 2 || list[0].B != "" {
		t.Errorf("what is gone: %+v", list)
	}
}
