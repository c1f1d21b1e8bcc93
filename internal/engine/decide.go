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
	if said(outcomes, audit.Violated) {
		message, evidence := merge(outcomes, audit.Violated)
		verdict := violatedVerdict(c.Level)
		if verdict == audit.Pass {
			message = "for information: " + message
		}
		return verdict, message, evidence
	}
	for _, need := range check.Needs {
		if gap := c.Lacks(need); gap != "" {
			return audit.Unknown, "not judged: " + gap, ""
		}
	}
	if said(outcomes, audit.Undecided) {
		message, evidence := merge(outcomes, audit.Undecided)
		return audit.Unknown, "not judged: " + message, evidence
	}
	if said(outcomes, audit.Advice) {
		message, evidence := merge(outcomes, audit.Advice)
		if c.Level == audit.May {
			return audit.Pass, "for information: " + message, evidence
		}
		return audit.Warn, message, evidence
	}
	if said(outcomes, audit.Met) {
		message, evidence := merge(outcomes, audit.Met)
		return audit.Pass, message, evidence
	}
	if said(outcomes, audit.Moot) {
		message, evidence := merge(outcomes, audit.Moot)
		return audit.NotApplicable, message, evidence
	}
	return audit.Pass, check.Title, ""
}

// said reports whether one of the outcomes is of the kind.
func said(outcomes []audit.Outcome, kind audit.OutcomeKind) bool {
	return slices.ContainsFunc(outcomes, func(o audit.Outcome) bool { return o.Kind == kind })
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
func merge(outcomes []audit.Outcome, kind audit.OutcomeKind) (message, evidence string) {
	if len(outcomes) == 1 { // as a rule
		return outcomes[0].Message, outcomes[0].Evidence
	}
	var messages, pieces []string
	for _, o := range outcomes {
		if o.Kind == kind {
			messages = appendNew(messages, o.Message)
			pieces = appendNew(pieces, o.Evidence)
		}
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
