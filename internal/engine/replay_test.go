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
