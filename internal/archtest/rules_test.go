package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// sources builds a tree of files in memory.
func sources(pairs ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for pair := range slices.Chunk(pairs, 2) {
		tree[pair[0]] = &fstest.MapFile{Data: []byte(pair[1])}
	}
	return tree
}

// TestRulesObject hands each rule small sources with one fault, and without.
func TestRulesObject(t *testing.T) {
	imports := func(files []*File) []string {
		return CheckImports(files, map[string][]string{"low": {}, "high": {"low", "example.org/pretty"}}, map[string][]string{"high": {"example.org/only"}}, []string{"low", "example.org/compare"})
	}
	doors := func(files []*File) []string {
		return CheckDoors(files, Doors{Clock: []string{"clock"}, Context: []string{"cmd"}})
	}
	const low, high = "// Package low is low.\npackage low\n", "package high\n"
	tests := []struct {
		name  string
		rule  func([]*File) []string
		files fstest.MapFS
		want  string // substring of the one violation; "" for none
	}{
		{"allowed imports", imports, sources("low/a.go", low, "high/b.go", high+`import ("fmt"; _ "tlsaudit/low"; _ "example.org/pretty/v2")`), ""},
		{"an arrow back", imports, sources("low/a.go", low+`import _ "tlsaudit/high"`, "high/b.go", high), "low/a.go:3: low may not import tlsaudit/high"},
		{"foreign module in the wrong place", imports, sources("low/a.go", low+`import _ "example.org/pretty"`, "high/b.go", high), "may not import example.org/pretty"},
		{"prefix of a name is no grant", imports, sources("low/a.go", low, "high/b.go", high+`import _ "example.org/prettyother"`), "may not import example.org/prettyother"},
		{"a package below a granted one", imports, sources("low/a.go", low, "high/b.go", high+`import _ "tlsaudit/low/inner"`), "may not import tlsaudit/low/inner"},
		{"test helper in a test", imports, sources("low/a_test.go", low+`import _ "example.org/compare"`, "high/b.go", high), ""},
		{"one package's own test helper", imports, sources("low/a.go", low, "high/b_test.go", high+`import _ "example.org/only"`), ""},
		{"another package's test helper", imports, sources("low/a_test.go", low+`import _ "example.org/only"`, "high/b.go", high), "may not import example.org/only"},
		{"external test of itself", imports, sources("low/a.go", low, "high/b_test.go", `package high_test; import _ "tlsaudit/high"`), ""},
		{"test helper in the product", imports, sources("low/a.go", low+`import _ "example.org/compare"`, "high/b.go", high), "may not import example.org/compare"},
		{"behind a build tag", imports, sources("low/a.go", "//go:build odd\n\n"+low+`import _ "tlsaudit/high"`, "high/b.go", high), "may not import"},
		{"unknown package", imports, sources("low/a.go", low, "high/b.go", high, "utils/c.go", "package utils"), "utils: the package is not in the import map"},
		{"entry without a package", imports, sources("low/a.go", low), "high: in the import map, but there is no such package"},

		{"clock at the door", doors, sources("clock/a.go", "package clock\nimport \"time\"\nvar now = time.Now"), ""},
		{"clock inside", doors, sources("low/a.go", "package low\nimport \"time\"\nvar now = time.Now()"), "low/a.go:3: time.Now does not belong in low"},
		{"clock under another name", doors, sources("low/a.go", "package low\nimport clock \"time\"\nvar now = clock.Now"), "time.Now"},
		{"clock in disguise", doors, sources("low/a.go", "package low\nimport \"time\"\nvar x = time.Since(time.Time{})"), "time.Since"},
		{"a field called Now", doors, sources("low/a.go", "package low\nimport \"time\"\nvar c struct{ Now time.Time }\nvar x = c.Now"), ""},
		{"root context at the door", doors, sources("cmd/a.go", "package main\nimport \"context\"\nvar x = context.Background()"), ""},
		{"root context inside", doors, sources("low/a.go", "package low\nimport \"context\"\nvar x = context.Background()"), "context.Background"},
		{"unfinished context inside", doors, sources("low/a.go", "package low\nimport \"context\"\nvar x = context.TODO()"), "context.TODO"},
		{"root context in a test", doors, sources("low/a_test.go", "package low\nimport \"context\"\nvar x = context.Background()"), ""},

		{"init", CheckInit, sources("low/a.go", "package low\nfunc init() {}"), "low/a.go:2: func init"},
		{"a method called init", CheckInit, sources("low/a.go", "package low\ntype t int\nfunc (t) init() {}"), ""},

		{"documented", CheckDocs, sources("low/a.go", low, "low/b.go", "package low"), ""},
		{"no package comment", CheckDocs, sources("low/a.go", "package low"), "low: the package has no package comment"},
		{"package comment in a test only", CheckDocs, sources("low/a.go", "package low", "low/a_test.go", low), "no package comment"},
		{"build tag is no comment", CheckDocs, sources("low/a.go", "//go:build odd\n\npackage low"), "no package comment"},
		{"endless file", CheckDocs, sources("low/a.go", low+strings.Repeat("\n", MaxLines)), "more than 400"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files, err := Parse(test.files)
			if err != nil {
				t.Fatal(err)
			}
			wantOne(t, test.rule(files), test.want)
		})
	}
}

