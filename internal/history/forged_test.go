package history

import (
	"database/sql"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// few are the records of a small report.
type few []*audit.Record

func (l few) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for _, r := range l {
			if !yield(r, nil) {
				return
			}
		}
	}
}
func (l few) WorstFirst() iter.Seq2[*audit.Record, error] { return l.BySubject() }
func (l few) Findings() iter.Seq2[*audit.Record, error]   { return l.BySubject() }

var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// failing is a report in which each host fails one rule.
func failing(day int, hosts ...string) *audit.Report {
	r := &audit.Report{Schema: audit.SchemaV1, Generated: firstDay.AddDate(0, 0, day), Rules: []audit.RuleRef{{Profile: "p", Rule: "R1"}}, Summary: audit.Summary{Subjects: len(hosts), Fail: len(hosts)}}
	var list few
	for _, host := range hosts {
		o := &audit.Observation{Target: audit.Target{Protocol: "https", Host: host, Port: 443}, Reach: audit.ReachTLS}
		subject := o.Target.Subject()
		list = append(list, &audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: o}, Findings: []audit.Finding{{
			Profile: "p", Rule: "R1", Check: "c", Subject: subject, Severity: audit.High, Verdict: audit.Fail, Message: fmt.Sprint("on day ", day), Fingerprint: audit.FindingFingerprint("p", "R1", subject),
		}}})
	}
	r.Records = list
	return r
}

