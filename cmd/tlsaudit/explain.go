package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
	"tlsaudit/internal/strictyaml"
)

func explainCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CHECK|RULE|PROFILE",
		Short: "Say what a check, rule or profile means and how to comply",
		Example: `  tlsaudit explain cert.identity
  tlsaudit explain PCI-4.2.1-TRUST
  tlsaudit explain mozilla-intermediate-6.0`,
		Args: exactlyOne("CHECK|RULE|PROFILE", "tlsaudit explain cert.identity"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(checkIDs(), profileIDs()...), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0]) },
	}
}

// explain looks the id up among checks, profiles and the rules of profiles, in
// that order.
func (a *app) explain(id string) error {
	if c := checks.ByID(id); c != nil {
		return explainCheck(a.stdout, c)
	}
	loaded, err := policy.Builtins(checks.All)
	if err != nil {
		return err
	}
	found := false
	known := append(checkIDs(), profileIDs()...)
	for _, p := range loaded {
		if p.Refs[0].ID == id {
			return a.showPolicy(p)
		}
		for i := range p.Rules {
			known = append(known, p.Rules[i].ID)
			if p.Rules[i].ID == id {
				explainRule(a.stdout, &p.Rules[i])
				found = true
			}
		}
		for _, u := range p.Unautomated {
			known = append(known, u.Rule)
			if u.Rule == id {
				fmt.Fprintf(a.stdout, "%s  (%s, %s)\n  check    %s, not automated\n  control  %s\n  %s\n", u.Rule, u.Profile, levelWords(u.Level), u.Check, u.Control, u.Reason)
				found = true
			}
		}
	}
	if found {
		return nil
	}
	hint := "tlsaudit policy list names the profiles; docs/checks.md lists the checks"
	if near := strictyaml.Nearest(id, known); near != "" {
		hint = "did you mean: tlsaudit explain " + near
	}
	return usageError(fmt.Sprintf("%q is not a check, a rule or a profile", id), hint)
}

func explainCheck(w io.Writer, c *audit.Check) error {
	fmt.Fprintf(w, "%s: %s\n\n%s\n\nHow it is decided\n%s\n", c.ID, c.Title, indent(c.Doc), indent(c.Detect))
	fmt.Fprintf(w, "\nSeverity  %s, unless a rule says otherwise\n", c.Severity)
	if len(c.Protocols) > 0 {
		fmt.Fprintf(w, "Protocols %s\n", strings.Join(c.Protocols, ", "))
	}
	if len(c.ParamsDoc) > 0 {
		fmt.Fprintf(w, "\nParameters\n")
		for _, name := range sortedKeys(c.ParamsDoc) {
			fmt.Fprintf(w, "  %-14s %s\n", name, c.ParamsDoc[name])
		}
	}
	fmt.Fprintf(w, "\nReferences\n")
	for _, ref := range c.Refs {
		fmt.Fprintf(w, "  - %s\n", ref)
	}
	if c.Want == nil {
		return nil
	}
	params, err := exampleParams(c)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nRemedy, with the parameters of the check's first example\n")
	for _, product := range audit.Products {
		fmt.Fprintf(w, "  %s\n%s\n", product, indent(indent(remedy.For(product, c.Want(params)).Text)))
	}
	return nil
}

// exampleParams decodes the parameters of a check's first example, to have
// something concrete to render a remedy for.
func exampleParams(c *audit.Check) (any, error) {
	if c.Params == nil {
		return nil, nil
	}
	var in map[string]any
	if len(c.Examples) > 0 {
		in = c.Examples[0].Params
	}
	params, err := c.Params(in)
	if err != nil {
		return nil, fmt.Errorf("parameters of the first example of %s: %w", c.ID, err)
	}
	return params, nil
}

func explainRule(w io.Writer, r *audit.Rule) {
	fmt.Fprintf(w, "%s  (%s, %s, severity %s)\n", r.ID, r.Profile, levelWords(r.Level), r.Severity)
	for _, line := range [][2]string{
		{"title", r.Title}, {"control", r.Control}, {"check", r.Check}, {"applies", strings.Join(r.Applies, ", ")}, {"note", r.Note},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %-8s %s\n", line[0], line[1])
		}
	}
	if !r.From.IsZero() || !r.Until.IsZero() {
		fmt.Fprintf(w, "  in force %s\n", period(r))
	}
	fmt.Fprintf(w, "  more     tlsaudit explain %s\n\n", r.Check)
}

// period says when a rule is in force.
func period(r *audit.Rule) string {
	from, until := "", ""
	if !r.From.IsZero() {
		from = "from " + r.From.Format("2006-01-02")
	}
	if !r.Until.IsZero() {
		until = "until " + r.Until.Format("2006-01-02")
	}
	return strings.TrimSpace(from + " " + until)
}

func levelWords(l audit.Level) string { return strings.ReplaceAll(string(l), "_", " ") }

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func checkIDs() []string {
	var ids []string
	for _, c := range checks.All {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}
