package report

import (
	"fmt"

	"tlsaudit/audit"
)

var findingColumns = []column{
	{"Verdict", 14, verdict}, {"Severity", 10, verdict}, {"Endpoint", 40, text}, {"Finding", 48, text}, {"Status", 9, state},
	{"Profile", 25, text}, {"Rule", 22, text}, {"Remedy", 50, text}, {"Waiver", 30, text}, {"Control", 22, text}, {"Level", 11, short}, {"Confidence", 12, short},
	{"Evidence", 32, text}, {"System", 16, text}, {"Owner", 22, text}, {"Environment", 14, text}, {"Declared at", 22, text}, {"Fingerprint", 34, short},
}

var passedColumns = []column{
	{"Verdict", 11, verdict}, {"Severity", 10, verdict}, {"Endpoint", 40, text}, {"What was found", 52, text},
	{"Profile", 25, text}, {"Rule", 22, text}, {"Control", 22, text}, {"Level", 11, short},
	{"Evidence", 32, text}, {"System", 16, text}, {"Owner", 22, text},
}

var unjudgedColumns = []column{
	{"Endpoint", 40, text}, {"Reached", 13, answer}, {"Why", 52, text}, {"Rules undecided", 12, number}, {"Rules decided", 12, number},
	{"What is missing", 60, text}, {"System", 16, text}, {"Owner", 22, text}, {"Declared at", 22, text},
}

// addFindings puts what calls for attention on one sheet and what is in order
// on another: the first is the work list, the second is evidence.
func (b *book) addFindings(record *audit.Record) error {
	b.tally.add(record)
	o := observed(record)
	unknown := 0
	var gaps []string
	for i := range record.Findings {
		f := &record.Findings[i]
		var err error
		if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
			err = b.passed.add(verdictLabel(f.Verdict), f.Severity.String(), f.Subject, f.Message, f.Profile, f.Rule, f.Control, string(f.Level),
				f.Evidence, o.Target.System, o.Target.Owner)
		} else {
			err = b.findings.add(verdictText(f), f.Severity.String(), f.Subject, f.Message, f.Status, f.Profile, f.Rule, remedyText(f.Remedy), waiverCell(f.Waiver), f.Control,
				string(f.Level), f.Confidence, f.Evidence, o.Target.System, o.Target.Owner, o.Target.Environment, placeText(f.Place, o), f.Fingerprint)
		}
		if err != nil {
			return err
		}
		if f.Verdict == audit.Unknown {
			unknown++
			if len(gaps) < 20 && (len(gaps) == 0 || gaps[len(gaps)-1] != f.Message) {
				gaps = append(gaps, f.Message)
			}
		}
	}
	if unknown == 0 {
		return nil
	}
	reach, reason := string(o.Reach), o.Reason
	if record.Evidence.Connection != nil {
		reach, reason = "", "a row of the gateway table"
	} else if !record.Evidence.Endpoint() {
		reach, reason = "", "a configuration file"
	}
	return b.unjudged.add(record.Evidence.Subject, reach, reason, unknown, len(record.Findings)-unknown,
		lines(gaps), o.Target.System, o.Target.Owner, placeText(nil, o))
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

// The last columns of the remediation sheet are empty, for those who plan.
var remediationColumns = []column{
	{"Product", 12, short}, {"Remedy", 60, text}, {"Apply", 36, text}, {"Verify", 44, text}, {"Source", 16, text},
	{"For rules", 30, text}, {"Findings", 10, number}, {"Endpoints", 11, number}, {"On", 44, text}, {"Assigned to", 16, text}, {"Due", 12, date}, {"Status", 12, text},
}

func (b *book) addRemedies() error {
	all := &b.tally.remedies
	all.sort()
	for _, r := range all.list {
		on := lines(r.subjects)
		if more := r.total - len(r.subjects); more > 0 {
			on = append(on, fmt.Sprintf("and %d more", more))
		}
		if err := b.remediation.add(r.Product, split(r.Text), split(r.Apply), split(r.Verify), trustIn(&r.Remedy), lines(r.rules), r.findings, r.total, on, nil, nil, nil); err != nil {
			return err
		}
	}
	if all.more == 0 {
		return nil
	}
	return b.remediation.add("…", "further remedies stand beside their findings", nil, nil, nil, nil, all.more, nil, nil, nil, nil, nil)
}

var unautomatedColumns = []column{
	{"Profile", 28, text}, {"Rule", 26, text}, {"Kind", 13, state}, {"Level", 12, short}, {"Why, and what to do and to attach", 70, text},
	{"Control", 22, text}, {"Confidence", 12, short}, {"Check", 30, text}, {"Judged by", 16, text}, {"Date", 12, date}, {"Result", 16, text}, {"Evidence attached", 30, text},
}

// The kinds of rules this program does not decide.
const (
	manualRule   = "manual"
	disabledRule = "switched off"
)

func (b *book) addUnautomated() error {
	for _, u := range b.report.Unautomated {
		kind, reason := manualRule, u.Reason
		if u.Disabled {
			kind, reason = disabledRule, "the policy: "+u.Reason
		}
		if err := b.unassisted.add(u.Profile, u.Rule, kind, string(u.Level), reason, u.Control, u.Confidence, u.Check, nil, nil, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
