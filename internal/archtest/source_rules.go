package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// MaxLines is the longest a Go file may be.
const MaxLines = 400

// Doors names the packages through which something enters the program and is
// handed down from: everybody else receives it as a parameter.
type Doors struct {
	// Clock may read the time of day.
	Clock []string
	// Context may create a root context.
	Context []string
}

// HouseDoors are the doors of this repository. The scanner's wire package turns
// the time left into deadlines of connections; the fixtures make certificates
// valid around the present.
var HouseDoors = Doors{
	Clock:   []string{"cmd/tlsaudit", "scanner", "scanner/wire", "fixtures"},
	Context: []string{"cmd/tlsaudit"},
}

// CheckDoors reports time.Now (or what reads it) and context.Background (or
// TODO) outside their doors, in files that are not tests.
func CheckDoors(files []*File, doors Doors) (violations []string) {
	for _, f := range files {
		if f.Test() {
			continue
		}
		if !slices.Contains(doors.Clock, f.Package()) {
			violations = append(violations, uses(f, "time", "Now", "Since", "Until")...)
		}
		if !slices.Contains(doors.Context, f.Package()) {
			violations = append(violations, uses(f, "context", "Background", "TODO")...)
		}
	}
	return violations
}

// uses reports every mention of pkg.name in the file, called or not.
func uses(f *File, pkg string, names ...string) (violations []string) {
	local := f.localName(pkg)
	if local == "" {
		return nil
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, selector.Sel.Name) {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == local {
				violations = append(violations, f.at(n, "%s.%s does not belong in %s: take it as a parameter", pkg, selector.Sel.Name, f.Package()))
			}
		}
		return true
	})
	return violations
}

// CheckInit reports functions named init: order of start-up is not a place
// for behaviour.
func CheckInit(files []*File) (violations []string) {
	for _, f := range files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				violations = append(violations, f.at(fn, "func init is not used in this house"))
			}
		}
	}
	return violations
}

// CheckDocs reports packages without a package comment, and files that are
// too long to be read in one sitting.
func CheckDocs(files []*File) (violations []string) {
	byPackage, names := packages(files)
	for _, name := range names {
		documented := slices.ContainsFunc(byPackage[name], func(f *File) bool {
			return !f.Test() && f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != ""
		})
		if !documented {
			violations = append(violations, name+": the package has no package comment")
		}
		for _, f := range byPackage[name] {
			if f.Lines > MaxLines {
				violations = append(violations, f.at(f.File.Name, "%d lines, more than %d: one noun per file", f.Lines, MaxLines))
			}
		}
	}
	return violations
}
