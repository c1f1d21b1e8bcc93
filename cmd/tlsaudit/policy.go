package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

func policyCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "List, show and check policies and built-in profiles",
		Args:  subcommandOnly,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	c.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the built-in profiles",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return a.listPolicies() },
	}, policyShowCommand(a), policyLintCommand(a), &cobra.Command{
		Use:     "validate FILE...",
		Short:   "Check policy files and stop at the first fault (see lint)",
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
				fmt.Fprintf(a.stdout, "%s: valid: %s\n", name, policyCounts(p))
			}
			return nil
		},
	})
	return c
}

func policyShowCommand(a *app) *cobra.Command {
	var now string
	c := &cobra.Command{
		Use:   "show ID|FILE",
		Short: "Print a profile or policy as a person reads it",
		Long: `Prints where a profile or policy comes from and how sure its entries are, its
rules by what they are about, with level, control, dates and parameters, the
gateway's table, and the rules that a person has to decide.`,
		Example: "  tlsaudit policy show pci-dss-4.0.1\n  tlsaudit policy show policy.yaml --now 2027-04-01",
		Args:    exactlyOne("ID|FILE", "tlsaudit policy show baseline"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return policy.ProfileIDs(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			at, err := a.judgementTime(now)
			if err != nil {
				return err
			}
			p, err := policy.Load(args, checks.All)
			if err != nil {
				return err
			}
			return a.showPolicy(p, at)
		},
	}
	c.Flags().StringVar(&now, "now", "", "say which rules are in force at this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	return c
}

// policyCounts says what a policy holds, on one line.
func policyCounts(p *policy.Policy) string {
	return fmt.Sprintf("%s, %s of connections, %s not automated", plural(len(p.Rules), "rule", "rules"), plural(len(p.Connections), "row", "rows"), plural(len(p.Unautomated), "rule", "rules"))
}

// builtinPolicies returns the built-in profiles, loaded one by one.
func builtinPolicies() ([]*policy.Policy, error) { return policy.Builtins(checks.All) }
