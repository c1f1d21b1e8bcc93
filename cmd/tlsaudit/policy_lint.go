package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/inventory"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/strictyaml"
)

func policyLintCommand(a *app) *cobra.Command {
	var all bool
	var now string
	c := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check policies, waiver files and inventories without probing anything",
		Long: `Reads every FILE, a policy, a profile, a waiver file or an inventory, whichever
its keys say it is, and reports each problem as

  file:line:col: error|warning: what is wrong
  hint: what to write instead

Exits 2 if there is an error; warnings alone exit 0. It opens no connection.`,
		Example: "  tlsaudit policy lint policy.yaml waivers.yaml inventory.yaml\n  tlsaudit policy lint --all",
		RunE: func(_ *cobra.Command, args []string) error {
			at, err := a.judgementTime(now)
			if err != nil {
				return err
			}
			l := &linter{app: a, now: at}
			if all {
				l.builtins()
			}
			l.load(args)
			for _, name := range args {
				l.file(name)
			}
			l.finish()
			return nil
		},
	}
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 && !all {
			return usageError("which file? name at least one, or --all for the built-in profiles", "tlsaudit policy lint policy.yaml")
		}
		return nil
	}
	c.Flags().BoolVar(&all, "all", false, "check every built-in profile as well")
	c.Flags().StringVar(&now, "now", "", "judge dates as of this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	return c
}

// maxLint bounds the files lint looks into to see what they are: the largest of
// the three kinds.
const maxLint = 16 << 20

// problem is one thing lint has to say.
type problem struct {
	place   audit.Place
	warning bool
	cause   string
	hint    string
}

// linter checks files one after the other and prints as it goes.
type linter struct {
	app *app
	now time.Time
	// policies are those among the files, whose rules waivers may name.
	policies []*policy.Policy
	errors   int
	warnings int
}

// file checks one file of any kind.
func (l *linter) file(name string) {
	kind, err := lintKind(name)
	if err != nil {
		l.fault(name, err)
		return
	}
	about, problems, err := kind.lint(l, name)
	l.problems(problems)
	switch {
	case err != nil:
		l.fault(name, err)
	case !slices.ContainsFunc(problems, func(p problem) bool { return !p.warning }):
		l.print("%s: %s: valid: %s", name, kind.name, about)
	}
}

// kinds are what a file may be, told by the key that only one of them has.
var kinds = []lintableKind{
	{"policy", []string{"policy", "schema"}, (*linter).policy},
	{"inventory", []string{"systems"}, (*linter).inventory},
	{"waivers", []string{"waivers"}, (*linter).waivers},
}

type lintableKind struct {
	name string
	keys []string
	lint func(l *linter, name string) (about string, problems []problem, err error)
}

// lintKind tells what a file is.
func lintKind(name string) (*lintableKind, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".txt":
		return &kinds[1], nil
	}
	data, err := strictyaml.ReadFile(name, maxLint)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	root, err := strictyaml.Parse(name, data, maxLint)
	if err != nil {
		return nil, err
	}
	var all []string
	for i := range kinds {
		for _, key := range kinds[i].keys {
			if !root.Get(key).IsZero() {
				return &kinds[i], nil
			}
		}
		all = append(all, kinds[i].keys...)
	}
	return nil, root.Fault("a policy begins with policy:, an inventory with systems:, a waiver file with waivers:",
		"neither a policy nor an inventory nor a waiver file: it has none of the keys %s", joinOr(all))
}

func (l *linter) policy(name string) (string, []problem, error) {
	p, found := policy.Lint([]string{name}, checks.All, l.now)
	var problems []problem
	for _, f := range found {
		if f.Place.File == "" {
			f.Place.File = name
		}
		problems = append(problems, problem{place: f.Place, warning: f.Warning, cause: f.Cause, hint: f.Hint})
	}
	if p == nil {
		return "", problems, nil
	}
	return policyCounts(p), problems, nil
}

func (l *linter) inventory(name string) (string, []problem, error) {
	count := 0
	for _, err := range inventory.Targets(nil, []string{name}, l.app.stdin, protocols()) {
		if err != nil {
			return "", nil, err
		}
		count++
	}
	return plural(count, "endpoint", "endpoints"), nil, nil
}

// builtins checks the profiles of the program.
func (l *linter) builtins() {
	for _, id := range policy.ProfileIDs() {
		about, problems, _ := l.policy(id)
		l.problems(problems)
		if about != "" {
			l.print("%s: profile: valid: %s", id, about)
		}
	}
}

// fault prints an error of a reader.
func (l *linter) fault(name string, err error) {
	p := problem{place: audit.Place{File: name}, cause: err.Error()}
	if input := (*audit.InputError)(nil); errors.As(err, &input) {
		p.cause, p.hint = input.Cause, input.Hint
		if input.Place.File != "" {
			p.place = input.Place
		}
	}
	l.problems([]problem{p})
}

// problems prints in the order of the file.
func (l *linter) problems(list []problem) {
	slices.SortStableFunc(list, func(p, q problem) int {
		return cmp.Or(cmp.Compare(p.place.Line, q.place.Line), cmp.Compare(p.place.Col, q.place.Col))
	})
	for _, p := range list {
		word := "error"
		if p.warning {
			word = "warning"
			l.warnings++
		} else {
			l.errors++
		}
		l.print("%s: %s: %s", p.place, word, p.cause)
		if p.hint != "" {
			l.print("hint: %s", p.hint)
		}
	}
}

func (l *linter) print(format string, args ...any) {
	fmt.Fprintf(cleaner{l.app.stdout}, format+"\n", args...)
}

// finish sets the exit code and says how much there was.
func (l *linter) finish() {
	if l.errors > 0 {
		l.app.code = exitUsage
	}
	if l.errors+l.warnings > 0 {
		fmt.Fprintf(l.app.stderr, "tlsaudit: %s, %s\n", plural(l.errors, "error", "errors"), plural(l.warnings, "warning", "warnings"))
	}
}

func cannotRead(name string, err error) error {
	hint := "name an existing file"
	if slices.Contains(policy.ProfileIDs(), name) {
		hint = name + " is a built-in profile and no file: tlsaudit policy lint --all checks it, tlsaudit policy show " + name + " prints it"
	}
	return strictyaml.Unreadable(name, "the file", hint, err)
}
