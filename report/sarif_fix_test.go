package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// applied makes the replacements of a fix in a text, as a reader of SARIF does:
// from the last to the first, columns counted from 1.
func applied(t *testing.T, text string, list []sarifReplacement) string {
	t.Helper()
	offset := func(line, column int) int {
		at := 0
		for range line - 1 {
			i := strings.IndexByte(text[at:], '\n')
			if i < 0 {
				t.Fatalf("line %d is behind the end of %q", line, text)
			}
			at += i + 1
		}
		return at + column - 1
	}
	for i := len(list) - 1; i >= 0; i-- {
		d := list[i].Deleted
		inserted := ""
		if list[i].Inserted != nil {
			inserted = list[i].Inserted.Text
		}
		text = text[:offset(d.StartLine, d.StartColumn)] + inserted + text[offset(d.EndLine, d.EndColumn):]
	}
	return text
}

func TestSARIFFixes(t *testing.T) {
	const head = "--- a/f.conf\n+++ b/f.conf\n"
	for name, c := range map[string]struct{ before, diff, after string }{
		"replace":       {"a\nb\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", "a\nB\nc\n"},
		"insert":        {"a\nb\n", "@@ -1,2 +1,4 @@\n a\n+x\n+y\n b\n", "a\nx\ny\nb\n"},
		"insert at end": {"a\n", "@@ -1 +1,2 @@\n a\n+b\n", "a\nb\n"},
		"into nothing":  {"", "@@ -0,0 +1 @@\n+a\n", "a\n"},
		"behind":        {"a\nb\n", "@@ -1,0 +2 @@\n+x\n", "a\nx\nb\n"},
		"remove":        {"a\nb\nc\n", "@@ -1,3 +1 @@\n a\n-b\n-c\n", "a\n"},
		"two changes":   {"a\nb\nc\nd\n", "@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D1\n", "A\nb\nc\nD1\n"},
		"two hunks":     {"a\nb\nc\nd\n", "@@ -1 +1 @@\n-a\n+A\n@@ -4 +4 @@\n-d\n+D\n", "A\nb\nc\nD\n"},
		"like headers":  {"-- a\nb\n", "@@ -1,2 +1,2 @@\n--- a\n+++ b/x\n b\n", "++ b/x\nb\n"},
		"no end":        {"a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n", "a\nc"},
		"ends":          {"a", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n", "a\nb\n"},
		"returns, tabs": {"a\r\n", "@@ -1 +1 @@\n-a\r\n+\tb\r\n", "\tb\r\n"},
	} {
		fixes := sarifFixes(&audit.Remedy{Proven: true, Diff: head + c.diff})
		if len(fixes) != 1 || len(fixes[0].Changes) != 1 || fixes[0].Changes[0].Location.URI != "f.conf" {
			t.Errorf("%s: %+v", name, fixes)
			continue
		}
		if diff := cmp.Diff(c.after, applied(t, c.before, fixes[0].Changes[0].Replacements)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	two := sarifFixes(&audit.Remedy{Proven: true, Diff: head + "@@ -1 +1 @@\n-a\n+b\n--- \"a/b\\tc\"\n+++ \"b/b\\tc\"\n@@ -1 +1 @@\n-a\n+b\n"})
	if len(two) != 1 || len(two[0].Changes) != 2 {
		t.Errorf("two files: %+v", two)
	}
}

// TestSARIFOffersNoDoubtfulFix: what cannot be applied to the letter is not
// offered.
func TestSARIFOffersNoDoubtfulFix(t *testing.T) {
	const head, good = "--- a/f\n+++ b/f\n", "@@ -1 +1 @@\n-a\n+b\n"
	if sarifFixes(&audit.Remedy{Proven: true, Diff: head + good}) == nil {
		t.Fatal("a good fix is not offered")
	}
	for name, r := range map[string]*audit.Remedy{
		"none": nil, "no diff": {Proven: true, Text: "x"}, "not proven": {Diff: head + good},
		"secret":         {Proven: true, Diff: head + "@@ -1 +1 @@\n-a\n+password [redacted]\n"},
		"control":        {Proven: true, Diff: head + "@@ -1 +1 @@\n-a\n+b\x1b[2J\n"},
		"bidi":           {Proven: true, Diff: head + "@@ -1 +1 @@\n-a\n+b\u202e\n"},
		"unended secret": {Proven: true, Diff: head + "@@ -1 +1 @@\n-a [redacted]\n\\ No newline at end of file\n+b\n"},
		"cut short":      {Proven: true, Diff: head + "@@ -1,2 +1,2 @@\n-a\n+b\n"},
		"too long":       {Proven: true, Diff: head + "@@ -1 +1 @@\n-a\n-b\n+b\n"},
		"no hunk":        {Proven: true, Diff: head},
		"no header":      {Proven: true, Diff: good},
		"bad numbers":    {Proven: true, Diff: head + "@@ -x +1 @@\n-a\n+b\n"},
		"cut in header":  {Proven: true, Diff: "--- "},
		"cut in name":    {Proven: true, Diff: "--- a/f\n"},
		"far away":       {Proven: true, Diff: head + "@@ -9223372036854775807 +1 @@\n-a\n+b\n"},
		"prose":          {Proven: true, Diff: "change it"},
	} {
		if fixes := sarifFixes(r); fixes != nil {
			t.Errorf("%s: %+v", name, fixes)
		}
	}
}

func FuzzSARIFFixes(f *testing.F) {
	f.Add("--- ")
	f.Add("--- a/f\n+++ b/f\n@@ -1,0 +2 @@\n+x\n")
	f.Fuzz(func(t *testing.T, diff string) {
		for _, fix := range sarifFixes(&audit.Remedy{Proven: true, Diff: diff}) {
			for _, change := range fix.Changes {
				for _, r := range change.Replacements {
					if r.Deleted.StartLine < 1 || r.Deleted.EndLine < r.Deleted.StartLine {
						t.Errorf("%+v", r.Deleted)
					}
				}
			}
		}
	})
}
