package policy

import (
	"slices"
	"time"

	"tlsaudit/audit"
)

// The built-in profiles that say what public authorities issue, and the rules of
// them. They are read for their dates whatever policy is chosen: what an
// authority issues does not depend on it.
const (
	forumProfile   = "cabf-br"
	forumRule      = "BR-VALIDITY"
	programProfile = "chrome-root-program-1.8"
	programRule    = "CRP-EKU-LEAF"
)

// IssuanceSteps are the days from which public authorities issue other
// certificates than before: the schedule of the CA/Browser Forum, and the end of
// certificates that serve clients too. Those of the past are among them.
func IssuanceSteps() []audit.IssuanceStep {
	var steps []audit.IssuanceStep
	if p := builtin(forumProfile); p != nil {
		for _, row := range p.doc.Validity {
			step := audit.IssuanceStep{MaxDays: row.MaxDays, Source: forumProfile + " " + forumRule}
			if row.From != nil {
				step.From = row.From.first
			}
			steps = append(steps, step)
		}
	}
	if p := builtin(programProfile); p != nil {
		for i := range p.demands {
			text, _ := p.demands[i].params["issued_from"].(string)
			if from, err := time.Parse(time.DateOnly, text); err == nil && p.demands[i].rule.ID == programRule {
				steps = append(steps, audit.IssuanceStep{From: from, NoClientAuth: true, Source: programProfile + " " + programRule})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b audit.IssuanceStep) int { return a.From.Compare(b.From) })
	return steps
}
