package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is the import path of this module.
const Module = "tlsaudit"

// File is one parsed Go file.
type File struct {
	// Name is the slash-separated path below the module root.
	Name string
	*ast.File
	// Lines is the number of lines.
	Lines int
	fset  *token.FileSet
}

// Test reports whether the file is compiled for tests only.
func (f *File) Test() bool { return strings.HasSuffix(f.Name, "_test.go") }

// Package returns the folder below the module root, "." for the root itself:
// how packages are named in the import map.
func (f *File) Package() string { return path.Dir(f.Name) }

// at formats a violation at the position of a node.
func (f *File) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", f.Name, f.fset.Position(n.Pos()).Line, fmt.Sprintf(format, args...))
}

// localName returns the name under which the file knows an import path, or ""
// if it does not import it.
func (f *File) localName(importPath string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != `"`+importPath+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// Parse reads every Go file below the root of tree, whatever its build tags,
// except in testdata and hidden folders. Files come in lexical order.
func Parse(tree fs.FS) ([]*File, error) {
	var files []*File
	fset := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parsing %s: %w", name, err)
		}
		files = append(files, &File{Name: name, File: parsed, Lines: strings.Count(string(text), "\n"), fset: fset})
		return nil
	})
	return files, err
}

func skipped(folder string) bool {
	return folder == "testdata" || folder == "dist" || strings.HasPrefix(folder, ".") && folder != "."
}

// packages returns the files by package, and the packages in order.
func packages(files []*File) (byPackage map[string][]*File, names []string) {
	byPackage = map[string][]*File{}
	for _, f := range files {
		if byPackage[f.Package()] == nil {
			names = append(names, f.Package())
		}
		byPackage[f.Package()] = append(byPackage[f.Package()], f)
	}
	slices.Sort(names)
	return byPackage, names
}
