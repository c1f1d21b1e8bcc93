package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
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
}

func TestTableFits(t *testing.T) {
	r := zooReport()
	for rec := range r.Records.BySubject() {
		for i := range rec.Findings {
			rec.Findings[i].Remedy = nil // snippets are never wrapped
		}
	}
	for _, width := range []int{60, 80, 100, 160, 200} {
		for _, line := range strings.Split(string(write(t, Table, r, Options{Width: width, Verbose: true})), "\n") {
			if n := columns(line); n > width {
				t.Errorf("%d columns instead of %d: %s", n, width, line)
			}
		}
	}
}

func TestTableIsHarmless(t *testing.T) {
	got := string(write(t, Table, zooReport(), Options{Verbose: true}))
	if i := strings.IndexFunc(got, harmful); i >= 0 {
		t.Errorf("harmful character in %q", got[max(0, i-40):i+10])
	}
	if !strings.Contains(got, `\x1b[2J`) || !strings.Contains(got, `\u202e`) {
		t.Error("the escapes are not visible")
	}
}
