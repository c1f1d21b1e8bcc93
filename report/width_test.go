package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"short", 10, []string{"short"}},
		{"exactly 10", 10, []string{"exactly 10"}},
		{"two words here", 10, []string{"two words", "here"}},
		{"ten chars! then", 10, []string{"ten chars!", "then"}},
		{"mozilla-intermediate-6.0/ssl3", 12, []string{"mozilla-", "intermediate", "-6.0/ssl3"}},
		{"is https://www.example.com/a", 20, []string{"is https://www.", "example.com/a"}},
		{"aaaaaaaaaaaaaaaaaaaa", 8, []string{"aaaaaaaa", "aaaaaaaa", "aaaa"}},
		{"東京東京東京", 5, []string{"東京", "東京", "東京"}},
	} {
		if diff := cmp.Diff(tt.want, wrap(tt.in, tt.width)); diff != "" {
			t.Errorf("wrap(%q, %d): %s", tt.in, tt.width, diff)
		}
	}
}

func TestIndentDisarmsWorkflowCommands(t *testing.T) {
	got := indent("  ", []string{"ok", "  ::error::x", "##[add-mask]x"})
	if want := "  ok\n  \\x3a:error::x\n  \\x23#[add-mask]x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("a bb ccc-dddd 東京 eeeee", 7)
	f.Fuzz(func(t *testing.T, in string, width int) {
		if width < 2 || width > 300 {
			return
		}
		text := Clean(in)
		lines := wrap(text, width)
		for _, l := range lines {
			if columns(l) > width {
				t.Errorf("%q is wider than %d", l, width)
			}
		}
		drop := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if drop(strings.Join(lines, "")) != drop(text) {
			t.Errorf("wrap lost text of %q: %q", text, lines)
		}
	})
}
