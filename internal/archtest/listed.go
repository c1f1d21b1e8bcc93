package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// List is a place where all values of one kind must be listed.
type List struct {
	// Package is the folder of the package that declares them.
	Package string
	// Kind is the type of the values, as "import/path.Name".
	Kind string
	// Var is the package-level variable that lists them.
	Var string
	// Takes, when set, is the type a constructor of the kind is handed.
	Takes string
}

// Lists are the lists of this repository.
var Lists = []List{
	{Package: "checks", Kind: Module + "/audit.Check", Var: "All"},
	{Package: "report", Kind: Module + "/report.Format", Var: "Formats"},
	{Package: "scanner", Kind: Module + "/scanner.Protocol", Var: "Protocols"},
	{Package: "internal/gateway", Kind: Module + "/internal/gateway.Rule", Var: "Rules"},
	{Package: "internal/gateway", Kind: Module + "/internal/gateway.Format", Var: "Formats"},
	{Package: "internal/dashboard", Kind: Module + "/internal/dashboard.page", Var: "pages"},
	{Package: "cmd/tlsaudit", Kind: "github.com/spf13/cobra.Command", Var: "commands", Takes: Module + "/cmd/tlsaudit.app"},
}

// Typed is one type-checked package.
type Typed struct {
	Fset  *token.FileSet
	Files []*ast.File
	Pkg   *types.Package
	Info  *types.Info
}

// CheckListed reports every package-level value of the kind, and every
// package-level function that makes one, that the list does not mention, directly or through another variable or function of the
// package. A list whose package declares nothing of the kind is a violation
// too: the kind was moved and the rule has gone blind.
func CheckListed(t *Typed, list List) (violations []string) {
	root := t.Pkg.Scope().Lookup(list.Var)
	if root == nil {
		return []string{fmt.Sprintf("%s: no variable %s", list.Package, list.Var)}
	}
	reached := reachable(t, root)
	declared := 0
	for _, name := range t.Pkg.Scope().Names() {
		object := t.Pkg.Scope().Lookup(name)
		if !declares(object, list) {
			continue
		}
		declared++
		if !reached[object] {
			at := t.Fset.Position(object.Pos())
			violations = append(violations, fmt.Sprintf("%s:%d: %s is declared but not listed in %s.%s", at.Filename, at.Line, name, list.Package, list.Var))
		}
	}
	if declared == 0 && !elements(root, list.Kind) {
		violations = append(violations, fmt.Sprintf("%s: no value of type %s is declared: the rule checks nothing", list.Package, list.Kind))
	}
	return violations
}

// elements reports whether a variable is a slice of the kind, which then may
// hold its values as literals, listed by being there.
func elements(object types.Object, kind string) bool {
	slice, ok := object.Type().Underlying().(*types.Slice)
	return ok && isKind(slice.Elem(), kind)
}

// declares reports whether an object is a variable of the kind, or a function
// that makes just one of it from nothing, or from what constructors take.
func declares(object types.Object, list List) bool {
	switch object := object.(type) {
	case *types.Var:
		return isKind(object.Type(), list.Kind)
	case *types.Func:
		params, results := object.Signature().Params(), object.Signature().Results()
		if results.Len() != 1 || !isKind(results.At(0).Type(), list.Kind) {
			return false
		}
		return params.Len() == 0 || params.Len() == 1 && list.Takes != "" && isKind(params.At(0).Type(), list.Takes)
	}
	return false
}

// isKind reports whether a type is the named kind or a pointer to it.
func isKind(t types.Type, kind string) bool {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path()+"."+named.Obj().Name() == kind
}

// reachable returns the package-level objects that the declaration of root
// mentions, and those that theirs mention, and so on.
func reachable(t *Typed, root types.Object) map[types.Object]bool {
	bodies := declarations(t)
	reached := map[types.Object]bool{}
	pending := []types.Object{root}
	for len(pending) > 0 {
		object := pending[0]
		pending = pending[1:]
		if reached[object] {
			continue
		}
		reached[object] = true
		for _, body := range bodies[object] {
			ast.Inspect(body, func(n ast.Node) bool {
				if ident, ok := n.(*ast.Ident); ok {
					if used := t.Info.Uses[ident]; used != nil && used.Parent() == t.Pkg.Scope() {
						pending = append(pending, used)
					}
				}
				return true
			})
		}
	}
	return reached
}

// declarations maps package-level variables to their initialisers and
// functions to their bodies.
func declarations(t *Typed) map[types.Object][]ast.Node {
	bodies := map[types.Object][]ast.Node{}
	for _, file := range t.Files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Body != nil && decl.Recv == nil {
					bodies[t.Info.Defs[decl.Name]] = []ast.Node{decl.Body}
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok {
						for i, name := range spec.Names {
							// one call may initialise several names
							values := spec.Values
							if len(values) == len(spec.Names) {
								values = values[i : i+1]
							}
							for _, value := range values {
								bodies[t.Info.Defs[name]] = append(bodies[t.Info.Defs[name]], value)
							}
						}
					}
				}
			}
		}
	}
	return bodies
}
