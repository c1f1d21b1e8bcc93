package report

import (
	"tlsaudit/audit"
)

var findingColumns = []column{
	{"Verdict", 14, verdict}, {"Severity", 10, verdict}, {"Endpoint", 46, leads}, {"Finding", 48, text}, {"Status", 9, state},
	{"Profile", 25, text}, {"Rule", 22, text}, {"Remedy", 72, text}, {"Waiver", 30, text}, {"Control", 22, text}, {"Level", 11, short}, {"Confidence", 12, short},
	{"Evidence", 32, text}, {"System", 16, text}, {"Owner", 22, text}, {"Environment", 14, text}, {"Declared at", 22, text}, {"Fingerprint", 34, short},
}

var passedColumns = []column{
	{"Verdict", 11, verdict}, {"Severity", 10, short}, {"Endpoint", 46, leads}, {"What was found", 52, text},
	{"Profile", 25, text}, {"Rule", 22, text}, {"Control", 22, text}, {"Level", 11, short},
	{"Evidence", 32, text}, {"System", 16, text}, {"Owner", 22, text},
}

var unjudgedColumns = []column{
	{"Endpoint", 46, leads}, {"Reached", 13, answer}, {"Why", 52, text}, {"Rules undecided", 12, number}, {"Rules decided", 12, number},
	{"What is missing", 60, text}, {"System", 16, text}, {"Owner", 22, text}, {"Declared at", 22, text},
}

// addFindings puts what calls for attention on one sheet and what is in order
// on another: the first is the work list, the second is evidence.
func (b *book) addFindings(record *audit.Record) error {
	b.tally.add(record)
	b.systems.add(record)
	first := true
	for i := range record.Findings {
		f := &record.Findings[i]
		if f.Check == driftCheck && f.Verdict != audit.NotApplicable {
			if err := b.addDrift(record, f); err != nil {
				return err
			}
		}
		if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
			if err := b.addPassed(record, f); err != nil {
				return err
			}
			continue
		}
		if err := b.addOpen(record, f); err != nil {
			return err
		}
		b.lead(b.findings.here(), "C", record.Evidence.Subject, first)
		first = false
	}
	return b.addInconclusive(record)
}

func (b *book) addOpen(record *audit.Record, f *audit.Finding) error {
	o := observed(record)
	return b.findings.add(verdictText(f), f.Severity.String(), b.findings.leading(f.Subject), f.Message, f.Status, f.Profile, f.Rule, remedyText(f.Remedy), waiverCell(f.Waiver), f.Control,
		string(f.Level), f.Confidence, f.Evidence, o.Target.System, o.Target.Owner, o.Target.Environment, placeText(f.Place, o), f.Fingerprint)
}

func (b *book) addPassed(record *audit.Record, f *audit.Finding) error {
	o := observed(record)
	err := b.passed.add(verdictLabel(f.Verdict), f.Severity.String(), b.passed.leading(f.Subject), f.Message, f.Profile, f.Rule, f.Control, string(f.Level),
		f.Evidence, o.Target.System, o.Target.Owner)
	if err == nil {
		b.lead(b.passed.here(), "C", f.Subject, false)
	}
	return err
}

// addInconclusive lists a subject about which a rule is not decided.
func (b *book) addInconclusive(record *audit.Record) error {
	unknown := 0
	var gaps lines
	for i := range record.Findings {
		f := &record.Findings[i]
		if f.Verdict != audit.Unknown {
			continue
		}
		unknown++
		if len(gaps) < 20 && (len(gaps) == 0 || gaps[len(gaps)-1] != f.Message) {
			gaps = append(gaps, f.Message)
		}
	}
	if unknown == 0 {
		return nil
	}
	o := observed(record)
	reach, reason := string(o.Reach), o.Reason
	if record.Evidence.Connection != nil {
		reach, reason = "", "a row of the gateway table"
	} else if !record.Evidence.Endpoint() {
		reach, reason = "", "a configuration file"
	}
	err := b.unjudged.add(b.unjudged.leading(record.Evidence.Subject), reach, reason, unknown, len(record.Findings)-unknown,
		gaps, o.Target.System, o.Target.Owner, placeText(nil, o))
	if err == nil {
		b.lead(b.unjudged.here(), "A", record.Evidence.Subject, false)
	}
	return err
}

// waiverCell says which waiver speaks about a finding, until when and why.
func waiverCell(w *audit.WaiverRef) lines {
	if w == nil {
		return nil
	}
	end := " until "
	if w.Expired {
		end = ", expired on "
	}
	list := lines{w.ID + end + date10(w.Expires)}
	for _, p := range [][2]string{{"", w.Reason}, {"owner: ", w.Owner}, {"approved by: ", w.ApprovedBy}, {"ticket: ", w.Ticket}} {
		if p[1] != "" {
			list = append(list, p[0]+p[1])
		}
	}
	return list
}

// remedyText is the whole of a remedy in one cell.
func remedyText(r *audit.Remedy) lines {
	if r == nil {
		return nil
	}
	all := split(r.Text)
	for _, p := range [][2]string{{"apply: ", r.Apply}, {"verify: ", r.Verify}, {"back: ", r.Rollback}, {"source: ", trustIn(r)}} {
		if p[1] != "" {
			all = append(all, split(p[0]+p[1])...)
		}
	}
	return all
}

// placeText is where the finding, or else its endpoint, was declared.
func placeText(p *audit.Place, o *audit.Observation) string {
	if p == nil {
		p = o.Target.Place
	}
	if p == nil {
		return ""
	}
	return p.String()
}
