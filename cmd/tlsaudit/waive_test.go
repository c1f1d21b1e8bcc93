package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// addOne appends the waiver of one finding to a file with this text.
func addOne(t *testing.T, text []byte) (after []byte, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "waivers.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &waiveFlags{out: path, owner: "web team", reason: "until March: \"then\" it's gone", expires: "2027-03-31"}
	_, _, err = appendWaivers(f, []waivable{{Profile: "baseline", Rule: "BASE-DES", Check: "suite.predicate", Subject: "https://a.example.com:443?ip=192.0.2.1"}}, schemaDate)
	after, readErr := os.ReadFile(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return after, err
}

const oneWaiver = "id: W-1\n%rule: BASE-RC4\n%target: https://a.example.com:443\n%reason: r\n%expires: 2027-01-01\n"

func TestAppendWaivers(t *testing.T) {
	entry := func(indent string) string {
		return indent + "- " + strings.ReplaceAll(oneWaiver, "%", indent+"  ")
	}
	tests := []struct{ name, text, keeps string }{
		{"empty list", "# ours\nwaivers: []\n", "# ours\nwaivers:\n- id: W-20261121-001\n"},
		{"empty list with a remark and more behind", "waivers: [ ]  # none\nmax_days: 200\n", "\nmax_days: 200\n"},
		{"empty list, other line ends", "waivers: []\r\n", "waivers:"},
		{"one", "waivers:\n" + entry(""), entry("") + "- id: W-20261121-001\n"},
		{"indented", "waivers:\n" + entry("  "), entry("  ") + "  - id: W-20261121-001\n"},
		{"no line end", strings.TrimSuffix("waivers:\n"+entry(""), "\n"), entry("") + "- id: W-20261121-001\n"},
		{"a remark at the end", "waivers:\n" + entry("") + "# done\n", "# done\n- id: W-20261121-001\n"},
		{"id taken", "waivers:\n" + strings.Replace(entry(""), "W-1", "W-20261121-001", 1), "- id: W-20261121-002\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after, err := addOne(t, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(after, []byte(tt.keeps)) {
				t.Errorf("%q does not hold %q", after, tt.keeps)
			}
			if err := validate(t, "waivers-v1.schema.json", after); err != nil {
				t.Errorf("%v\n%s", err, after)
			}
		})
	}
}

// TestAppendWaiversRefuses: what cannot be appended to is left as it is.
func TestAppendWaiversRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"list on one line": "waivers: [{id: W-1, rule: BASE-RC4, target: 'https://a.example.com:443', reason: r, expires: 2027-01-01}]\n",
		"a key behind":     "waivers:\n- " + strings.ReplaceAll(oneWaiver, "%", "  ") + "max_days: 100\n",
		"not a list":       "waivers: none\n",
		"another file":     "systems: []\n",
		"broken already":   "waivers:\n- id: W-1\n",
		"no YAML":          "waivers: [\n",
	} {
		t.Run(name, func(t *testing.T) {
			after, err := addOne(t, []byte(text))
			if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Hint == "" {
				t.Errorf("the error is %v, want one with a hint", err)
			}
			if string(after) != text {
				t.Errorf("the file became\n%s", after)
			}
		})
	}
}

// FuzzAppendWaivers: whatever stands in the file, it is left as it is or holds
// one waiver more, and loads.
func FuzzAppendWaivers(f *testing.F) {
	for _, seed := range []string{
		"waivers: []\n", "waivers: [] # none", "max_days: 3\nwaivers:\n", "waivers:\n- " + strings.ReplaceAll(oneWaiver, "%", "  "),
		"waivers:\n   - " + strings.ReplaceAll(oneWaiver, "%", "     "), "a: |\n  waivers: []\nwaivers: []\n", "---\nwaivers: []\n...\n", "{waivers: []}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		after, err := addOne(t, []byte(text))
		if err != nil {
			if string(after) != text {
				t.Errorf("an error, and the file became\n%s", after)
			}
			return
		}
		before := 0
		if root, err := strictyaml.Parse("f.yaml", []byte(text), maxWaiverFile); err == nil {
			if items, err := root.Get("waivers").Items(); err == nil {
				before = len(items)
			}
		}
		root, err := strictyaml.Parse("f.yaml", after, maxWaiverFile)
		if err != nil {
			t.Fatalf("%v in\n%s", err, after)
		}
		items, err := root.Get("waivers").Items()
		if err != nil || len(items) != before+1 {
			t.Errorf("%d waivers after %d (%v) in\n%s", len(items), before, err, after)
		}
	})
}

// TestShellWord: what is printed to be typed is read back by a shell as meant.
func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{
		"report.json": "report.json", "": "''", "two words": "'two words'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "https://a.example.com?ip=192.0.2.1": "'https://a.example.com?ip=192.0.2.1'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", word, got, want)
		}
	}
}
