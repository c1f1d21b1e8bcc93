package report

import (
	"tlsaudit/audit"
)

// matrixColumns has a column for every profile, if there are two or more to
// compare.
func matrixColumns(r *audit.Report) []column {
	columns := []column{{"Endpoint", 46, text}, {"System", 16, text}, {"Owner", 22, text}}
	for _, p := range r.Summary.Profiles {
		columns = append(columns, column{p.Profile, 16, verdict})
	}
	return columns
}

// addToMatrix gives the verdict of an endpoint under every profile.
func (b *book) addToMatrix(record *audit.Record) error {
	profiles := b.report.Summary.Profiles
	if len(profiles) < 2 || !record.Evidence.Endpoint() {
		return nil
	}
	o := observed(record)
	row := []any{record.Evidence.Subject, o.Target.System, o.Target.Owner}
	cells := audit.Compliance(record.Findings)
	for _, p := range profiles {
		word := noRule
		if c := verdictUnder(cells, p.Profile); c != nil {
			word = verdictLabel(c.Verdict)
		}
		row = append(row, word)
	}
	return b.matrix.add(row...)
}

var waiverColumns = []column{
	{"Waiver", 22, text}, {"State", 11, state}, {"Findings", 10, number}, {"Expires (UTC)", 17, date}, {"Days left", 8, days}, {"Reason", 44, text},
	{"Owner", 20, text}, {"Approved by", 18, text}, {"Ticket", 16, text}, {"Target", 34, text}, {"Rule", 30, text}, {"Check", 24, text}, {"Fingerprint", 34, text},
	{"Created (UTC)", 17, date}, {"Remarks", 40, text}, {"Declared at", 22, text},
}

// addWaivers lists every waiver there is, those to act on first: an exception
// nobody uses or that has run out is as much for an auditor as one in force.
func (b *book) addWaivers() error {
	for _, w := range byState(b.report.Waivers) {
		declared := ""
		if w.Place != nil {
			declared = w.Place.String()
		}
		if err := b.waivers.add(w.ID, string(w.State), w.Findings, w.Expires, daysUntil(w.Expires, b.report.Now), w.Reason, w.Owner, w.ApprovedBy, w.Ticket,
			w.Target, w.Rule, w.Check, w.Fingerprint, w.Created, lines(w.Notes), declared); err != nil {
			return err
		}
	}
	return nil
}

var conflictColumns = []column{
	{"About", 34, text}, {"One rule", 44, text}, {"The other rule", 44, text}, {"What they say", 80, text}, {"From (UTC)", 17, date},
}

func (b *book) addConflicts() error {
	for _, c := range b.report.Conflicts {
		if err := b.conflicts.add(c.Subject, c.A, c.B, c.Text, c.From); err != nil {
			return err
		}
	}
	return nil
}
