package engine_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/policy"
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
// a workbook, nor does a report that was made complete.
func TestReplayOfWhatWasEdited(t *testing.T) {
	text := inJSON(t, run(t, fleet(30)))
	for name, tt := range map[string]struct{ old, edited, want string }{
		"a fail is a pass":           {`"verdict":"fail"`, `"verdict":"pass"`, "it is not as it was written"},
		"complete":                   {`"complete": false`, `"complete": true`, "it is complete, and that it is not"},
		"complete without reason":    {"\"complete\": false,\n  \"incomplete\": \"3 of 30 endpoints could not be judged in full\"", `"complete": true`, "it is complete, and 3 of 30 endpoints could not be judged in full"},
		"incomplete, and not why":    {"\"incomplete\": \"3 of 30 endpoints could not be judged in full\",\n", "", "and not why"},
		"waived by nothing":          {`"verdict":"fail"`, `"verdict":"waived"`, "not by a waiver"},
		"waived in place of unknown": {`"verdict":"unknown"`, `"verdict":"waived","waiver":{"id":"w","was":"unknown","expires":"2027-01-01T00:00:00Z"}`, "not by a waiver"},
	} {
		edited := strings.Replace(text, tt.old, tt.edited, 1)
		if edited == text {
			t.Errorf("%s: nothing was edited", name)
			continue
		}
		result, err := replay(t, edited)
		var input *audit.InputError
		if result != nil || !errors.As(err, &input) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpen: of all that is open nothing is left out.
func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		records []audit.Record
		want    string
	}{
		{nil, "3 of 30 endpoints could not be judged in full"},
		{[]audit.Record{{Evidence: audit.Evidence{Subject: "config:a", Declared: []audit.Declared{{}}}, Findings: []audit.Finding{{Subject: "config:a"}}}},
			"3 of 30 endpoints, 1 of 1 configuration files and listeners could not be judged in full"},
	} {
		r := engine.Run{Evidence: report.ReadEvidence("r.json", bytes.NewReader(fleet(30))), SpoolDir: t.TempDir(), Records: tt.records, Judge: fleetJudge(t)}
		result, err := r.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		if result.Report.Incomplete != tt.want {
			t.Errorf("%q, want %q", result.Report.Incomplete, tt.want)
		}
	}
}

// fleetJudge judges by the policy of the fleet.
func fleetJudge(t *testing.T) *engine.Judge {
	t.Helper()
	p, err := policy.Parse("corp.yaml", []byte(fleetPolicy), checks.All)
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Judge{Checks: checks.All, Rules: p.Rules, Now: now}
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
