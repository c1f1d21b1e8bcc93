package history_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// testPrune: what is asked for stays, and so do the latest result of every
// subject and the chain.
func testPrune(t *testing.T, where place) {
	file := where(t)
	s := must(history.Open(t.Context(), file))(t)
	ctx := t.Context()
	other := small(0, "old.example.com tls aa R1=fail") // never audited again
	other.Sources[0].File = "other.yaml"
	old := keep(t, s, 0, other)
	gone := keep(t, s, 0, small(0, "host.example.com tls R1=fail"))
	keep(t, s, 0, small(0, "host.example.com tls R1=pass"))
	if err := historytest.Fill(ctx, s, 40, 30, 5); err != nil { // from night 3 on
		t.Fatal(err)
	}
	w := must(s.Begin(ctx, history.Run{Started: historytest.Night(2)}))(t)
	if err := w.Abandon(ctx, "cut short"); err != nil {
		t.Fatal(err)
	}
	last := historytest.Night(43)
	for _, test := range []struct {
		keep history.Retention
		now  time.Time
		want string
	}{
		{history.Retention{}, last, "nothing would be kept"},
		{history.Retention{Days: 10}, last.AddDate(0, 0, -5), "before the newest run"},
		{history.Retention{Days: 10}, last.AddDate(0, 3, 0), "may have jumped"},
	} {
		if p, err := s.Prune(ctx, test.keep, test.now); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v, %v", p, err)
		}
	}
	before := must(s.Subject(ctx, "https://old.example.com:443"))(t)
	record := line(t, must(s.Record(ctx, old.ID, before.Subject))(t))
	size, isFile := sizeOf(file)
	p := must(s.Prune(ctx, history.Retention{Days: 5, Runs: 8}, last))(t)
	if p.Runs != 35 || p.Incomplete != 1 || p.Results == 0 || p.Objects == 0 {
		t.Errorf("%+v", p)
	}
	if after, _ := sizeOf(file); isFile && after >= size {
		t.Errorf("the file had %d bytes and has %d", size, after)
	}
	runs, _, err := s.Runs(ctx, history.Page{})
	if err != nil || len(runs) != 8 {
		t.Error(len(runs), err)
	}
	for _, run := range runs {
		for _, err := range must(s.Report(ctx, run.ID))(t).Records.BySubject() {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if after := must(s.Subject(ctx, before.Subject))(t); *after != *before {
		t.Errorf("was %+v\nis  %+v", before, after)
	}
	if got := line(t, must(s.Record(ctx, before.LastRun, before.Subject))(t)); got != record {
		t.Errorf("got %s\nwant %s", got, record)
	}
	if _, err := s.Report(ctx, old.ID); err == nil || !strings.Contains(err.Error(), "was pruned") {
		t.Error("a part of a report passes for it:", err)
	}
	if _, err := s.Run(ctx, gone.ID); err == nil {
		t.Error("the run is still there")
	}
	if v := must(s.Verify(ctx, ""))(t); len(v.Damage) > 0 || v.Runs != 43 {
		t.Errorf("%+v", v)
	}
	again := must(s.Prune(ctx, history.Retention{Days: 5, Runs: 8}, last))(t)
	if *again != (history.Pruned{}) {
		t.Errorf("%+v", again)
	}
	if err := historytest.Fill(ctx, s, 1, 30, 5); err != nil {
		t.Fatal("it does not go on:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if v := must(opened(t, file).Verify(ctx, ""))(t); len(v.Damage) > 0 || v.Sealed != isFile {
		t.Errorf("%+v", v)
	}
}

// sizeOf is the size of a file, if it is one.
func sizeOf(file string) (int64, bool) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}
