package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; go test -update rewrites it):\n%s", path, diff)
	}
}

// write renders a report and fails the test on error.
func write(t testing.TB, f Format, r *audit.Report, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTableGolden(t *testing.T) {
	golden(t, "table-80.txt", write(t, Table, zooReport(), Options{}))
	golden(t, "table-160-verbose.txt", write(t, Table, zooReport(), Options{Width: 160, Verbose: true}))
	golden(t, "table-full-80.txt", write(t, Table, fullReport(), Options{}))
	golden(t, "table-full-160-verbose.txt", write(t, Table, fullReport(), Options{Width: 160, Verbose: true}))
	golden(t, "table-whatif-80.txt", write(t, Table, fullReport(), Options{WhatIf: true}))
	golden(t, "table-whatif-160.txt", write(t, Table, fullReport(), Options{WhatIf: true, Width: 160}))
	golden(t, "table-matrix-100.txt", write(t, Table, manyPeers(8, fiveProfiles...), Options{Width: 100}))
}

// fiveProfiles do not fit beside each other in a terminal.
var fiveProfiles = []string{"bsi-tr-03116-4-2025", "gateway", "mozilla-intermediate-6.0", "nist-sp-800-52r2-government", "pci-dss-4.0.1"}

// views are ways to ask for a table.
var views = []Options{{}, {Verbose: true}, {WhatIf: true}, {Limit: 1}, {Limit: 1, WhatIf: true}, {Grades: true}, {Only: []audit.Verdict{audit.Fail}}, {Width: 160, Verbose: true}, {Width: 160, WhatIf: true}}

func TestTableFits(t *testing.T) {
	for _, r := range []*audit.Report{fullReport(), manyPeers(8, fiveProfiles...)} {
		for rec := range r.Records.BySubject() {
			for i := range rec.Findings {
				rec.Findings[i].Remedy = nil // snippets are never wrapped
			}
		}
		for _, width := range []int{60, 80, 99, 100, 119, 120, 160, 200} {
			for _, o := range views {
				o.Width = width
				for _, line := range strings.Split(string(write(t, Table, r, o)), "\n") {
					if n := columns(line); n > width {
						t.Errorf("%+v: %d columns instead of %d: %s", o, n, width, line)
					}
				}
			}
		}
	}
}

func TestTableIsHarmless(t *testing.T) {
	for _, o := range views {
		got := string(write(t, Table, fullReport(), o))
		if i := strings.IndexFunc(got, harmful); i >= 0 {
			t.Errorf("%+v: harmful character in %q", o, got[max(0, i-40):i+10])
		}
		if !strings.Contains(got, `\x1b[2J`) || !strings.Contains(got, `\u202e`) {
			t.Errorf("%+v: the escapes are not visible", o)
		}
		for _, line := range strings.Split(got, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%+v: a build server would obey %q", o, line)
			}
		}
	}
}

// TestTableColorsRepeatTheText: without its colours the table is the same, and
// only then are there escape characters.
func TestTableColorsRepeatTheText(t *testing.T) {
	for _, o := range views {
		plain := string(write(t, Table, fullReport(), o))
		o.Color = true
		colored := string(write(t, Table, fullReport(), o))
		if want := "\x1b[1;31mFAIL\x1b[0m"; !o.WhatIf && !strings.Contains(colored, want) {
			t.Error("a fail is not red")
		}
		if want := "\x1b[1;31mno\x1b[0m"; o.WhatIf && !strings.Contains(colored, want) && o.Limit != 1 {
			t.Error("a no is not red")
		}
		if diff := cmp.Diff(plain, regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored, "")); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTableLimit(t *testing.T) {
	got := string(write(t, Table, zooReport(), Options{Limit: 2}))
	if !strings.Contains(got, "SSLv3 is accepted") || strings.Contains(got, "\ntls://") {
		t.Error("the wrong rows are shown")
	}
	// Of 14 findings 2 are shown; the fourth endpoint on is not.
	joined := strings.Join(strings.Fields(got), " ")
	if want := "NOT SHOWN: 4 fail, 5 unknown, 2 warn, 1 waived on 7 endpoints."; !strings.Contains(joined, want) {
		t.Errorf("%q is missing in\n%s", want, got)
	}
	if !strings.Contains(got, "tls_dhparam") || !strings.Contains(got, "8 endpoints: 7 judged, 1 unknown.") {
		t.Error("remedies and summary must not be limited")
	}
	if got := string(write(t, Table, zooReport(), Options{Limit: -1})); strings.Contains(got, "NOT SHOWN") {
		t.Error("a negative limit hides rows")
	}
}

func TestTableOfNothing(t *testing.T) {
	got := string(write(t, Table, &audit.Report{Records: zoo{}}, Options{}))
	if !strings.Contains(got, "0 endpoints: 0 judged, 0 unknown.") || !strings.Contains(got, "INCOMPLETE") {
		t.Errorf("an empty report reads\n%s", got)
	}
}

// TestTableSaysIncompleteFirstAndLast: neither the head nor the tail of a long
// report may be read without the warning.
func TestTableSaysIncompleteFirstAndLast(t *testing.T) {
	r := zooReport()
	if n := strings.Count(string(write(t, Table, r, Options{})), "INCOMPLETE: 1 of 8"); n != 2 {
		t.Errorf("said %d times", n)
	}
	r.Complete = true
	if strings.Contains(string(write(t, Table, r, Options{})), "INCOMPLETE") {
		t.Error("a complete report is called incomplete")
	}
}

func TestRemediesAreBounded(t *testing.T) {
	r := remedies{limit: 2, subjects: 2}
	for i, text := range []string{"a", "a", "a", "b", "c", "", "a"} {
		r.add(&audit.Finding{Subject: string(rune('p' + i)), Profile: "x", Rule: text + "1", Remedy: &audit.Remedy{Text: text}})
	}
	r.add(&audit.Finding{Subject: "v", Remedy: &audit.Remedy{Text: "a"}}) // the subject of the last "a" again
	r.add(&audit.Finding{Subject: "v"})
	if len(r.list) != 2 || r.more != 1 || r.list[0].total != 4 || r.list[0].findings != 5 || len(r.list[0].subjects) != 2 || strings.Join(r.list[0].rules, " ") != "x/a1 /" {
		t.Errorf("%+v, %+v", r, r.list[0])
	}
}
