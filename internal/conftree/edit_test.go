package conftree_test

import (
	"strings"
	"sync"
	"testing"

	"tlsaudit/internal/conftree"
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name, text string
		edits      func(f *conftree.File) []conftree.Edit
		want       string
	}{
		{"nothing", "a\nb\n", func(*conftree.File) []conftree.Edit { return nil }, "a\nb\n"},
		{"replaced", "a=1 # x\r\nb\r\n", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.Replace(2, 3, "two")} }, "a=two # x\r\nb\r\n"},
		{"deleted", "a\r\nb\r\nc\r\n", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.DeleteLines(1, 2)} }, "c\r\n"},
		{"deleted to the end", "a\nb\nc", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.DeleteLines(2, 3)} }, "a\n"},
		{"before", "a\r\nb\r\n", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertBefore(2, "x", "y")} }, "a\r\nx\r\ny\r\nb\r\n"},
		{"after the last", "a\nb", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertAfter(2, "x")} }, "a\nb\nx\n"},
		{"after the end", "a\nb\n", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertAfter(3, "x")} }, "a\nb\nx\n"},
		{"after mixed ends", "a\r\nb\n", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertAfter(3, "x")} }, "a\r\nb\nx\r\n"},
		{"into nothing", "", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertAfter(1, "x")} }, "x\n"},
		{"CR only", "a\rb", func(f *conftree.File) []conftree.Edit { return []conftree.Edit{f.InsertBefore(2, "x")} }, "a\rx\rb"},
		{"several", "abc", func(f *conftree.File) []conftree.Edit {
			return []conftree.Edit{f.Replace(2, 3, "C"), f.Replace(0, 1, "A"), f.Replace(1, 1, "-"), f.Replace(0, 1, "A")}
		}, "A-bC"},
	} {
		f := conftree.NewFile("f", "f", c.text, conftree.Encoding{Charset: "utf-8"})
		texts, err := conftree.Apply(c.edits(f))
		got, changed := texts["f"]
		if !changed {
			got = c.text
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	f := conftree.NewFile("f", "name", "abc", conftree.Encoding{Charset: "utf-8"})
	for _, edits := range [][]conftree.Edit{{f.Replace(0, 2, "x"), f.Replace(1, 3, "y")}, {f.Replace(2, 1, "x")}, {f.Replace(0, 4, "x")}} {
		if texts, err := conftree.Apply(edits); err == nil || !strings.Contains(err.Error(), "name:1") {
			t.Errorf("%v: %v, %v", edits, texts, err)
		}
	}
}

// TestConcurrent reads one tree from several sides; the race detector judges.
func TestConcurrent(t *testing.T) {
	tree := open(t, folder(t, map[string]string{"a.conf": "a", "d/b.conf": "b", "l": "->d"}), conftree.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			changed := tree.With(map[string]string{"d/b.conf": "c"})
			for range 20 {
				f, err := tree.Read("l/b.conf")
				g, err2 := changed.Read("d/b.conf")
				if err != nil || err2 != nil || f.Text != "b" || g.Text != "c" {
					t.Errorf("%v, %v", err, err2)
				}
				if list, err := changed.Glob("*/*.conf"); err != nil || len(list) != 2 {
					t.Errorf("%v, %v", list, err)
				}
				if files, _ := tree.Files(); len(files) != 2 {
					t.Error(files)
				}
			}
		})
	}
	wg.Wait()
}
