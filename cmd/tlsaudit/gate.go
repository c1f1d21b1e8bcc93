package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/glob"
	"tlsaudit/internal/near"
	"tlsaudit/internal/waiver"
)

// gateFlags are the flags that say what counts.
type gateFlags struct {
	failOn          string
	failOnRules     []string
	maxFindings     int
	minScore        string
	newOnly         bool
	allowIncomplete bool
	exitZero        bool
}

func (f *gateFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.failOn, "fail-on", thresholds[0].name, "exit 1 on findings at or above this `LEVEL`: "+joinOr(thresholdNames()))
	flags.StringArrayVar(&f.failOnRules, "fail-on-rule", nil, "exit 1 on any finding of the rule with this `ID`, whatever --fail-on says: PROFILE/RULE, a rule or a check, * for any characters (repeatable)")
	flags.IntVar(&f.maxFindings, "max-findings", 0, "tolerate up to this `NUMBER` of findings at or above --fail-on")
	flags.StringVar(&f.minScore, "min-score", "", "exit 1 on a score below this `PERCENT`, such as 90 or 87.5")
	flags.BoolVar(&f.exitZero, "exit-zero", false, "exit 0 where findings or incompleteness would give 1 or 3")
	completeFrom(c, "fail-on", thresholdNames())
}

// gate reads the flags. The rules --fail-on-rule may name are those of known.
func (f *gateFlags) gate(known waiver.Known) (gate, error) {
	g := gate{tolerated: f.maxFindings, newOnly: f.newOnly, allowIncomplete: f.allowIncomplete, exitZero: f.exitZero}
	var err error
	if g.limit, err = parseThreshold(f.failOn); err != nil {
		return g, err
	}
	if f.maxFindings < 0 {
		return g, usageError(fmt.Sprintf("--max-findings %d is negative", f.maxFindings), "0 tolerates none; --fail-on none lets every finding pass")
	}
	if f.minScore != "" {
		if g.least, err = parseScore(f.minScore); err != nil {
			return g, err
		}
		g.scored = true
	}
	for _, text := range f.failOnRules {
		if err := knownRule(text, known); err != nil {
			return g, err
		}
		g.rules = append(g.rules, rulePattern(text))
	}
	return g, nil
}

// parseScore reads a percentage with at most one decimal, in tenths.
func parseScore(text string) (int, error) {
	whole, tenth, dotted := strings.Cut(strings.TrimSuffix(text, "%"), ".")
	n, err := strconv.ParseUint(whole, 10, 16)
	score := int(n) * 10
	if dotted && err == nil {
		n, err = strconv.ParseUint(tenth, 10, 16)
		score += int(n)
	}
	if err != nil || dotted && len(tenth) != 1 || score > 1000 {
		return 0, usageError(fmt.Sprintf("--min-score %q is not a percentage from 0 to 100", text), "write it as 90 or 87.5")
	}
	return score, nil
}

// rulePattern names rules: "profile/rule", the id of a rule or of a check, exact
// or with asterisks.
type rulePattern string

func (p rulePattern) matches(profile, rule, check string) bool {
	return glob.Match(string(p), profile+"/"+rule) || glob.Match(string(p), rule) || check != "" && glob.Match(string(p), check)
}

// knownRule refuses a pattern that no rule in force could ever meet: a gate that
// watches nothing is always open.
func knownRule(text string, known waiver.Known) error {
	p := rulePattern(text)
	for i := range known.Rules {
		if r := &known.Rules[i]; p.matches(r.Profile, r.ID, r.Check) {
			return nil
		}
	}
	for i := range known.Unautomated {
		if r := &known.Unautomated[i]; p.matches(r.Profile, r.Rule, r.Check) {
			return usageError(fmt.Sprintf("--fail-on-rule %q: no rule it names is decided by this program, such as %s/%s: %s", text, r.Profile, r.Rule, r.Reason), "name a rule that is automated: tlsaudit policy show "+r.Profile)
		}
	}
	var names []string
	for i := range known.Rules {
		r := &known.Rules[i]
		names = append(names, r.ID, r.Check, r.Profile+"/"+r.ID)
	}
	slices.Sort(names)
	hint := "tlsaudit policy show lists the rules of a policy; --policy chooses it"
	if word := near.Word(text, names); word != "" {
		hint = fmt.Sprintf("did you mean %q?", word)
	}
	return usageError(fmt.Sprintf("--fail-on-rule %q is no rule and no check of the policies chosen", text), hint)
}

// threshold is a parsed --fail-on.
type threshold struct {
	name string
	// warnings counts warn findings as well; never turns the gate off.
	warnings, never bool
	least           audit.Severity
}

// thresholds lists the values of --fail-on; the first is the default.
var thresholds = []threshold{
	{name: "fail"},
	{name: "warn", warnings: true},
	{name: "low", least: audit.Low},
	{name: "medium", least: audit.Medium},
	{name: "high", least: audit.High},
	{name: "critical", least: audit.Critical},
	{name: "none", never: true},
}

func thresholdNames() []string {
	var names []string
	for _, t := range thresholds {
		names = append(names, t.name)
	}
	return names
}

func parseThreshold(name string) (threshold, error) {
	i := slices.IndexFunc(thresholds, func(t threshold) bool { return t.name == name })
	if i < 0 {
		return threshold{}, usageError(
			fmt.Sprintf("--fail-on %q is not a threshold: one of %s", name, strings.Join(thresholdNames(), ", ")),
			"fail stops on any failed rule; high only on those of severity high or critical")
	}
	return thresholds[i], nil
}

// counted is how many findings are at or above t.
func (t threshold) counted(s *audit.Summary) (n int) {
	if t.never {
		return 0
	}
	if t.warnings {
		n = s.Warn
	}
	for g := t.least; g <= audit.Critical; g++ {
		n += s.FailBySeverity[g.String()]
	}
	return n
}
