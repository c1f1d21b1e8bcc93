package archtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// machine matches what belongs to the machine of whoever wrote a line and
// not into the repository: absolute paths of working, temporary and home
// folders, and hosts packages are fetched from. A folder is only meant at the
// start of a path, so "example.com/work/x" is no match.
var machine = regexp.MustCompile(`(^|[\s"'` + "`" + `=(:<])/(work|builds|tmp|home|root|Users)/[\w.]` +
	`|\b(proxy|sum|registry|files|mirror|packages|deb|security|archive)\.[a-z-]+\.(org|com|io)\b|\bpy?pi\.(org|io)\b`)

// CheckText reports lines of the text files below the root that name the
// machine they were written on. The files of this package, go.sum, binary
// files, and testdata and node_modules, which quote or are other people's files,
// are left out.
func CheckText(tree fs.FS) (violations []string, err error) {
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "dist" || entry.Name() == "testdata" || entry.Name() == "node_modules" || name == "internal/archtest"):
			return fs.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular() || !isText(name):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return nil
		}
		for i, line := range strings.Split(string(text), "\n") {
			if found := machine.FindString(line); found != "" {
				violations = append(violations, fmt.Sprintf("%s:%d: names a machine: %s", name, i+1, strings.TrimSpace(found)))
			}
		}
		return nil
	})
	return violations, err
}

func isText(name string) bool {
	switch path.Ext(name) {
	case ".go", ".md", ".yml", ".yaml", ".json", ".csv", ".txt", ".sh", ".mk", ".java", ".mod", "":
		return true
	}
	return path.Base(name) == "Makefile" || strings.HasPrefix(name, ".ci/")
}
