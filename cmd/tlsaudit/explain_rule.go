package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
)

func explainCheck(out *page, c *audit.Check) error {
	out.text(0, c.ID+": "+c.Title)
	explainWhy(out, c)
	out.line("")
	out.entry(0, 12, "SEVERITY", c.Severity.String()+", unless a rule says otherwise")
	if len(c.Protocols) > 0 {
		out.entry(0, 12, "PROTOCOLS", strings.Join(c.Protocols, ", "))
	}
	if len(c.ParamsDoc) > 0 {
		out.heading("PARAMETERS")
		for _, name := range sortedKeys(c.ParamsDoc) {
			out.entry(2, 20, name, c.ParamsDoc[name])
		}
	}
	if c.Want == nil {
		return nil
	}
	params, err := exampleParams(c)
	if err != nil {
		return err
	}
	explainRemedy(out, "REMEDY, with the parameters of the check's first example", c.Want(params))
	return nil
}

// explainWhy prints what is the same for every rule of a check.
func explainWhy(out *page, c *audit.Check) {
	out.heading("WHY IT MATTERS")
	out.text(2, c.Doc)
	out.heading("HOW IT IS DECIDED")
	out.text(2, c.Detect)
	out.heading("REFERENCES")
	for _, ref := range c.Refs {
		out.entry(2, 4, "-", ref)
	}
}

// explainRemedy prints how to establish a posture, product by product. Lines of
// configuration are not wrapped: they are there to be copied.
func explainRemedy(out *page, title string, want audit.Want) {
	out.heading(title)
	for _, product := range audit.Products {
		r := remedy.For(product, want)
		out.line("  %s", product)
		for line := range strings.SplitSeq(r.Text, "\n") {
			out.line("    %s", line)
		}
	}
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

// explainRules prints every rule of that name, written RULE or PROFILE/RULE:
// sibling profiles share names. What is said about their check comes once.
func explainRules(out *page, loaded []*policy.Policy, id string, now time.Time) bool {
	named := func(profile, rule string) bool { return id == rule || id == profile+"/"+rule }
	var rules []*audit.Rule
	for _, p := range loaded {
		for i := range p.Rules {
			if r := &p.Rules[i]; named(r.Profile, r.ID) && !slices.ContainsFunc(rules, func(o *audit.Rule) bool { return o.Profile == r.Profile && o.ID == r.ID }) {
				rules = append(rules, &p.Rules[i])
			}
		}
	}
	var manual []audit.Unautomated
	for _, p := range loaded {
		for _, u := range p.Unautomated {
			if named(u.Profile, u.Rule) && !slices.ContainsFunc(manual, func(o audit.Unautomated) bool { return o.Profile == u.Profile && o.Rule == u.Rule }) {
				manual = append(manual, u)
			}
		}
	}
	if len(rules)+len(manual) == 0 {
		return false
	}
	out.line("%s", id)
	for _, r := range rules {
		showRule(out, r, now, true)
	}
	showUnautomated(out, manual, true)
	var told []string
	for _, r := range rules {
		c := checks.ByID(r.Check)
		if c == nil || slices.Contains(told, c.ID) {
			continue
		}
		told = append(told, c.ID)
		explainWhy(out, c)
		if c.Want != nil {
			explainRemedy(out, "REMEDY, as "+r.Profile+"/"+r.ID+" demands it", c.Want(r.Params))
		}
	}
	return true
}
