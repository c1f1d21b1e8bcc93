package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// namedRule is what a rule came to in a run, with its title.
type namedRule struct {
	history.RuleCount
	Title, Control string
	Level          audit.Level
}

// Asked counts the subjects the rule spoke about.
func (r *namedRule) Asked() int { return r.Fail + r.Warn + r.Unknown + r.Pass + r.Waived }

// Bar is what became of it.
func (r *namedRule) Bar() whole { return byVerdict(r.Fail, r.Unknown, r.Warn, r.Waived, r.Pass) }

// nameRules gives counts their titles, and orders them by how much they fail.
func nameRules(counts []history.RuleCount, refs []audit.RuleRef) []namedRule {
	known := make(map[[2]string]*audit.RuleRef, len(refs))
	for i := range refs {
		known[[2]string{refs[i].Profile, refs[i].Rule}] = &refs[i]
	}
	list := make([]namedRule, 0, len(counts))
	for _, c := range counts {
		r := namedRule{RuleCount: c}
		if ref := known[[2]string{c.Profile, c.Rule}]; ref != nil {
			r.Title, r.Control, r.Level = ref.Title, ref.Control, ref.Level
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b namedRule) int {
		return cmp.Or(cmp.Compare(b.Fail, a.Fail), cmp.Compare(b.Unknown, a.Unknown), cmp.Compare(b.Warn, a.Warn), cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Profile, b.Profile), strings.Compare(a.Rule, b.Rule))
	})
	return list
}

// rulesData is every rule of the latest run.
type rulesData struct {
	Run      *history.Run
	Rules    []namedRule
	Profiles []option
	Text     string
	Policies []audit.PolicyRef
	// All counts the rules before they were filtered.
	All         int
	Unautomated []audit.Unautomated
}

func rules(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	profile, text := in.text("profile"), in.text("q")
	if in.err != nil {
		return nil, in.err
	}
	r, report, err := q.latest(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := q.History.Rules(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	d := &rulesData{Run: r, Text: text, Policies: report.Policies, All: len(counts), Unautomated: report.Unautomated}
	profiles := []string{""}
	for _, rule := range nameRules(counts, report.Rules) {
		if !slices.Contains(profiles, rule.Profile) {
			profiles = append(profiles, rule.Profile)
		}
		searched := strings.ToLower(rule.Rule + " " + rule.Control + " " + rule.Title + " " + rule.Check)
		if (profile == "" || profile == rule.Profile) && strings.Contains(searched, strings.ToLower(text)) {
			d.Rules = append(d.Rules, rule)
		}
	}
	slices.Sort(profiles)
	d.Profiles = options(profiles, profile, "all")
	return d, nil
}

// latest finds the newest finished run and the head of its report.
func (q *request) latest(ctx context.Context) (*history.Run, *audit.Report, error) {
	r, err := q.History.Run(ctx, "latest")
	if err != nil {
		return nil, nil, err
	}
	report, err := q.History.Report(ctx, r.ID)
	return r, report, err
}

// ruleData is one rule with what it found.
type ruleData struct {
	Run *history.Run
	namedRule
	Ref      *audit.RuleRef
	Findings []history.FindingState
	Pager    pager
}

// PageTitle names the rule.
func (d *ruleData) PageTitle() string { return "Rule " + d.Profile + "/" + d.Rule }

func rule(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	profile, id, at := in.text("profile"), in.text("rule"), in.page()
	if in.err != nil {
		return nil, in.err
	}
	r, report, err := q.latest(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := q.History.Rules(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	counts = slices.DeleteFunc(counts, func(c history.RuleCount) bool { return c.Profile != profile || c.Rule != id })
	if len(counts) == 0 {
		return nil, notFound("The latest run has no such rule.", "The page \"Rules\" lists those it has.")
	}
	d := &ruleData{Run: r, namedRule: nameRules(counts, report.Rules)[0]}
	for i := range report.Rules {
		if report.Rules[i].Profile == profile && report.Rules[i].Rule == id {
			d.Ref = &report.Rules[i]
		}
	}
	list, next, err := q.History.Findings(ctx, history.FindingQuery{Page: at, Profile: profile, Rule: id, State: "open"})
	if err != nil {
		return nil, err
	}
	d.Findings, d.Pager = list, q.pager(next, len(list), "finding", "findings")
	return d, nil
}
