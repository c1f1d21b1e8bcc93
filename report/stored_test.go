package report

import (
	"bytes"
	"errors"
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
		"a finding about nothing":   {strings.Replace(text, `"subject":"https://legacy.example.com:443","level"`, `"subject":"","level"`, 1), "in findings stands something about no subject"},
		"another schema":            {strings.Replace(text, audit.SchemaV1, "other", 1), "is not a schema"},
		"findings out of order":     {swapped(find(`    {"rule":"name"`)), "there is no evidence of"},
	} {
		if _, err := readBack(t, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// FuzzReadRecords: whatever a file holds, it is read to records in order or
// refused by a fault with a place, and what was read can be written.
func FuzzReadRecords(f *testing.F) {
	var b bytes.Buffer
	if err := JSON.Write(&b, zooReport(), Options{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":"tlsaudit/report/v1","evidence":[{"subject":"config:a","declared":[{}]}],"findings":[{"subject":"config:a"},{"subject":"config:b"}]}`))
	f.Add([]byte(`{"schema":"tlsaudit/report/v1","rules":[{}],"changes":{"list":[{"kind":"new"}]},"impact":null,"evidence":[],"what_if":[{"subject":"x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadReport("f.json", bytes.NewReader(data))
		before := ""
		var records zoo
		for record, fault := range ReadRecords("f.json", opener(string(data))) {
			if fault != nil {
				var input *audit.InputError
				if !errors.As(fault, &input) || input.Place.File == "" {
					t.Fatalf("%T without a place: %v", fault, fault)
				}
				return
			}
			if before != "" && record.Evidence.Subject <= before {
				t.Fatalf("%q behind %q", record.Evidence.Subject, before)
			}
			before = record.Evidence.Subject
			records = append(records, record)
		}
		if err != nil {
			return
		}
		r.Records = records
		if err := JSON.Write(io.Discard, r, Options{}); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
