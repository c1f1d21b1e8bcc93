package history_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// testOrders: lists are in the order that is asked for, over all pages.
func testOrders(t *testing.T, where place) {
	ctx := t.Context()
	s := opened(t, where(t))
	part := func(night int, records ...string) {
		keepRun(t, s, night, history.Run{Inventory: "i", Part: true, LeftOut: leftOut("a.example.com", "b.example.com", "c.example.com")}, small(night, records...))
	}
	part(0, "b.example.com tls R1=fail R2=fail")
	part(1, "c.example.com tls R1=fail")
	part(2, "a.example.com tls R1=fail!")
	part(3, "b.example.com tls R1=pass R2=fail")
	part(4, "b.example.com tls R1=fail R2=fail")
	part(5, "c.example.com tls R1=fail")
	subjects := func(order string) string {
		var names []string
		q := history.SubjectQuery{Order: order, Page: history.Page{Limit: 1}}
		for {
			list, next, err := s.Subjects(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if names = append(names, hosts(list)...); next == "" {
				return strings.Join(names, " ")
			}
			q.After = next
		}
	}
	findings := func(order string) string {
		var names []string
		q := history.FindingQuery{Order: order, Page: history.Page{Limit: 1}}
		for {
			list, next, err := s.Findings(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				names = append(names, f.System[4:]+f.Rule[1:])
			}
			if next == "" {
				return strings.Join(names, " ")
			}
			q.After = next
		}
	}
	for _, tt := range []struct{ what, got, want string }{
		{"worst", subjects("worst"), "a b c"},
		{"the longest not audited first", subjects("seen"), "a b c"},
		{"by name", subjects("subject"), "a b c"},
		{"the longest open first", findings("age"), "b2 c1 a1 b1"},
		{"the latest seen first", findings("seen"), "c1 b2 b1 a1"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s", tt.what, tt.got)
		}
	}
	part(6, "a.example.com tls R1=fail!")
	if got := subjects("seen"); got != "b c a" {
		t.Errorf("the longest not audited first: %s", got)
	}
}

// testAge: a finding that was fixed and is open again is as old as it has been open
// this time, though it was first seen long before.
func testAge(t *testing.T, where place) {
	s := opened(t, where(t))
	keep(t, s, 0, small(0, "a.example.com tls R1=fail"))
	keep(t, s, 1, small(1, "a.example.com tls R1=pass"))
	age := func(state string, night int) (time.Duration, history.FindingState) {
		t.Helper()
		list, _, err := s.Findings(t.Context(), history.FindingQuery{State: state})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].Age(historytest.Night(night).Add(time.Hour)), list[0]
	}
	if got, f := age("fixed", 1); got != 24*time.Hour {
		t.Errorf("fixed: %s %+v", got, f)
	}
	run := keep(t, s, 300, small(300, "a.example.com tls R1=fail"))
	again, _, err := s.Changes(t.Context(), run.ID, history.Page{})
	if err != nil || len(again) != 1 || !again[0].Finding.OpenSince.Equal(again[0].At) {
		t.Errorf("it does not say that it was opened: %+v, %v", again, err)
	}
	if first, _, err := s.Changes(t.Context(), "latest~2", history.Page{}); err != nil || len(first) != 2 || !first[1].Finding.OpenSince.IsZero() {
		t.Errorf("opened before it was found: %+v, %v", first, err)
	}
	keep(t, s, 301, small(301, "a.example.com tls R1=unknown"))
	keep(t, s, 302, small(302, "a.example.com tls R1=waived"))
	got, f := age("open", 302)
	if got != 48*time.Hour || !f.FirstSeen.Equal(historytest.Night(0).Add(time.Hour)) {
		t.Errorf("open again: %s %+v", got, f)
	}
}

// testPruneBroken: a run that was broken off is kept as long as those about it,
// whichever demand keeps those.
func testPruneBroken(t *testing.T, where place) {
	ctx := t.Context()
	for name, tt := range map[string]struct {
		keep history.Retention
		left int
	}{
		"by number":       {history.Retention{Runs: 2}, 1},
		"by days":         {history.Retention{Days: 4}, 2},
		"either keeps it": {history.Retention{Days: 1, Runs: 4}, 2},
		"all":             {history.Retention{Runs: 100}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, where(t))
			for night := range 6 {
				keep(t, s, night, small(night, "a.example.com tls R1=fail"))
				if night%2 == 0 {
					w := must(s.Begin(ctx, history.Run{Started: historytest.Night(night).Add(2 * time.Hour)}))(t)
					if err := w.Abandon(ctx, "broken off"); err != nil {
						t.Fatal(err)
					}
				}
			}
			must(s.Prune(ctx, tt.keep, historytest.Night(5).Add(3*time.Hour)))(t)
			runs, _, err := s.Runs(ctx, history.Page{})
			if err != nil {
				t.Fatal(err)
			}
			runs = slices.DeleteFunc(runs, func(r history.Run) bool { return r.State != history.Incomplete })
			if len(runs) != tt.left {
				t.Errorf("%d are left", len(runs))
			}
		})
	}
}
