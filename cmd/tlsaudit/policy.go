package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

func policyCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "List, show and validate policies and built-in profiles",
		Args:  subcommandOnly,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	c.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the built-in profiles",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return listPolicies(a.stdout) },
	}, &cobra.Command{
		Use:     "show ID|FILE",
		Short:   "Print a profile or policy as a person reads it",
		Example: "  tlsaudit policy show pci-dss-4.0.1",
		Args:    exactlyOne("ID|FILE", "tlsaudit policy show baseline"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return profileIDs(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := policy.Load(args, checks.All)
			if err != nil {
				return err
			}
			return a.showPolicy(p)
		},
	}, &cobra.Command{
		Use:     "validate FILE...",
		Short:   "Check policy files without probing anything",
		Example: "  tlsaudit policy validate policy.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("which policy? name at least one FILE", "tlsaudit policy validate policy.yaml")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			for _, name := range args {
				p, err := policy.Load([]string{name}, checks.All)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "%s: valid: %d rules, %d rows of connections, %d rules not automated\n",
					name, len(p.Rules), len(p.Connections), len(p.Unautomated))
			}
			return nil
		},
	})
	return c
}

func listPolicies(w io.Writer) error {
	for _, p := range policy.Profiles() {
		if _, err := fmt.Fprintf(w, "%-28s %-10s %s\n", p.ID, p.Version, p.Title); err != nil {
			return err
		}
	}
	return nil
}

// showPolicy prints a loaded policy: what it is made of, the gateway table,
// the rules by level, and what nobody but a person can decide.
func (a *app) showPolicy(p *policy.Policy) error {
	w := cleaner{a.stdout}
	for _, ref := range p.Refs {
		fmt.Fprintf(w, "%s: %s\n  ", ref.ID, ref.Title)
		if ref.Version != "" {
			fmt.Fprintf(w, "version %s, ", ref.Version)
		}
		fmt.Fprintf(w, "sha256 %s\n", ref.SHA256)
		if ref.Confidence != "" {
			fmt.Fprintf(w, "  confidence: %s\n", ref.Confidence)
		}
	}
	if len(p.Connections) > 0 {
		fmt.Fprintf(w, "\nConnections, first match wins\n")
		for _, c := range p.Connections {
			fmt.Fprintf(w, "  %s\n", c)
		}
	}
	for _, level := range audit.Levels {
		var lines []string
		for i := range p.Rules {
			if r := &p.Rules[i]; r.Level == level {
				lines = append(lines, strings.TrimRight(fmt.Sprintf("  %-34s %-8s %-24s %s", r.ID, r.Severity, r.Check, ruleWords(r)), " "))
			}
		}
		if len(lines) > 0 {
			slices.Sort(lines)
			fmt.Fprintf(w, "\n%s\n%s\n", strings.ToUpper(levelWords(level)), strings.Join(slices.Compact(lines), "\n"))
		}
	}
	if len(p.Unautomated) > 0 {
		fmt.Fprintf(w, "\nNOT AUTOMATED: decide these yourself and attach the evidence\n")
		for _, u := range p.Unautomated {
			fmt.Fprintf(w, "  %-34s %-10s %-24s %s\n", u.Rule, levelWords(u.Level), u.Check, u.Reason)
		}
	}
	return nil
}

// ruleWords is what a rule says about itself, on one line.
func ruleWords(r *audit.Rule) string {
	words := r.Title
	if words == "" {
		words = r.Note
	}
	if in := period(r); in != "" {
		words = strings.TrimSpace(words + " (" + in + ")")
	}
	return words
}

func profileIDs() []string {
	var ids []string
	for _, p := range policy.Profiles() {
		ids = append(ids, p.ID)
	}
	return ids
}