func wantOne(t *testing.T, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("unexpected violations: %q", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got violations %q, want one with %q", got, want)
	}
}

func TestTextObjects(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"plain", "README.md", "run `tlsaudit audit https://example.com`", ""},
		{"a path in a URL", "README.md", "see https://example.com/work/x and https://example.com/home/y", ""},
		{"home of a service", "README.md", "in /etc/nginx and ${HOME}/x", ""},
		{"working folder", "docs/a.md", "line\ncd /builds/main", "docs/a.md:2: names a machine: /builds/m"},
		{"temporary folder", "Makefile", "out = /tmp/x", "names a machine"},
		{"home folder in code", "audit/a.go", `var x = "/home/me/x"`, "names a machine"},
		{"registry", ".ci/run", "curl https://registry.example.com/x", "names a machine: registry.example.com"},
		{"registry without a scheme", ".ci/run", "GOPROXY=sum.example.org", "names a machine: sum.example.org"},
		{"foreign sample", "checks/testdata/a.txt", "/builds/main", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CheckText(sources(test.file, test.text))
			if err != nil {
				t.Fatal(err)
			}
			wantOne(t, got, test.want)
		})
	}
}

// TestListedObjects type-checks small packages against an audit package of
// two lines.
func TestListedObjects(t *testing.T) {
	const head = "package checks\nimport \"tlsaudit/audit\"\n"
	tests := []struct{ name, text, want string }{
		{"listed", head + "var All = []*audit.Check{a}\nvar a = &audit.Check{}", ""},
		{"not listed", head + "var All = []*audit.Check{a}\nvar a = &audit.Check{}\nvar b = &audit.Check{}", "checks.go:5: b is declared but not listed in checks.All"},
		{"listed through a part", head + "var All = append(part, b)\nvar part = []*audit.Check{a}\nvar a = &audit.Check{}\nvar b = &audit.Check{}", ""},
		{"made by a call, not listed", head + "var All = []*audit.Check{a}\nvar a = made()\nvar b = made()\nfunc made() *audit.Check { return nil }", "b is declared"},
		{"constructor not listed", head + "var All = []*audit.Check{a()}\nfunc a() *audit.Check { return nil }\nfunc b() audit.Check { return audit.Check{} }", "b is declared"},
		{"constructor from parts not listed", head + "type parts struct{}\nvar All = []func(*parts) *audit.Check{a}\nfunc a(*parts) *audit.Check { return nil }\nfunc b(*parts) *audit.Check { return nil }", "b is declared"},
		{"a look-up is no value", head + "var All = []*audit.Check{a}\nvar a = &audit.Check{}\nfunc ByID(string) *audit.Check { return nil }", ""},
		{"list moved", head + "var Every = []*audit.Check{}", "no variable All"},
		{"kind moved", "package checks\nvar All = []int{a}\nvar a int", "the rule checks nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			nouns := parseTyped(t, "tlsaudit/audit", "audit.go", "package audit\ntype Check struct{}", nil)
			typed := parseTyped(t, "tlsaudit/checks", "checks.go", test.text, importFunc(func(string) (*types.Package, error) { return nouns.Pkg, nil }))
			wantOne(t, CheckListed(typed, List{Package: "checks", Kind: "tlsaudit/audit.Check", Var: "All", Takes: "tlsaudit/checks.parts"}), test.want)
		})
	}
}

type importFunc func(string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

func parseTyped(t *testing.T, importPath, name, text string, imports types.Importer) *Typed {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	typed, err := typeCheck(fset, importPath, []*ast.File{file}, imports)
	if err != nil {
		t.Fatal(err)
	}
	return typed
}
