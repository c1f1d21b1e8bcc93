package history_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

func urlOf(host string) string { return "https://" + host + ".example.com:443" }

// testForget: what is forgotten is in no list of what there is or is gone, the runs
// that had it are as they were, and it is back when it is seen again.
func testForget(t *testing.T, where place) {
	s := opened(t, where(t))
	all := []string{"a.example.com tls R1=fail", "b.example.com tls R1=fail", "c.example.com tls R1=pass"}
	first := keep(t, s, 0, small(0, all...))
	keep(t, s, 1, small(1, all[:2]...)) // c is gone
	by := history.AuditEntry{At: historytest.Night(1).Add(2 * time.Hour), Actor: "alice", Role: "command"}
	counts := func() string {
		t.Helper()
		is, gone := there(t, s)
		fleet := must(s.Fleet(t.Context()))(t)
		open, _, err := s.Findings(t.Context(), history.FindingQuery{})
		goneOpen, _, err2 := s.Findings(t.Context(), history.FindingQuery{State: "gone"})
		evidence := 0
		for _, err := range s.FleetEvidence(t.Context()) {
			if evidence++; err != nil {
				t.Fatal(err)
			}
		}
		if err = errors.Join(err, err2); err != nil || fleet.Subjects != len(strings.Fields(is)) || evidence != fleet.Subjects {
			t.Fatalf("%d of %d judged, %v", evidence, fleet.Subjects, err)
		}
		return fmt.Sprintf("%s/%s/%d/%d", is, gone, len(open), len(goneOpen))
	}
	verified := func() *history.Verification {
		t.Helper()
		v := must(s.Verify(t.Context(), first.Digest))(t)
		if len(v.Damage) > 0 {
			t.Fatal(v.Damage)
		}
		return v
	}
	if got := counts(); got != "a b/c/2/0" {
		t.Fatal(got)
	}
	for _, subjects := range [][]string{{urlOf("a"), urlOf("d")}, {"a.example.com"}, {""}} { // all of them, or none
		if _, err := s.Forget(t.Context(), subjects, by, false); !errors.Is(err, history.ErrNotFound) {
			t.Errorf("%q: %v", subjects, err)
		}
	}
	done, err := s.Forget(t.Context(), []string{urlOf("a")}, by, true)
	if err != nil || len(done) != 1 || done[0].Open != 1 || counts() != "a b/c/2/0" || len(verified().Forgotten) > 0 {
		t.Errorf("a dry run: %+v, %v, %s", done, err, counts())
	}
	if done, err = s.Forget(t.Context(), []string{urlOf("c"), urlOf("a"), urlOf("a")}, by, false); err != nil || len(done) != 2 {
		t.Fatal(done, err)
	}
	if got := counts(); got != "b//1/0" {
		t.Error(got)
	}
	want := []history.Forgotten{{Subject: urlOf("a"), At: by.At, Actor: "alice"}, {Subject: urlOf("c"), At: by.At, Actor: "alice"}}
	if v := verified(); !slices.Equal(v.Forgotten, want) {
		t.Errorf("%+v", v.Forgotten)
	}
	if state := must(s.Subject(t.Context(), urlOf("a")))(t); !state.Forgotten.Equal(by.At) || !state.GoneSince.IsZero() {
		t.Errorf("%+v", state)
	}
	if _, err := s.Forget(t.Context(), []string{urlOf("a")}, by, false); err == nil || errors.Is(err, history.ErrNotFound) || !strings.Contains(err.Error(), "was forgotten on") {
		t.Error(err)
	}
	if in, _, err := s.Subjects(t.Context(), history.SubjectQuery{Run: first.ID}); err != nil || len(in) != 3 {
		t.Errorf("the first run has %d subjects: %v", len(in), err)
	}

	// A run without them does not tell of them, and one that has them does.
	if changes := happened(t, s, keep(t, s, 2, small(2, all[1])).ID); len(changes) > 0 {
		t.Errorf("%q", changes)
	}
	run := keep(t, s, 3, small(3, all[0], all[1]))
	if got := happened(t, s, run.ID); !slices.Equal(got, []string{"added a"}) || counts() != "a b//2/0" {
		t.Errorf("%q, %s", got, counts())
	}
	changes, _, err := s.Changes(t.Context(), run.ID, history.Page{})
	if err != nil || !strings.HasPrefix(changes[0].Text, "it is back; it was forgotten on "+by.At.Format(time.DateOnly)) {
		t.Errorf("%+v, %v", changes, err)
	}
	want[0].Back = true
	if v := verified(); !slices.Equal(v.Forgotten, want) {
		t.Errorf("%+v", v.Forgotten)
	}
	if p := must(s.Prune(t.Context(), history.Retention{Runs: 1}, historytest.Night(4)))(t); p.Runs != 3 {
		t.Errorf("%+v", p)
	}
	if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 || len(v.Forgotten) != 2 {
		t.Errorf("%+v", v)
	}
}

// TestForgottenUnsaid: a subject that is hidden without an entry in the audit log is
// damage that says so.
func TestForgottenUnsaid(t *testing.T) {
	file := t.TempDir() + "/history.db"
	s := opened(t, file)
	keep(t, s, 0, small(0, "a.example.com tls R1=fail"))
	if _, err := s.Forget(t.Context(), []string{urlOf("a")}, history.AuditEntry{At: historytest.Night(1), Actor: "alice"}, false); err != nil {
		t.Fatal(err)
	}
	behind(t, file, "UPDATE subject SET gone_since = gone_since - 1")
	if v := must(s.Verify(t.Context(), ""))(t); !slices.ContainsFunc(v.Damage, func(line string) bool { return strings.Contains(line, "1 subjects are hidden") }) {
		t.Errorf("%q", v.Damage)
	}
}

// TestForgottenOnce: however much was forgotten, the audit log is read once for all
// of it, and not once for each.
func TestForgottenOnce(t *testing.T) {
	file := t.TempDir() + "/history.db"
	opened(t, file)
	db := must(sql.Open("sqlite", "file:"+file))(t)
	defer db.Close()
	rows := must(db.Query("EXPLAIN QUERY PLAN " + history.Unsaid))(t)
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if text := strings.Join(plan, "\n"); rows.Err() != nil || strings.Contains(text, "CORRELATED") || !strings.Contains(text, "EXCEPT") {
		t.Errorf("%v\n%s", rows.Err(), text)
	}
}
