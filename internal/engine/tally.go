package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// tally counts as records come in.
type tally struct {
	audit.Summary
	profiles map[string]*audit.ProfileSummary
	rules    map[ruleKey]*audit.RuleRef
	// unreachable counts endpoints that did not answer.
	unreachable int
	// openRows counts rows with a finding that could not be decided.
	openRows int
	// openFiles counts files and listeners with one.
	openFiles int
}

// ruleKey names a rule.
type ruleKey struct{ profile, rule string }

func newTally() tally {
	return tally{Summary: audit.Summary{FailBySeverity: map[string]int{}}, profiles: map[string]*audit.ProfileSummary{}, rules: map[ruleKey]*audit.RuleRef{}}
}

// endpoint counts one endpoint. It is unknown when one rule about it could not
// be decided, and also when no rule was decided at all: an endpoint nothing
// speaks about has not been judged.
func (t *tally) endpoint(o *audit.Observation, findings []audit.Finding) {
	t.Subjects++
	t.Connections += o.Connections
	if o.Reach == audit.ReachUnreachable {
		t.unreachable++
	}
	if open, decided := t.count(findings); open || !decided {
		t.Unknown++
	} else {
		t.Judged++
	}
	for _, cell := range audit.Compliance(findings) {
		p := t.profiles[cell.Profile]
		if p == nil {
			p = &audit.ProfileSummary{Profile: cell.Profile}
			t.profiles[cell.Profile] = p
		}
		p.Count(cell.Verdict)
	}
}

// row counts a subject that is no endpoint: a row of the gateway table, a
// configuration file or a listener of one. That there is nothing to object to in
// it is no finding, so that one without any is judged.
func (t *tally) row(e *audit.Evidence, findings []audit.Finding) {
	open, _ := t.count(findings)
	switch {
	case e.Connection != nil:
		t.Rows++
		if open {
			t.openRows++
		}
		return
	case len(e.Declared) == 1 && e.Declared[0].Listener != "":
		t.Listeners++
	default:
		t.Files++
	}
	if open {
		t.openFiles++
	}
}

// count adds findings and reports whether one is undecided, and whether any was
// decided.
func (t *tally) count(findings []audit.Finding) (open, decided bool) {
	before := t.UnknownFindings
	for i := range findings {
		t.rule(&findings[i])
		t.Count(&findings[i])
		decided = decided || findings[i].Verdict != audit.NotApplicable
	}
	return t.UnknownFindings > before, decided
}

// open says what could not be judged in full, of every kind there is.
func (t *tally) open() string {
	var reasons []string
	for _, one := range []struct {
		open, all int
		what      string
	}{
		{t.Unknown, t.Subjects, "endpoints"}, {t.openRows, t.Rows, "rows of the gateway table"}, {t.openFiles, t.Files + t.Listeners, "configuration files and listeners"},
	} {
		if one.open > 0 {
			reasons = append(reasons, fmt.Sprintf("%d of %d %s", one.open, one.all, one.what))
		}
	}
	if len(reasons) == 0 {
		return ""
	}
	return strings.Join(reasons, ", ") + " could not be judged in full"
}

// summary returns the counts, profiles in order of their ids.
func (t *tally) summary() audit.Summary {
	s := t.Summary
	s.Profiles = make([]audit.ProfileSummary, 0, len(t.profiles))
	for _, id := range slices.Sorted(maps.Keys(t.profiles)) {
		s.Profiles = append(s.Profiles, *t.profiles[id])
	}
	return s
}

// rule notes a rule with what its findings say of it. Which of two severities a
// finding has depends on what was found; the greater one is that of the rule.
func (t *tally) rule(f *audit.Finding) {
	r := t.rules[ruleKey{f.Profile, f.Rule}]
	if r == nil {
		r = &audit.RuleRef{Profile: f.Profile, Rule: f.Rule, Control: f.Control, Check: f.Check, Level: f.Level, Severity: f.Severity, Confidence: f.Confidence}
		t.rules[ruleKey{f.Profile, f.Rule}] = r
	}
	r.Severity = max(r.Severity, f.Severity)
}

// ruleRefs returns the rules in order.
func (t *tally) ruleRefs() []audit.RuleRef {
	list := make([]audit.RuleRef, 0, len(t.rules))
	for _, r := range t.rules {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b audit.RuleRef) int { return a.Compare(&b) })
	return list
}
