package history_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsaudit/internal/history"
)

// first is a database of the first version: two runs, of which the first was pruned
// to the latest result of gone.example.com, and one that was broken off.
func first(t *testing.T) string {
	t.Helper()
	in := must(os.Open("testdata/v1.db.gz"))(t)
	defer in.Close()
	plain := must(io.ReadAll(must(gzip.NewReader(in))(t)))(t)
	file := filepath.Join(t.TempDir(), "v1.db")
	if err := os.WriteFile(file, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMigrate: what the version before kept is brought up to date, is whole, and
// is gone on with.
func TestMigrate(t *testing.T) { migrated(t, opened(t, first(t))) }

func migrated(t *testing.T, s *history.Store) {
	t.Helper()
	if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 || v.Runs != 2 {
		t.Fatalf("%+v", v)
	}
	if f := must(s.Fleet(t.Context()))(t); f.Subjects != 3 || f.Fail != 2 || f.Unknown != 1 {
		t.Errorf("%+v", f)
	}
	if run := must(s.Run(t.Context(), "latest"))(t); run.Fleet != (history.FleetCounts{}) || run.Part || run.Inventory != "" {
		t.Errorf("%+v", run)
	}
	// The inventory has another name now. What was last seen under the one of before
	// is looked for all the same.
	run := keepRun(t, s, 3, history.Run{Inventory: "/srv/inventory.yaml"}, small(3, "a.example.com tls aa R1=fail R2=fail", "b.example.com tls bb R1=pass"))
	if got := happened(t, s, run.ID); !slices.Equal(got, []string{"reachable b", "gone gone"}) {
		t.Error(got)
	}
	if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 || v.Runs != 3 {
		t.Errorf("%+v", v)
	}
}

// TestMigrateDamage: damage of before is not covered up.
func TestMigrateDamage(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE subject SET first_seen = first_seen - 1 WHERE id = 1": "subject",
		"DELETE FROM change WHERE run = 2 AND number = 1":             "the run",
		"UPDATE link SET digest = content WHERE seq = 1":              "link",
	} {
		file := first(t)
		behind(t, file, statement)
		v := must(opened(t, file).Verify(t.Context(), ""))(t)
		if len(v.Damage) == 0 || !strings.Contains(v.Damage[0], want) {
			t.Errorf("%s: %q", statement, v.Damage)
		}
	}
}
