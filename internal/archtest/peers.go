package archtest

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

var (
	testNamed    = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	testDeclared = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(t \*testing\.T\)`)
)

// CheckPeers holds the page that compares the program with its peers to its
// word: a row whose first answer is yes or part names tests, and all tests named
// exist; any other says in its last cell what is missing.
func CheckPeers(page string, tests map[string]bool) (violations []string) {
	rows := 0
	for i, line := range strings.Split(page, "\n") {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 3 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[1]) == "tlsaudit" {
			continue
		}
		rows++
		answer, proof := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[len(cells)-1])
		named := testNamed.FindAllStringSubmatch(proof, -1)
		switch {
		case answer != "yes" && answer != "part" && answer != "no":
			violations = append(violations, fmt.Sprintf("line %d: %q is not yes, part or no", i+1, answer))
		case answer != "no" && len(named) == 0:
			violations = append(violations, fmt.Sprintf("line %d: %s without a test that proves it", i+1, answer))
		case answer == "no" && proof == "":
			violations = append(violations, fmt.Sprintf("line %d: nothing says why not", i+1))
		}
		for _, name := range named {
			if !tests[name[1]] {
				violations = append(violations, fmt.Sprintf("line %d: there is no %s", i+1, name[1]))
			}
		}
	}
	if rows == 0 {
		violations = append(violations, "the page has no rows")
	}
	return violations
}

// Tests lists the names of all tests below the root.
func Tests(tree fs.FS) (map[string]bool, error) {
	names := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		for _, found := range testDeclared.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
		return nil
	})
	return names, err
}
