package history_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// opened is a history in a file of its own.
func opened(t testing.TB, file string) *history.Store {
	t.Helper()
	s, err := history.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// place makes room for a new history and returns its name.
type place func(testing.TB) string

// contract is what holds for every database.
var contract = map[string]func(*testing.T, place){
	"reports are read as written": testReportAsWritten, "lists": testQueries, "changes": testChanges, "states": testStates, "gone": testGone, "gone by kind": testGoneKinds, "gone by address": testGoneNodes, "fleet": testFleet, "fixed of what is gone": testFixedGone, "stopped": testStopped, "not judged": testNotJudged, "orders": testOrders, "age": testAge, "prune what was broken off": testPruneBroken, "observed": testObserved,
	"finishing fails": testFinishFails, "recover": testRecover, "leases": testLeases, "claimed": testClaimed, "search": testSearch, "forget": testForget, "hostile text": testHostileText, "two programs": testTwoPrograms, "prune": testPrune,
	"taken out": testTakenOut, "laundered": testLaundered, "prune of what is damaged": testPruneDamaged, "finishing cancelled": testCancelled, "waiting for a writer": testWaits,
}

// TestSQLite holds files to the contract.
func TestSQLite(t *testing.T) {
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			test(t, func(t testing.TB) string { return filepath.Join(t.TempDir(), "history.db") })
		})
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// testReportAsWritten: what is read back is what was written, in every order.
func testReportAsWritten(t *testing.T, where place) {
	s := opened(t, where(t))
	const nights, endpoints, seed = 20, 50, 7
	if err := historytest.Fill(t.Context(), s, nights, endpoints, seed); err != nil {
		t.Fatal(err)
	}
	estate := historytest.New(endpoints, seed)
	runs, _, err := s.Runs(t.Context(), history.Page{Limit: 100})
	if err != nil || len(runs) != nights {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for i, run := range runs {
		night := nights - 1 - i
		want, got := estate.Report(night), must(s.Report(t.Context(), run.ID))(t)
		for name, of := range map[string]func(audit.Records) func(func(*audit.Record, error) bool){
			"by subject": func(r audit.Records) func(func(*audit.Record, error) bool) { return r.BySubject() },
			"worst":      func(r audit.Records) func(func(*audit.Record, error) bool) { return r.WorstFirst() },
			"findings":   func(r audit.Records) func(func(*audit.Record, error) bool) { return r.Findings() },
		} {
			if diff := cmp.Diff(lines(t, of(want.Records)), lines(t, of(got.Records))); diff != "" {
				t.Fatalf("night %d, %s (-want +got):\n%s", night, name, diff)
			}
		}
		if diff := cmp.Diff(line(t, want), line(t, got)); diff != "" {
			t.Fatalf("night %d (-want +got):\n%s", night, diff)
		}
		if run.State != history.Complete || run.Summary.Subjects != want.Summary.Subjects || run.Digest == "" {
			t.Fatalf("%+v", run)
		}
	}
	v := must(s.Verify(t.Context(), ""))(t)
	if len(v.Damage) > 0 || v.Runs != nights {
		t.Fatalf("%+v", v)
	}
}

func line(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func lines(t testing.TB, records func(func(*audit.Record, error) bool)) (list []string) {
	t.Helper()
	for record, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, line(t, record))
	}
	return list
}

// TestFile: the file is for its owner only, is sealed when it is closed, and one
// that is newer or of somebody else is refused.
func TestFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a % b?.db")
	s := must(history.Open(t.Context(), file))(t)
	if err := s.Log(t.Context(), history.AuditEntry{At: historytest.FirstNight, Actor: "anna", Action: "login"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		if info := must(os.Stat(name))(t); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file + ".digest"); err != nil {
		t.Error(err)
	}
	s = opened(t, file)
	if v := must(s.Verify(t.Context(), ""))(t); !v.Sealed || len(v.Damage) > 0 {
		t.Errorf("%+v", v)
	}
	if _, err := s.Claim(t.Context(), "k", time.Now()); err != nil {
		t.Fatal(err)
	}
	if v := must(s.Verify(t.Context(), ""))(t); v.Sealed || len(v.Damage) > 0 {
		t.Errorf("%+v", v)
	}
	if _, err := os.Stat(file + ".digest"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the seal outlives what it speaks about:", err)
	}
}

