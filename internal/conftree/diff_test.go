package conftree_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/conftree"
)

func TestDiff(t *testing.T) {
	numbers := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			fmt.Fprintln(&b, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name          string
		before, after string
		want          string
	}{
		{"equal", "a\n", "a\n", ""},
		{"one line", "a\nb\nc\n", "a\nB\nc\n", "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"added to nothing", "", "a\n", "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n"},
		{"all removed", "a\n", "", "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-a\n"},
		{"no end", "a\nb", "a\nb\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
		{"no end kept", "a\nb", "A\nb", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n\\ No newline at end of file\n"},
		{"context", numbers(1, 9), strings.Replace(numbers(1, 9), "5\n", "5\nfive\n", 1), "--- a/f\n+++ b/f\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+five\n 6\n 7\n 8\n"},
		{
			"two hunks", numbers(1, 20), strings.Replace(strings.Replace(numbers(1, 20), "2\n", "", 1), "18\n", "eighteen\n", 1),
			"--- a/f\n+++ b/f\n@@ -1,5 +1,4 @@\n 1\n-2\n 3\n 4\n 5\n@@ -15,6 +14,6 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n",
		},
		{"six lines between", numbers(1, 8), "0\n" + numbers(2, 7) + "9\n", "--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-1\n+0\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+9\n"},
		{"carriage returns", "a\r\nb\r\n", "a\r\nB\r\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+B\r\n"},
	} {
		if got := conftree.Diff("f", c.before, c.after, nil); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	got := conftree.Diff("/etc/x y", "password=a\r\nb\r\n", "password=a\r\nc\r\n", func(line string) string { return strings.ReplaceAll(line, "=a", "=[redacted]\n") })
	if want := "--- a/etc/x y\t\n+++ b/etc/x y\t\n@@ -1,2 +1,2 @@\n password=[redacted] \r\n-b\r\n+c\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := conftree.Diff("a\nb", "a", "b", nil); !strings.HasPrefix(got, "--- \"a/a\\nb\"\n+++ ") {
		t.Errorf("a name of two lines: %q", got)
	}
}

// TestDiffApplies puts random changes through a program of its own that takes
// the lines as they are said, and some through patch(1), where there is one.
func TestDiffApplies(t *testing.T) {
	program, err := exec.LookPath("patch")
	if err != nil {
		program = ""
	}
	r := rand.New(rand.NewPCG(4, 2026))
	line := func() string {
		return []string{"a", "b", "c", "SSLEngine on", "", "\tx"}[r.IntN(6)] + []string{"", "", "", "\r"}[r.IntN(4)] + "\n"
	}
	for round := range 400 {
		var before, after strings.Builder
		for range r.IntN(40) {
			l := line()
			before.WriteString(l)
			switch r.IntN(8) {
			case 0:
			case 1:
				after.WriteString(l + line())
			case 2:
				after.WriteString(line())
			default:
				after.WriteString(l)
			}
		}
		old, changed := before.String(), after.String()
		if r.IntN(4) == 0 {
			old = strings.TrimSuffix(old, "\n")
		}
		if r.IntN(4) == 0 {
			changed = strings.TrimSuffix(changed, "\n")
		}
		diff := conftree.Diff("conf/f", old, changed, nil)
		if got, err := patched(old, diff); err != nil || got != changed {
			t.Fatalf("round %d: %v\n%q\n%s\ngives %q, want %q", round, err, old, diff, got, changed)
		}
		if program == "" || round%20 != 0 || diff == "" || changed == "" {
			continue
		}
		dir := folder(t, map[string]string{"conf/f": old})
		cmd := exec.Command(program, "-p1", "--binary", "--fuzz=0")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, out, diff)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "conf/f")); err != nil || string(got) != changed {
			t.Fatalf("patch makes %q of %q, want %q\n%s", got, old, changed, diff)
		}
	}
}

// patched applies a unified diff strictly.
func patched(text, diff string) (string, error) {
	if diff == "" {
		return text, nil
	}
	lines := strings.SplitAfter(text, "\n")
	var out strings.Builder
	at := 0
	var last *string
	hunks := strings.SplitAfter(diff, "\n")[2:]
	pending := ""
	flush := func() { out.WriteString(pending); pending = "" }
	for _, h := range hunks {
		switch {
		case strings.HasPrefix(h, "@@"):
			var start, count int
			if _, err := fmt.Sscanf(h, "@@ -%d,%d", &start, &count); err != nil {
				if _, err := fmt.Sscanf(h, "@@ -%d", &start); err != nil {
					return "", err
				}
				count = 1
			}
			if count == 0 {
				start++
			}
			flush()
			for ; at < start-1; at++ {
				out.WriteString(lines[at])
			}
		case strings.HasPrefix(h, `\`):
			if last != nil {
				pending = strings.TrimSuffix(pending, "\n")
			}
		case h == "":
		case h[0] == '+':
			flush()
			pending = h[1:]
			last = &pending
		default:
			if at >= len(lines) || strings.TrimSuffix(lines[at], "\n") != strings.TrimSuffix(h[1:], "\n") {
				return "", fmt.Errorf("line %d is not %q", at+1, h)
			}
			at++
			last = nil
			if h[0] == ' ' {
				flush()
				pending = h[1:]
				last = &pending
			}
		}
	}
	flush()
	for ; at < len(lines); at++ {
		out.WriteString(lines[at])
	}
	return out.String(), nil
}

func TestDiffIsBounded(t *testing.T) {
	var before, after strings.Builder
	for i := range 300000 {
		fmt.Fprintln(&before, "a", i)
		fmt.Fprintln(&after, "b", i)
	}
	within(t, time.Minute, "a diff of all lines", func() {
		if diff := conftree.Diff("f", before.String(), after.String(), nil); strings.Count(diff, "\n-") < 300000 {
			t.Error("lines are missing")
		}
	})
}
