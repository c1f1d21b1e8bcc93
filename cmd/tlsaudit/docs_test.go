package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
	"tlsaudit/report"
	"tlsaudit/scanner"
)

var update = flag.Bool("update", false, "rewrite the generated pages in docs")

// TestDocs holds the generated reference pages to the code they describe.
func TestDocs(t *testing.T) {
	root := (&app{stdin: strings.NewReader(""), stdout: new(strings.Builder), stderr: new(strings.Builder)}).root()
	root.InitDefaultCompletionCmd()
	for page, content := range map[string]string{
		"cli.md":    cliPage(root),
		"checks.md": checksPage(),

		"configuration-rules.md": configurationPage(),
		"formats.md":             formatsPage(),
		"depths.md":              depthsPage(),
	} {
		path := filepath.Join("..", "..", "docs", page)
		if *update {
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(content, string(got)); diff != "" {
			t.Errorf("docs/%s is stale; renew it with: make docs\n%s", page, diff)
		}
	}
}

// TestReadme holds the examples of the README to the files beside it, which
// are real: they load.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"inventory.yaml", "policy.yaml", "waivers.yaml"} {
		example, err := os.ReadFile(filepath.Join("..", "..", "docs", "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), "```yaml\n"+string(example)+"```") {
			t.Errorf("the README does not show docs/examples/%s as it is", name)
		}
	}
	if _, _, err := new(app).targets(nil, []string{filepath.Join("..", "..", "docs", "examples", "inventory.yaml")}, false); err != nil {
		t.Errorf("the example inventory: %v", err)
	}
	p, err := policy.Load([]string{filepath.Join("..", "..", "docs", "examples", "policy.yaml")}, checks.All)
	if err != nil {
		t.Fatalf("the example policy: %v", err)
	}
	if _, err := waiver.Load([]string{filepath.Join("..", "..", "docs", "examples", "waivers.yaml")}, schemaDate, knownTo(p)); err != nil {
		t.Errorf("the example waivers: %v", err)
	}
}

func cliPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Command line\n\nGenerated from the program; do not edit.\n")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden {
			return
		}
		about := c.Long
		if about == "" {
			about = c.Short
		}
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n\n%s```\n", c.CommandPath(), strings.TrimSpace(about), c.UsageString())
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return b.String()
}

func depthsPage() string {
	var b strings.Builder
	b.WriteString("# Depths\n\nGenerated from the program; do not edit. `--depth` says how much a scan asks. An empty cell means no more than the one before.\n\n| | " +
		strings.Join(scanner.Depths, " | ") + " |\n|---" + strings.Repeat("|---", len(scanner.Depths)) + "|\n")
	for _, a := range scanner.Askings() {
		fmt.Fprintf(&b, "| %s | %s |\n", a.Subject, strings.Join(a.At, " | "))
	}
	b.WriteString(`
**quick** asks what the rules that hold for the target want to know: the suites they rule out at each version, the groups of TLS 1.3 they rule out, the suites
whose prime they bound. It offers those and no others, in chunks; what is taken it finds to the last one, so that a failure lists all of it. A compliant web server
takes 12 to 15 connections. Where TLS 1.2 and 1.3 are spoken, TLS 1.0 and 1.1 are asked for in one hello, and each by itself only if the answer is other than that the versions are at fault.
A refusal counts if a hello is answered behind it, as a rule by the full handshake. Nothing is asked twice: of unequal servers behind one address it is standard
that finds out.

**What a depth did not ask is not known.** A rule that needs it is unknown and names the depth that asks it. What must be there (a suite, a group, a feature) is
for standard, unless it was seen by the way. Which rules hold is settled before the scan: by the target and the time, not by the address its name turns out to have.

**Evidence keeps what was asked.** At quick suites_refused lists what was offered and refused; what is neither there nor among the suites was not offered. Judged
again under another policy (--from), what that one rules out and was not offered is unknown.
`)
	return b.String()
}

func formatsPage() string {
	var b strings.Builder
	b.WriteString("# Report formats\n\nGenerated from the program; do not edit. `-o FILE` chooses by the end of the file name, the longest that fits; `-o FORMAT=FILE` and `-f FORMAT` by name.\n\n| format | file name ends in | what it is |\n|---|---|---|\n")
	for _, f := range report.Formats {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", f.Name, f.Ext, f.Title)
	}
	return b.String()
}

func checksPage() string {
	var b strings.Builder
	b.WriteString("# Checks\n\nGenerated from the program; do not edit. `tlsaudit explain CHECK` prints the same, with remedies per product.\n\n| check | holds when it passes | severity |\n|---|---|---|\n")
	sorted := slices.SortedFunc(slices.Values(checks.All), func(a, b *audit.Check) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range sorted {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.ID, strings.ReplaceAll(c.ID, ".", ""), c.Title, c.Severity)
	}
	for _, c := range sorted {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n\n**How it is decided.** %s\n", c.ID, strings.TrimSuffix(c.Title, "."), c.Doc, c.Detect)
		if len(c.ParamsDoc) > 0 {
			b.WriteString("\n| parameter | meaning |\n|---|---|\n")
			for _, name := range sortedKeys(c.ParamsDoc) {
				fmt.Fprintf(&b, "| `%s` | %s |\n", name, c.ParamsDoc[name])
			}
		}
		if len(c.Refs) > 0 {
			b.WriteString("\nReferences: " + strings.Join(c.Refs, "; ") + ".\n")
		}
	}
	return b.String()
}
