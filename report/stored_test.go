package report

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

// opener opens the same text again and again.
func opener(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

// readBack reads a whole report back.
func readBack(t *testing.T, text string) (*audit.Report, error) {
	t.Helper()
	r, err := ReadReport("report.json", strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	var records zoo
	for record, err := range ReadRecords("report.json", opener(text)) {
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	r.Records = records
	return r, nil
}

// TestStoredReport: a report that is read back is written to the same bytes,
// whatever is in it.
func TestStoredReport(t *testing.T) {
	changed := zooReport()
	changed.Changes = &audit.Changes{
		Before: audit.FileRef{File: "old.json", SHA256: strings.Repeat("1", 64)}, Generated: zooNow, Counts: map[audit.ChangeKind]int{audit.ChangeNew: 1}, Omitted: 3,
		List: []audit.Change{{Kind: audit.ChangeNew, Subject: "https://a:443", Profile: "p", Rule: "r", Before: "pass", After: "fail", Severity: audit.High, Message: hostileText}},
	}
	file, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"zoo": written(t, zooReport()), "with changes": written(t, changed), "golden": string(file)} {
		r, err := readBack(t, want)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, written(t, r), cmpopts.AcyclicTransformer("lines", func(s string) []string { return strings.SplitAfter(s, "\n") })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func written(t *testing.T, r *audit.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON.Write(&b, r, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStoredReportFaults: what is no whole report is not taken for one.
func TestStoredReportFaults(t *testing.T) {
	text := written(t, zooReport())
	lines := strings.SplitAfter(text, "\n")
	find := func(part string) int {
		for i, line := range lines {
			if strings.Contains(line, part) {
				return i
			}
		}
		t.Fatalf("no line has %q", part)
		return 0
	}
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	swapped := func(i int) string {
		l := append([]string{}, lines...)
		l[i], l[i+1] = l[i+1], l[i]
		return strings.Join(l, "")
	}
	evidence := find(`"evidence": [`) + 1
	for name, tt := range map[string]struct{ text, want string }{
		"evidence is missing":       {without(evidence), "there is no evidence of"},
		"evidence is out of order":  {swapped(evidence), "stands behind that of"},
		"it breaks off":             {strings.Join(lines[:evidence+2], ""), "the file ends here"},
		"it breaks off in findings": {strings.Join(lines[:find(`"findings": [`)+3], ""), "the file ends here"},
		"another schema":            {strings.Replace(text, audit.SchemaV1, "other", 1), "is not a schema"},
		"findings out of order":     {swapped(find(`    {"rule":"name"`)), "there is no evidence of"},
	} {
		if _, err := readBack(t, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
