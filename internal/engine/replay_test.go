package engine_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/engine"
	"tlsaudit/report"
)

// replay reads a report and makes one of it again.
func replay(t *testing.T, text string) (*engine.Result, error) {
	t.Helper()
	head, err := report.ReadReport("r.json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	return engine.Replay(t.TempDir(), head, report.ReadRecords("r.json", open))
}

func inJSON(t *testing.T, r *audit.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON.Write(&b, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReplay: what is read again is what was written, in both orders.
func TestReplay(t *testing.T) {
	first := run(t, fleet(30))
	text := inJSON(t, first)
	result, err := replay(t, text)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if diff := cmp.Diff(text, inJSON(t, result.Report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	order := func(r *audit.Report) (list []string) {
		for record, err := range r.Records.WorstFirst() {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, record.Evidence.Subject)
		}
		return list
	}
	if diff := cmp.Diff(order(first), order(result.Report)); diff != "" {
		t.Errorf("worst first (-want +got):\n%s", diff)
	}
}

// TestReplayOfWhatWasEdited: a verdict that somebody changed does not get into
// a workbook.
func TestReplayOfWhatWasEdited(t *testing.T) {
	text := inJSON(t, run(t, fleet(30)))
	edited := strings.Replace(text, `"verdict":"fail"`, `"verdict":"pass"`, 1)
	if edited == text {
		t.Fatal("nothing was edited")
	}
	result, err := replay(t, edited)
	var input *audit.InputError
	if result != nil || !errors.As(err, &input) || !strings.Contains(err.Error(), "it is not as it was written") {
		t.Errorf("%v", err)
	}
}

// TestCounted: an earlier report is held to its counts as it is read by, and what
// was edited is told behind the last record.
func TestCounted(t *testing.T) {
	text := inJSON(t, run(t, fleet(30)))
	count := func(text string) (records int, last error) {
		head, err := report.ReadReport("r.json", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
		for _, err := range engine.Counted(head, report.ReadRecords("r.json", open)) {
			if last = err; err == nil {
				records++
			}
		}
		return records, last
	}
	all, err := count(text)
	if err != nil || all < 30 {
		t.Errorf("%d records: %v", all, err)
	}
	edited := strings.Replace(text, `"verdict":"fail"`, `"verdict":"pass"`, 1)
	if n, err := count(edited); n != all || err == nil || !strings.Contains(err.Error(), "it is not as it was written") {
		t.Errorf("edited: %d of %d records, then %v", n, all, err)
	}
	if n, err := count(text[:len(text)/2]); n >= all || err == nil {
		t.Errorf("cut off: %d of %d records, then %v", n, all, err)
	}
}

// TestExcerpt: a part of a report counts what it holds, and is whole by itself.
func TestExcerpt(t *testing.T) {
	first := run(t, fleet(30))
	half := func(yield func(*audit.Record, error) bool) {
		n := 0
		for record, err := range first.Records.BySubject() {
			if n++; n%2 == 0 && !yield(record, err) {
				return
			}
		}
	}
	result, err := engine.Excerpt(t.TempDir(), first, half)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if got, all := result.Report.Summary.Subjects, first.Summary.Subjects; got != all/2 {
		t.Errorf("%d of %d endpoints, want half of them", got, all)
	}
	result.Report.Changes = &audit.Changes{Only: true}
	if got := result.Report.Summary.Score; got != (audit.Score{}) {
		t.Errorf("a part has the score %s", got)
	}
	text := inJSON(t, result.Report)
	again, err := replay(t, text)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(text, inJSON(t, again.Report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
