package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// stored yields what a scan of n endpoints brings back, in the order given, and
// then err if it is not nil.
func stored(order []int, err error) iter.Seq2[audit.Stored, error] {
	var targets []audit.Target
	for target := range endpoints(slices.Max(order)+1, nil) {
		targets = append(targets, target)
	}
	return func(yield func(audit.Stored, error) bool) {
		for _, i := range order {
			if !yield(audit.Stored{Observed: observe(context.Background(), targets[i])}, nil) {
				return
			}
		}
		if err != nil {
			yield(audit.Stored{}, err)
		}
	}
}

// lines renders the records of a report in both orders.
func lines(t *testing.T, r *audit.Report) []string {
	t.Helper()
	var list []string
	for _, order := range []iter.Seq2[*audit.Record, error]{r.Records.BySubject(), r.Records.WorstFirst()} {
		for record, err := range order {
			if err != nil {
				t.Fatal(err)
			}
			line, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, string(line))
		}
	}
	return list
}

// TestRejudge: stored evidence gives the report the scan gave, whatever order
// it is read in.
func TestRejudge(t *testing.T) {
	scanned := do(t, context.Background(), &Run{Targets: endpoints(10, nil), Scan: observe, Judge: byHost()}).Report
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {9, 3, 7, 5, 1, 0, 2, 4, 8, 6}} {
		again := do(t, context.Background(), &Run{Evidence: stored(order, nil), Judge: byHost()}).Report
		if diff := cmp.Diff(scanned.Summary, again.Summary); diff != "" {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(lines(t, scanned), lines(t, again)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if again.Complete || again.Stopped || again.Incomplete != scanned.Incomplete {
			t.Errorf("complete %v, stopped %v: %q", again.Complete, again.Stopped, again.Incomplete)
		}
	}
}

// TestRejudgeText: evidence that comes with its text gives the records that it
// gives without; what a later program added does not get into them.
func TestRejudgeText(t *testing.T) {
	written := func(yield func(audit.Stored, error) bool) {
		for s := range stored([]int{2, 0, 3, 1}, nil) {
			text, err := json.MarshalIndent(audit.Evidence{Subject: s.Observed.Target.Subject(), Observed: s.Observed}, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			s.Text = bytes.Replace(text, []byte(`"observed": {`), []byte(`"later": [1], "observed": {"later": {"secret": true},`), 1)
			if len(s.Text) == len(text) {
				t.Fatalf("nothing was added to %s", text)
			}
			if !yield(s, nil) {
				return
			}
		}
	}
	want := do(t, context.Background(), &Run{Evidence: stored([]int{0, 1, 2, 3}, nil), Judge: byHost()}).Report
	got := do(t, context.Background(), &Run{Evidence: written, Judge: byHost()}).Report
	if diff := cmp.Diff(lines(t, want), lines(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBrokenEvidence: what was read is judged to its end; the report says that
// it is not all.
func TestBrokenEvidence(t *testing.T) {
	fault := &audit.InputError{Place: audit.Place{File: "report.json", Line: 9, Col: 4}, Cause: "the file ends here"}
	r := Run{Evidence: stored([]int{0, 1, 2}, fault), Judge: byHost(), SpoolDir: t.TempDir()}
	result, err := r.Do(context.Background())
	t.Cleanup(func() { result.Close() })
	if !errors.Is(err, fault) {
		t.Fatalf("error %v", err)
	}
	if s := result.Report.Summary; s.Subjects != 3 || s.Pass != 3 || s.Unknown != 0 {
		t.Errorf("summary %+v", s)
	}
	if r := result.Report; r.Complete || !r.Stopped || r.Incomplete != "the list of evidence broke off after 3 endpoints: report.json:9:4: the file ends here" {
		t.Errorf("complete %v, stopped %v: %q", r.Complete, r.Stopped, r.Incomplete)
	}
}

// TestEvidenceTwice: of two observations of one endpoint none is dropped in
// silence.
func TestEvidenceTwice(t *testing.T) {
	r := Run{Evidence: stored([]int{0, 3, 0, 1}, nil), Judge: byHost(), SpoolDir: t.TempDir()}
	result, err := r.Do(context.Background())
	t.Cleanup(func() { result.Close() })
	if err == nil || !strings.Contains(err.Error(), `there is evidence of "https://host00000.example.com:443" twice`) {
		t.Errorf("error %v", err)
	}
	if r := result.Report; r.Complete || !r.Stopped || r.Summary.Subjects != 2 {
		t.Errorf("complete %v, stopped %v: %+v", r.Complete, r.Stopped, r.Summary)
	}
}

// TestRejudgeInterrupted: the end of the run ends the reading.
func TestRejudgeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	evidence := func(yield func(audit.Stored, error) bool) {
		for o := range stored([]int{0, 1, 2, 3, 4}, nil) {
			if o.Observed.Target.Host == "host00002.example.com" {
				cancel(errors.New("stopped by interrupt"))
			}
			if !yield(o, nil) {
				return
			}
		}
	}
	r := do(t, ctx, &Run{Evidence: evidence, Judge: byHost()}).Report
	if r.Summary.Subjects != 2 || r.Summary.Pass != 2 || r.Complete || !r.Stopped || r.Incomplete != "stopped after 2 endpoints: stopped by interrupt" {
		t.Errorf("complete %v, stopped %v: %q, %+v", r.Complete, r.Stopped, r.Incomplete, r.Summary)
	}
}

// TestInterruptedEvidence: what a scan left open stays open when its evidence
// is judged again, tomorrow and by another policy.
func TestInterruptedEvidence(t *testing.T) {
	for host, want := range map[int]string{0: "unknown not judged: the scan was interrupted; so far: All is well", 3: "fail broken"} {
		ctx, cancel := context.WithCancel(context.Background())
		targets := func(yield func(audit.Target, error) bool) {
			for target := range endpoints(host+1, nil) {
				if strings.HasSuffix(target.Host, string(rune('0'+host))+".example.com") {
					yield(target, nil)
				}
			}
		}
		first := do(t, ctx, &Run{Targets: targets, Judge: byHost(), Scan: func(ctx context.Context, target audit.Target) *audit.Observation {
			cancel()
			return observe(ctx, target)
		}})
		if !first.Report.Stopped {
			t.Error("a run that was cut short does not say so")
		}
		evidence := func(yield func(audit.Stored, error) bool) {
			for r, err := range first.Report.Records.BySubject() {
				if err != nil || !yield(audit.Stored{Observed: r.Evidence.Observed}, nil) {
					return
				}
			}
		}
		for r, err := range do(t, context.Background(), &Run{Evidence: evidence, Judge: byHost()}).Report.Records.BySubject() {
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Findings[0].Verdict.String() + " " + r.Findings[0].Message; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

// TestNothing: a run about nothing is no clean run; one about rows alone may be.
func TestNothing(t *testing.T) {
	none := func(func(audit.Stored, error) bool) {}
	for name, run := range map[string]*Run{"no evidence": {Evidence: none}, "no targets": {Targets: endpoints(0, nil), Scan: observe}, "neither": {}} {
		run.Judge = byHost()
		if r := do(t, context.Background(), run).Report; r.Complete || r.Incomplete != "nothing was judged: there is no endpoint" {
			t.Errorf("%s: complete %v: %q", name, r.Complete, r.Incomplete)
		}
	}
	if r := do(t, context.Background(), &Run{Judge: byHost(), Records: rows()}).Report; !r.Complete || r.Summary.Rows != 2 {
		t.Errorf("rows alone: complete %v: %q", r.Complete, r.Incomplete)
	}
}
