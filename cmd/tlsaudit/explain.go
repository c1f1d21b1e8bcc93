package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

func explainCommand(a *app) *cobra.Command {
	var now string
	var policies []string
	c := &cobra.Command{
		Use:   "explain ID",
		Short: "Say what a check, rule, profile, cipher suite or group means and how to comply",
		Long: `ID is a check (cert.identity), a rule of a profile (PCI-4.2.1-TRUST, or with its
profile where several have it: pci-dss-4.0.1/PCI-4.2.1-TRUST), a rule of the
mail gateway's table (FP-01) or about configuration files (IHS-01), a profile, a cipher suite in the spelling of any
vendor, or a key-exchange group. With --policy it may be a rule of your own.

Checks and rules are explained by why they matter, how they are decided, their
references, and the remedy per product; suites and groups by what they are made
of and what each profile says about them.`,
		Example: `  tlsaudit explain cert.identity
  tlsaudit explain PCI-4.2.1-TRUST
  tlsaudit explain ECDHE-RSA-AES128-GCM-SHA256
  tlsaudit explain X25519MLKEM768
  tlsaudit explain OUR-AES256 -p policy.yaml
  tlsaudit explain mozilla-intermediate-6.0`,
		Args: exactlyOne("ID", "tlsaudit explain cert.identity"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Concat(checkIDs(), policy.ProfileIDs(), gatewayIDs(), configIDs()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			at, err := a.judgementTime(now)
			if err != nil {
				return err
			}
			return a.explain(args[0], policies, at)
		},
	}
	c.Flags().StringArrayVarP(&policies, "policy", "p", nil, "look among the rules of this policy `FILE` as well (repeatable)")
	c.Flags().StringVar(&now, "now", "", "say what holds at this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	return c
}

// explain looks the id up among checks, profiles, the rules of profiles, those
// of the gateway's table, suites and groups, in that order: no two kinds share
// a name.
func (a *app) explain(id string, policies []string, now time.Time) error {
	out := a.newPage()
	if c := checks.ByID(id); c != nil {
		return explainCheck(out, c)
	}
	loaded, err := builtinPolicies()
	if err != nil {
		return err
	}
	own, err := ownPolicies(policies)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(loaded, func(p *policy.Policy) bool { return p.Refs[0].ID == id }); i >= 0 {
		return a.showPolicy(loaded[i], now)
	}
	if explainRules(out, slices.Concat(loaded, own), id, now) || explainGateway(out, id) || explainConfig(out, id) {
		return nil
	}
	if s, ok := tlsreg.SuiteByName(id); ok {
		return explainSuite(out, &s, loaded, now)
	}
	if g, ok := tlsreg.GroupByName(id); ok {
		return explainGroup(out, &g, loaded, now)
	}
	return unexplained(id, slices.Concat(loaded, own))
}

// ownPolicies loads the policies a person names beside the built-in profiles.
func ownPolicies(names []string) ([]*policy.Policy, error) {
	var list []*policy.Policy
	for _, name := range names {
		p, err := policy.Load([]string{name}, checks.All)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// unexplained is the error for an id that nothing has, with the nearest of all
// kinds.
func unexplained(id string, loaded []*policy.Policy) error {
	hint := "rules of your own are looked for with --policy FILE; tlsaudit policy list names the profiles; docs/checks.md lists the checks; tlsaudit suites the suites"
	if near := strictyaml.Nearest(id, explainable(loaded)); near != "" {
		hint = "did you mean: tlsaudit explain " + near
	}
	return usageError(fmt.Sprintf("%q is not a check, a rule, a profile, a cipher suite or a group", id), hint)
}

// explainable lists all there is to explain.
func explainable(loaded []*policy.Policy) []string {
	known := slices.Concat(checkIDs(), policy.ProfileIDs(), gatewayIDs(), configIDs())
	for _, p := range loaded {
		for i := range p.Rules {
			known = append(known, p.Rules[i].ID, p.Rules[i].Profile+"/"+p.Rules[i].ID)
		}
		for _, u := range p.Unautomated {
			known = append(known, u.Rule, u.Profile+"/"+u.Rule)
		}
	}
	for _, s := range tlsreg.Suites() {
		known = append(known, s.Name, s.OpenSSL, s.GnuTLS)
	}
	for _, g := range tlsreg.Groups() {
		known = append(known, g.Name)
	}
	return slices.DeleteFunc(known, func(s string) bool { return s == "" })
}

func levelWords(l audit.Level) string { return strings.ReplaceAll(string(l), "_", " ") }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func checkIDs() []string {
	var ids []string
	for _, c := range checks.All {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}
