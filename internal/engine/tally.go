package engine

import "tlsaudit/audit"

// tally counts as records come in.
type tally struct{ audit.Summary }

func newTally() tally {
	return tally{audit.Summary{FailBySeverity: map[string]int{}}}
}

// add counts one endpoint. It is unknown when one rule about it could not be
// decided, and also when no rule was decided at all: an endpoint nothing
// speaks about has not been judged.
func (t *tally) add(o *audit.Observation, findings []audit.Finding) {
	t.Subjects++
	t.Connections += o.Connections
	open, decided := false, false
	for i := range findings {
		decided = decided || findings[i].Verdict != audit.NotApplicable
		switch findings[i].Verdict {
		case audit.Fail:
			t.Fail++
			t.FailBySeverity[findings[i].Severity.String()]++
		case audit.Warn:
			t.Warn++
		case audit.Pass:
			t.Pass++
		case audit.Waived:
			t.Waived++
		case audit.NotApplicable:
			t.NotApplicable++
		default:
			t.UnknownFindings++
			open = true
		}
	}
	if open || !decided {
		t.Unknown++
	} else {
		t.Judged++
	}
}
