package gateway

import (
	"time"

	"tlsaudit/audit"
)

// Rule is one demand on the table itself. Unlike an audit.Check it judges no
// endpoint but a row.
type Rule struct {
	// ID is the domain's name of the rule, Check the one reports group by.
	ID, Check string
	// Title is one line, in the affirmative.
	Title string
	// Doc says why it matters, Detect how it is decided and what makes it
	// unknown.
	Doc, Detect string
	Level       audit.Level
	Severity    audit.Severity
	// Remedy is what to do in the gateway's own console.
	Remedy audit.Remedy
	Refs   []string
	// judge decides one row.
	judge func(s *survey, i int) result
}

// Rules are the rules about the table. FP-08 and FP-09 are not among them: they
// are judged on the wire, see Table.Demands.
var Rules = []*Rule{
	effectiveLevel, trustedCA, inboundLevel, strengthWanted, shadowedRow, ambiguousRow, sensitiveDomain, clearException,
}

// Control is the clause every rule of the table refers to.
const Control = "Forcepoint enforced TLS"

// result is what a rule says about one row.
type result struct {
	verdict audit.Verdict
	message string
	// lesser lowers the severity by one step.
	lesser bool
}

func pass(message string) result { return result{verdict: audit.Pass, message: message} }
func fail(message string) result { return result{verdict: audit.Fail, message: message} }
func warn(message string) result {
	return result{verdict: audit.Warn, message: message, lesser: true}
}
func moot(message string) result { return result{verdict: audit.NotApplicable, message: message} }
func unknown(message string) result {
	return result{verdict: audit.Unknown, message: "not judged: " + message}
}

// Findings judges the table at a time: one record per row, in the order of the
// rows, and one more if a sensitive domain has no row at all.
func (t *Table) Findings(now time.Time) []audit.Record {
	s := newSurvey(t, now)
	subjects := t.Subjects()
	records := make([]audit.Record, 0, len(t.Rows)+1)
	for i := range t.Rows {
		r := audit.Record{Evidence: audit.Evidence{Subject: subjects[i], Connection: s.connection(i)}}
		for _, rule := range Rules {
			r.Findings = append(r.Findings, t.finding(rule, subjects[i], &t.Rows[i], s.decide(rule, i)))
		}
		sortFindings(r.Findings)
		records = append(records, r)
	}
	if len(s.ungoverned) > 0 {
		records = append(records, s.withoutRow())
	}
	return records
}

// decide asks the rule, unless the row is one that takes no mail.
func (s *survey) decide(rule *Rule, i int) result {
	if s.t.Rows[i].Disabled {
		return moot("the row is switched off")
	}
	return rule.judge(s, i)
}

// finding writes what a rule said about a row, or about no row.
func (t *Table) finding(rule *Rule, subject string, r *Row, said result) audit.Finding {
	place := t.Place
	if r != nil {
		place = r.Place
	}
	f := audit.Finding{
		Rule: rule.ID, Control: Control, Profile: t.id(), Check: rule.Check, Subject: subject, Level: rule.Level,
		Verdict: said.verdict, Severity: rule.Severity, Message: said.message, Place: &place,
		Fingerprint: audit.FindingFingerprint(t.id(), rule.ID, subject),
	}
	if said.lesser && f.Severity > audit.Low {
		f.Severity--
	}
	if said.verdict == audit.Fail || said.verdict == audit.Warn {
		f.Remedy = t.remedy(rule, r)
	}
	return f
}