func fresh(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func kept(t *testing.T, s *Store, r *audit.Report) *Run {
	t.Helper()
	w, err := s.Begin(t.Context(), Run{Started: r.Generated})
	if err != nil {
		t.Fatal(err)
	}
	run, err := w.Finish(t.Context(), r, 1)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// forge changes a history by the program's own means: all sums and tallies agree.
func forge(t *testing.T, s *Store, do func(*tx) error) {
	t.Helper()
	if err := s.transact(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// rowsOf reads what is to be forged.
func rowsOf(t *testing.T, x *tx, of *table, condition string, args ...any) (list []row) {
	t.Helper()
	err := x.query(t.Context(), of.selection("t")+" WHERE "+condition, args, func(rows *sql.Rows) error {
		r, err := of.scan(rows)
		list = append(list, r)
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	return list
}

// set changes columns of rows, with their sums and the tally.
func set(t *testing.T, of *table, condition, column string, value any) func(*tx) error {
	return func(x *tx) error {
		for _, r := range rowsOf(t, x, of, condition) {
			r[of.column(column)] = value
			if err := x.put(t.Context(), of, r); err != nil {
				return err
			}
		}
		return nil
	}
}

// all does one forgery after the other.
func all(list ...func(*tx) error) func(*tx) error {
	return func(x *tx) error {
		for _, one := range list {
			if err := one(x); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestForged: what was changed with its sums and tallies, by who knows the program,
// does not agree with the digests of the runs.
func TestForged(t *testing.T) {
	drop := func(of *table, condition string) func(*tx) error {
		return func(x *tx) error {
			n, err := x.remove(t.Context(), of, condition)
			if n == 0 {
				t.Errorf("nothing is taken out of %s", of.name)
			}
			return err
		}
	}
	passed := all(set(t, runTable, "seq = 1", "exit_code", int64(0)), set(t, runTable, "seq = 1", "whole", int64(1)))
	pruned := all(set(t, linkTable, "seq = 1", "pruned", int64(1)), set(t, runTable, "seq = 1", "pruned", int64(1)))
	// prove does as if the run had been pruned to what it is now.
	prove := func(x *tx) error {
		h, err := held(t.Context(), x, &link{seq: 1, run: runTable.text(rowsOf(t, x, runTable, "seq = 1")[0], "id")})
		if err != nil {
			return err
		}
		return x.insert(t.Context(), remainsTable, h.prunedTo().row(1))
	}
	for name, forgery := range map[string]func(*tx) error{
		"a run":                                  passed,
		"a run that is said to be pruned":        all(pruned, passed),
		"only the link says so":                  all(set(t, linkTable, "seq = 1", "pruned", int64(1)), passed, drop(changeTable, "run = 1")),
		"with a proof":                           all(prove, pruned, passed),
		"a proof made afterwards":                all(passed, prove, pruned),
		"the results of one said to be pruned":   all(prove, pruned, set(t, resultTable, "run = 1", "verdict", int64(audit.Pass))),
		"a proof of other results":               all(set(t, resultTable, "run = 1", "verdict", int64(audit.Pass)), prove, pruned),
		"a run hidden as pruned":                 set(t, runTable, "seq = 1", "pruned", int64(1)),
		"the time of a run":                      set(t, linkTable, "seq = 2", "at", micros(firstDay.AddDate(-3, 0, 0))),
		"the scope of a run":                     set(t, linkTable, "seq = 2", "scope", "another"),
		"the audit log before a run":             drop(logTable, "id = 1"),
		"a result of a run that is gone for all": all(set(t, linkTable, "seq = 1", "pruned", int64(1)), drop(runTable, "seq = 1")),
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			kept(t, s, failing(0, "a.example.com", "b.example.com", "c.example.com"))
			if err := s.Log(t.Context(), AuditEntry{At: firstDay, Actor: "anna", Action: "login"}); err != nil {
				t.Fatal(err)
			}
			kept(t, s, failing(1, "b.example.com"))
			if v, err := s.Verify(t.Context(), ""); err != nil || len(v.Damage) > 0 {
				t.Fatal(v, err)
			}
			forge(t, s, forgery)
			if v, err := s.Verify(t.Context(), ""); err != nil || len(v.Damage) == 0 {
				t.Errorf("not found: %v", err)
			}
		})
	}
}

// TestNoted: a digest that was noted elsewhere tells of what all digests within were
// made to agree with; that of a run holds while the history goes on.
func TestNoted(t *testing.T) {
	s := fresh(t)
	ctx := t.Context()
	first := kept(t, s, failing(0, "a.example.com"))
	verify := func(noted string) *Verification {
		t.Helper()
		v, err := s.Verify(ctx, noted)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	whole := verify("").Digest
	if v := verify(strings.ToUpper(whole)); len(v.Damage) > 0 || !strings.HasPrefix(v.Noted, "all of it") {
		t.Errorf("%+v", v)
	}
	if err := s.Acquire(ctx, "run", "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := verify(whole).Digest; got != whole {
		t.Error("who is at work is part of the digest")
	}
	kept(t, s, failing(1, "a.example.com"))
	if v := verify(first.Digest); len(v.Damage) > 0 || !strings.Contains(v.Noted, first.ID) {
		t.Errorf("%+v", v)
	}
	if v := verify(whole); len(v.Damage) == 0 || v.Noted != "" {
		t.Errorf("a digest of what was before passes for one of what is: %+v", v)
	}
	whole = verify("").Digest
	forge(t, s, set(t, findingTable, "id = 1", "first_seen", micros(firstDay.AddDate(0, 0, 1)))) // no run covers it
	if v := verify(""); len(v.Damage) > 0 {
		t.Errorf("if this is found by itself now, say so in docs/history.md: %q", v.Damage)
	}
	if v := verify(whole); len(v.Damage) == 0 || v.Noted != "" {
		t.Errorf("%+v", v)
	}
	forge(t, s, func(x *tx) error { // another history, with digests that follow from one another
		var before []byte
		for _, r := range rowsOf(t, x, linkTable, "seq > 0 ORDER BY seq") {
			l := linkOf(r)
			l.at = l.at.Add(time.Second)
			l.digest = l.chained(before, nil)
			before = l.digest
			if err := x.put(ctx, linkTable, l.row()); err != nil {
				return err
			}
		}
		return nil
	})
	if v := verify(""); len(v.Damage) > 0 {
		t.Error(v.Damage)
	}
	if v := verify(first.Digest); len(v.Damage) == 0 || v.Noted != "" {
		t.Errorf("%+v", v)
	}
	for _, nonsense := range []string{"x", whole[:10], whole + "00"} {
		if _, err := s.Verify(ctx, nonsense); err == nil {
			t.Errorf("%q is a digest", nonsense)
		}
	}
}

// TestSnapshot: what is verified is one state, whatever is written meanwhile.
func TestSnapshot(t *testing.T) {
	s := fresh(t)
	for day := range 3 {
		kept(t, s, failing(day, "a.example.com"))
	}
	ctx := t.Context()
	err := s.snapshot(ctx, func(q querier) error {
		before, err := countRows(ctx, q, resultTable)
		if err != nil {
			return err
		}
		if _, err := s.Prune(ctx, Retention{Runs: 1}, firstDay.AddDate(0, 0, 3)); err != nil {
			return err
		}
		after, err := countRows(ctx, q, resultTable)
		if before != after || before.rows != 3 {
			t.Errorf("%+v and then %+v", before, after)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.Verify(ctx, ""); err != nil || len(v.Damage) > 0 {
		t.Error(v, err)
	}
}

// TestHashTree: what stays is proven by what went, and nothing else is.
func TestHashTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 70 {
		leaves, stays := make([]digest, n), make([]bool, n)
		var stayed []digest
		for i := range leaves {
			leaves[i] = leafOf([]byte{byte(i)})
			if stays[i] = r.IntN(3) == 0; stays[i] {
				stayed = append(stayed, leaves[i])
			}
		}
		root, proof := rootOf(leaves), prove(nil, leaves, stays)
		if got, ok := proven(proof, stayed); !ok || got != root {
			t.Fatalf("%d leaves: %v", n, ok)
		}
		if got, ok := proven(proof, append(stayed, root)); ok && got == root {
			t.Errorf("%d leaves: one more passes", n)
		}
		if len(stayed) > 0 {
			if got, ok := proven(proof, stayed[1:]); ok && got == root {
				t.Errorf("%d leaves: one less passes", n)
			}
			stayed[0][0] ^= 1
			if got, ok := proven(proof, stayed); ok && got == root {
				t.Errorf("%d leaves: another one passes", n)
			}
		}
	}
	if _, ok := proven([]byte(strings.Repeat("p", 1000)), nil); ok {
		t.Error("a proof without an end")
	}
}

// TestWriterEnds: the goroutine of a writer ends with its store, with Drop, and when
// another program has marked the run, of which nothing more is written then.
func TestWriterEnds(t *testing.T) {
	begun := func(t *testing.T) (*Store, *Writer) {
		s := fresh(t)
		w, err := s.Begin(t.Context(), Run{Started: firstDay})
		if err != nil {
			t.Fatal(err)
		}
		return s, w
	}
	observe := func(t *testing.T, w *Writer) {
		for r := range failing(0, "a.example.com").Records.BySubject() {
			if err := w.Observe(t.Context(), r.Evidence.Observed); err != nil {
				t.Fatal(err)
			}
		}
	}
	ended := func(t *testing.T, w *Writer) {
		t.Helper()
		select {
		case <-w.done:
		case <-time.After(10 * time.Second):
			t.Fatal("it goes on")
		}
	}
	t.Run("dropped", func(t *testing.T) {
		_, w := begun(t)
		w.Drop()
		ended(t, w)
	})
	t.Run("closed", func(t *testing.T) {
		s, w := begun(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		observe(t, w)
		ended(t, w)
	})
	t.Run("held for dead", func(t *testing.T) {
		s, w := begun(t)
		if lost, err := s.Recover(t.Context(), 0); err != nil || len(lost) != 1 {
			t.Fatal(lost, err)
		}
		observe(t, w)
		ended(t, w)
		if w.failed == nil || !strings.Contains(w.failed.Error(), "held this one for dead") {
			t.Error(w.failed)
		}
		for _, of := range []*table{stagingTable, heartbeatTable} {
			if n, err := countRows(t.Context(), s, of); err != nil || n.rows != 0 {
				t.Errorf("%s: %+v, %v", of.name, n, err)
			}
		}
	})
}
