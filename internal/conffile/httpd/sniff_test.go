package httpd

import (
	"testing"

	"tlsaudit/internal/conftree"
)

// TestSniffSamples: the dialect is told from the other, and from all other
// formats of the fixtures.
func TestSniffSamples(t *testing.T) {
	tree, err := conftree.OpenDir(fixtureRoot, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mine := map[string]sample{}
	for _, s := range samples(t) {
		mine[s.Path] = s
	}
	names, _ := tree.Files()
	if len(names) < 100 {
		t.Fatalf("%d files", len(names))
	}
	for _, name := range names {
		f, err := tree.Read(name)
		if err != nil {
			continue // damaged beyond reading
		}
		apache, ihs := Apache.Sniff(f), IHS.Sniff(f)
		switch s, ok := mine[name]; {
		case !ok && apache+ihs > 0:
			t.Errorf("%s: apache %d, ihs %d", name, apache, ihs)
		case ok && s.System == "apache" && apache <= ihs, ok && s.System == "ihs" && ihs <= apache && len(f.Text) > 0:
			t.Errorf("%s: apache %d, ihs %d", name, apache, ihs)
		}
	}
}
