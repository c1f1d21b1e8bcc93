package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// TestReadFindings: what the JSON format writes is read back as it was.
func TestReadFindings(t *testing.T) {
	var want, got []audit.Finding
	r := fullReport()
	for record, err := range r.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, record.Findings...)
	}
	text := write(t, JSON, r, Options{})
	for f, err := range ReadFindings("r.json", bytes.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *f)
	}
	if len(want) == 0 {
		t.Fatal("the report has no findings to compare")
	}
	// JSON has no bytes that are not UTF-8.
	sameText := cmp.Comparer(func(a, b string) bool { return string([]rune(a)) == string([]rune(b)) })
	if diff := cmp.Diff(want, got, sameText); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	for range ReadFindings("r.json", bytes.NewReader(text)) {
		break // a reader may stop early
	}
}

func TestReadFindingsFaults(t *testing.T) {
	for name, text := range map[string]string{
		"no schema":        `{"findings": []}`,
		"another schema":   `{"schema": "x", "findings": []}`,
		"nothing":          `{}`,
		"no JSON":          "waivers: []",
		"cut off":          `{"schema": "tlsaudit/report/v1", "findings": [{"rule": "A"}, {"ru`,
		"not a list":       `{"schema": "tlsaudit/report/v1", "findings": {}}`,
		"not a verdict":    `{"schema": "tlsaudit/report/v1", "findings": [{"verdict": "fine"}]}`,
		"findings missing": `{"schema": "tlsaudit/report/v1", "evidence": [`,
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, err := range ReadFindings("r.json", strings.NewReader(text)) {
				last = err
			}
			if input := (*audit.InputError)(nil); !errors.As(last, &input) {
				t.Errorf("the reading ends with %v, want an *audit.InputError", last)
			}
		})
	}
}

// FuzzReadFindings: a stored report is foreign; a fault is told once and ends
// the reading.
func FuzzReadFindings(f *testing.F) {
	f.Add([]byte(`{"schema": "tlsaudit/report/v1", "findings": [{"rule": "A", "verdict": "fail"}]}`))
	f.Add([]byte(`{"schema": "tlsaudit/report/v1", "evidence": [[[]]], "findings": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ended := false
		for finding, err := range ReadFindings("r.json", bytes.NewReader(data)) {
			if ended {
				t.Fatal("the reading goes on behind a fault")
			}
			ended = err != nil
			if (finding == nil) == (err == nil) {
				t.Fatalf("%v and %v", finding, err)
			}
		}
	})
}
