package engine

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// decide folds what a check said, and what the observation lacks, into one
// verdict. The order of the cases is the heart of the product:
//
//	violated        -> fail, warn or pass-with-note, by level, even on incomplete evidence
//	a need not met  -> unknown, whatever else was said
//	undecided       -> unknown
//	advice          -> warn
//	moot, only moot -> not applicable
//	otherwise       -> pass
func decide(check *audit.Check, c *audit.Case, outcomes []audit.Outcome) (audit.Verdict, string, string) {
	if violated := of(outcomes, audit.Violated); len(violated) > 0 {
		message, evidence := merge(violated)
		verdict := violatedVerdict(c.Level)
		if verdict == audit.Pass {
			message = "for information: " + message
		}
		return verdict, message, evidence
	}
	for _, need := range check.Needs {
		if gap := c.Observation.Lacks(need); gap != "" {
			return audit.Unknown, "not judged: " + gap, ""
		}
	}
	if undecided := of(outcomes, audit.Undecided); len(undecided) > 0 {
		message, evidence := merge(undecided)
		return audit.Unknown, "not judged: " + message, evidence
	}
	if advice := of(outcomes, audit.Advice); len(advice) > 0 {
		message, evidence := merge(advice)
		if c.Level == audit.May {
			return audit.Pass, "for information: " + message, evidence
		}
		return audit.Warn, message, evidence
	}
	if moot := of(outcomes, audit.Moot); len(moot) > 0 && len(of(outcomes, audit.Met)) == 0 {
		message, evidence := merge(moot)
		return audit.NotApplicable, message, evidence
	}
	if met := of(outcomes, audit.Met); len(met) > 0 {
		message, evidence := merge(met)
		return audit.Pass, message, evidence
	}
	return audit.Pass, check.Title, ""
}

// of returns the outcomes of one kind, in the order the check gave them.
func of(outcomes []audit.Outcome, kind audit.OutcomeKind) (list []audit.Outcome) {
	for _, o := range outcomes {
		if o.Kind == kind {
			list = append(list, o)
		}
	}
	return list
}

// violatedVerdict maps the level of a rule to the verdict of its violation. A
// level this program does not know is treated as a demand.
func violatedVerdict(l audit.Level) audit.Verdict {
	switch l {
	case audit.Should, audit.ShouldNot:
		return audit.Warn
	case audit.May:
		return audit.Pass
	}
	return audit.Fail
}

// shown is how many messages one finding spells out.
const shown = 3

// merge joins the messages of outcomes of one kind into one line, in the order
// the check gave them, each once; so also the evidence.
func merge(outcomes []audit.Outcome) (message, evidence string) {
	var messages, pieces []string
	for _, o := range outcomes {
		messages = appendNew(messages, o.Message)
		pieces = appendNew(pieces, o.Evidence)
	}
	return join(messages), join(pieces)
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func join(list []string) string {
	if len(list) <= shown+1 {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s; +%d more", strings.Join(list[:shown], "; "), len(list)-shown)
}
