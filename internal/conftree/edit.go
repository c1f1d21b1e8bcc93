package conftree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edit replaces the bytes of a file's text from Start up to, but not
// including, End. Start equal to End inserts.
type Edit struct {
	File       *File
	Start, End int
	Text       string
}

// Replace returns the edit that puts text in the place of a range.
func (f *File) Replace(start, end int, text string) Edit { return Edit{f, start, end, text} }

// DeleteLines returns the edit that removes the lines first to last, counted
// from 1, with their ends.
func (f *File) DeleteLines(first, last int) Edit {
	end := len(f.Text)
	if last < len(f.lines) {
		end = f.lines[last]
	}
	return Edit{f, f.lines[first-1], end, ""}
}

// InsertBefore returns the edit that puts lines in front of line n; n may be
// one more than there are lines. Each gets the file's own line end.
func (f *File) InsertBefore(n int, lines ...string) Edit {
	eol := f.EOL()
	text := strings.Join(lines, eol) + eol
	if n > len(f.lines) {
		if f.Text != "" && !strings.HasSuffix(f.Text, "\n") && !strings.HasSuffix(f.Text, "\r") {
			text = eol + text
		}
		return Edit{f, len(f.Text), len(f.Text), text}
	}
	return Edit{f, f.lines[n-1], f.lines[n-1], text}
}

// InsertAfter returns the edit that puts lines behind line n.
func (f *File) InsertAfter(n int, lines ...string) Edit { return f.InsertBefore(n+1, lines...) }

// Apply returns the texts of the files that edits change, by path. Edits that
// overlap are an error; equal ones count once.
func Apply(edits []Edit) (map[string]string, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		return cmp.Or(strings.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), strings.Compare(a.Text, b.Text))
	})
	sorted = slices.CompactFunc(sorted, func(a, b Edit) bool {
		return a.File.Path == b.File.Path && a.Start == b.Start && a.End == b.End && a.Text == b.Text
	})
	texts := map[string]string{}
	for len(sorted) > 0 {
		f := sorted[0].File
		var b strings.Builder
		at := 0
		for len(sorted) > 0 && sorted[0].File.Path == f.Path {
			e := sorted[0]
			if e.Start < at || e.End < e.Start || e.End > len(f.Text) {
				return nil, fmt.Errorf("two changes of %s touch the same text at %s", f.Name, f.Place(e.Start))
			}
			b.WriteString(f.Text[at:e.Start])
			b.WriteString(e.Text)
			at = e.End
			sorted = sorted[1:]
		}
		texts[f.Path] = b.String() + f.Text[at:]
	}
	return texts, nil
}