// testQueries walks every list page by page and finds all of it, once.
func testQueries(t *testing.T, where place) {
	s := opened(t, where(t))
	if err := historytest.Fill(t.Context(), s, 12, 40, 3); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, order := range []string{"", "subject", "expiry", "seen"} {
		for _, run := range []string{"", "latest", "latest~3"} {
			walked := map[string]bool{}
			q := history.SubjectQuery{Order: order, Run: run, Page: history.Page{Limit: 7}}
			for {
				list, next, err := s.Subjects(ctx, q)
				if err != nil {
					t.Fatal(order, run, err)
				}
				for _, one := range list {
					if walked[one.Subject] {
						t.Fatalf("%s %s: %s twice", order, run, one.Subject)
					}
					walked[one.Subject] = true
				}
				if next == "" {
					break
				}
				q.After = next
			}
			if len(walked) < 38 {
				t.Errorf("%s %s: %d subjects", order, run, len(walked))
			}
		}
	}
	for _, state := range []string{"", "fixed", "flapping", "all"} {
		sizes := map[int]bool{}
		for _, order := range []string{"", "age", "seen"} {
			walked := map[string]bool{}
			q := history.FindingQuery{Order: order, State: state, Page: history.Page{Limit: 5}}
			for {
				list, next, err := s.Findings(ctx, q)
				if err != nil {
					t.Fatal(state, order, err)
				}
				for _, one := range list {
					walked[one.Fingerprint] = true
				}
				if next == "" {
					break
				}
				q.After = next
			}
			sizes[len(walked)] = true
		}
		if len(sizes) != 1 || sizes[0] && state != "flapping" && state != "fixed" {
			t.Errorf("%q: %v", state, sizes)
		}
	}
	points, _, err := s.Timeline(ctx, "https://host00003.example.com:443", history.Page{})
	if err != nil || len(points) != 12 {
		t.Errorf("%d points, %v", len(points), err)
	}
	certificates, _, err := s.Certificates(ctx, time.Time{}, history.Page{Limit: 1000})
	if err != nil || len(certificates) < 30 || !slices.IsSortedFunc(certificates, func(a, b history.Certificate) int { return a.NotAfter.Compare(b.NotAfter) }) {
		t.Errorf("%d certificates, %v", len(certificates), err)
	}
	rules := must(s.Rules(ctx, "latest"))(t)
	if len(rules) != 25 {
		t.Errorf("%d rules", len(rules))
	}
	total := 0
	for _, c := range must(s.Systems(ctx, "latest"))(t) {
		total += c.Subjects
	}
	if run := must(s.Run(ctx, "latest"))(t); total != run.Summary.Subjects {
		t.Errorf("%d subjects in systems, %d in all", total, run.Summary.Subjects)
	}
}

// TestRefused: what is no history of ours is left as it is, and the error says
// what to do.
func TestRefused(t *testing.T) {
	make := func(statements ...string) func(string) error {
		return func(file string) error {
			db, err := sql.Open("sqlite", "file:"+file)
			for _, one := range statements {
				if err == nil {
					_, err = db.Exec(one)
				}
			}
			return errors.Join(err, db.Close())
		}
	}
	for name, test := range map[string]struct {
		file    string
		prepare func(string) error
		want    string
	}{
		"newer":            {"a.db", make("PRAGMA application_id = 1953264449", "PRAGMA user_version = 99", "CREATE TABLE x (y)"), "newer version of the program"},
		"of another":       {"a.db", make("CREATE TABLE x (y)"), "of another program"},
		"no database":      {"a.db", func(file string) error { return os.WriteFile(file, []byte(strings.Repeat("no database ", 500)), 0o600) }, "damaged, or is no history"},
		"no folder":        {"none/a.db", nil, "the folder of the file is not there"},
		"a folder":         {".", nil, "cannot be opened"},
		"another database": {"mysql://localhost/x", nil, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file
			if !strings.Contains(file, "://") {
				file = filepath.Join(t.TempDir(), file)
			}
			if test.prepare != nil {
				if err := test.prepare(file); err != nil {
					t.Fatal(err)
				}
			}
			before, _ := os.ReadFile(file)
			s, err := history.Open(t.Context(), file)
			input := new(audit.InputError)
			if err == nil {
				_ = s.Close()
			}
			if !errors.As(err, &input) || input.Hint == "" || !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
			if after, _ := os.ReadFile(file); string(after) != string(before) {
				t.Error("the file was written to")
			}
		})
	}
}
