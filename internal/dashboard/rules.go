package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// namedRule is what is open under a rule, with its title.
type namedRule struct {
	history.RuleCount
	Title, Control string
	Level          audit.Level
}

// Open counts what is open under the rule, or undecided.
func (r *namedRule) Open() int { return r.Fail + r.Warn + r.Unknown + r.Waived }

// Bar compares what is open with all there is. That the rest passes is not said:
// the rule may not speak about it.
func (r *namedRule) Bar(subjects int) whole {
	w := shares(
		share{Word: "fail", Class: "fail", N: r.Fail}, share{Word: "unknown", Class: "unknown", N: r.Unknown}, share{Word: "warn", Class: "warn", N: r.Warn},
		share{Word: "waived", Class: "waived", N: r.Waived}, share{Word: "nothing open", Class: "none", N: max(subjects-r.Open(), 0)},
	)
	return w
}

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

// rulesData is every rule that is asked, with what is open under it.
type rulesData struct {
	*judgedBy
	Fleet    *history.Fleet
	Rules    []namedRule
	Profiles []option
	Text     string
	// All counts the rules before they were filtered.
	All int
}

func rules(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	profile, text := in.text("profile"), in.text("q")
	if in.err != nil {
		return nil, in.err
	}
	f, j, err := q.asked(ctx)
	if err != nil {
		return nil, err
	}
	all := nameRules(f.Rules, j.Rules)
	d := &rulesData{judgedBy: j, Fleet: f, Text: text, All: len(all)}
	profiles := []string{""}
	for _, rule := range all {
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

// asked reads all there is, with a count of nothing for each rule that nothing is
// open under, and by what it is judged.
func (q *request) asked(ctx context.Context) (*history.Fleet, *judgedBy, error) {
	f, err := q.fleetOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	j, err := q.judgement(ctx)
	if err != nil {
		return nil, nil, err
	}
	var quiet []history.RuleCount
	for i := range j.Rules {
		r := &j.Rules[i]
		quiet = append(quiet, history.RuleCount{Profile: r.Profile, Rule: r.Rule, Check: r.Check, Severity: r.Severity})
	}
	f.Rules = join(f.Rules, quiet, func(c history.RuleCount) string { return c.Profile + "\x00" + c.Rule })
	return f, j, nil
}

// ruleData is one rule with what it found.
type ruleData struct {
	namedRule
	// Fleet is all there is.
	Fleet    *history.Fleet
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
	f, j, err := q.asked(ctx)
	if err != nil {
		return nil, err
	}
	counts := slices.DeleteFunc(slices.Clone(f.Rules), func(c history.RuleCount) bool { return c.Profile != profile || c.Rule != id })
	if len(counts) == 0 {
		return nil, notFound("There is no such rule.", "The page \"Rules\" lists those that are asked.")
	}
	d := &ruleData{namedRule: nameRules(counts, j.Rules)[0], Fleet: f}
	for i := range j.Rules {
		if j.Rules[i].Profile == profile && j.Rules[i].Rule == id {
			d.Ref = &j.Rules[i]
		}
	}
	list, next, err := q.History.Findings(ctx, history.FindingQuery{Page: at, Profile: profile, Rule: id, State: "open"})
	if err != nil {
		return nil, err
	}
	d.Findings, d.Pager = list, q.pager(next, len(list), "finding", "findings")
	return d, nil
}
