package conftree_test

import (
	"os"
	"runtime"
	"testing"

	"tlsaudit/internal/conftree"
)

// An audit may name more folders than a process can hold open.
func TestTreesHoldNothingOpen(t *testing.T) {
	dir := folder(t, map[string]string{"a.conf": "a\n", "b/c.conf": "c\n"})
	held := func() int {
		names, err := os.ReadDir("/dev/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	before := held()
	var trees []*conftree.Tree
	for range 200 {
		tree := open(t, dir, conftree.Options{})
		if names, _ := tree.Files(); len(names) != 2 {
			t.Fatal(names)
		}
		if _, err := tree.Read("b/c.conf"); err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	if now := held(); now > before+50 {
		t.Errorf("%d trees: %d files are open, %d before", len(trees), now, before)
	}
	runtime.KeepAlive(trees)
}
